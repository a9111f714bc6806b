/**
 * The files of the page, read once from the folder beside this module. Nothing else is ever served: the names are
 * listed here, no path from a request reaches the disk.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
  /** For `if-none-match`. */
  readonly tag: string;
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

const FILES = [
  ['/dashboard', 'page.html', 'html'],
  ['/dashboard/page.css', 'page.css', 'css'],
  ['/dashboard/charts.css', 'charts.css', 'css'],
  ['/dashboard/tables.css', 'tables.css', 'css'],
  ['/dashboard/page.mjs', 'page.mjs', 'mjs'],
  ['/dashboard/chart.mjs', 'chart.mjs', 'mjs'],
  ['/dashboard/charts.mjs', 'charts.mjs', 'mjs'],
  ['/dashboard/elements.mjs', 'elements.mjs', 'mjs'],
  ['/dashboard/figures.mjs', 'figures.mjs', 'mjs'],
  ['/dashboard/format.mjs', 'format.mjs', 'mjs'],
  ['/dashboard/history.mjs', 'history.mjs', 'mjs'],
  ['/dashboard/table.mjs', 'table.mjs', 'mjs'],
  ['/dashboard/tables.mjs', 'tables.mjs', 'mjs'],
  ['/dashboard/icon.svg', 'page.icon.svg', 'svg'],
] as const;

export function pageFiles(): PageFile[] {
  return FILES.map(([path, file, type]) => {
    const content = readFileSync(fileURLToPath(new URL(`./page/${file}`, import.meta.url)));
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    return { path, type: TYPES[type], content, tag };
  });
}
