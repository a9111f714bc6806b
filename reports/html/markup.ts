/**
 * HTML that cannot be injected into: the `html` tag escapes everything put between the braces unless it is markup
 * made by the same tag. Names, questions and configs of strangers end up here.
 */
import { printable } from '../format.ts';

/** Markup that is known to be safe. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand between the braces. Nothing is written for null, undefined and false. */
export type Insertion = Markup | string | number | null | undefined | false | readonly Insertion[];

/**
 * Markup with escaped insertions.
 *
 * @example html`<p>${'<b>'}</p>`.text // '<p>&lt;b&gt;</p>'
 */
export function html(strings: TemplateStringsArray, ...insertions: readonly Insertion[]): Markup {
  let text = strings[0];
  for (const [index, insertion] of insertions.entries()) text += rendered(insertion) + strings[index + 1];
  return new Markup(text);
}

/** Markup from text that is trusted to be well-formed: a drawn figure, the style sheet. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** Keeps a number and its unit, and the two sides of a ±, on one line. */
export function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=%|(?:ms|s|USD|points|inputs)\b)| (?=±)|(?<=±) /g, '\u00A0');
}

/** Text for an element or a quoted attribute; line breaks survive, other control characters do not. */
export function escapeHtml(text: string): string {
  return text
    .split('\n')
    .map(printable)
    .join('\n')
    .replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function rendered(insertion: Insertion): string {
  if (insertion === null || insertion === undefined || insertion === false) return '';
  if (insertion instanceof Markup) return insertion.text;
  if (typeof insertion === 'string') return escapeHtml(insertion);
  if (typeof insertion === 'number') return String(insertion);
  return insertion.map(rendered).join('');
}
