/** The frame of every page: one file that opens offline, loads nothing and runs no script. */
import { html, trusted } from './markup.ts';
import type { Insertion } from './markup.ts';
import { STYLE } from './style.ts';

/** Nothing may be fetched, whatever a name in the result tries. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The whole page as text. */
export function page(title: string, content: Insertion): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Rehearse</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `.text;
}
