/**
 * Java's properties format: `key=value`, `key: value` or `key value`, comments after `#` or `!`, a backslash that goes
 * on in the next line. Only the syntax; what the keys mean is `config-properties`.
 */

export interface Property {
  readonly key: string;
  readonly value: string;
  /** Line of the key, from 1. */
  readonly line: number;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };
const LARGEST_CHARACTERS = 1_048_576;

/** All properties in their order; of a key that comes twice, both. Undefined for a text that is too long to be one. */
export function readProperties(text: string): readonly Property[] | undefined {
  if (text.length > LARGEST_CHARACTERS) return undefined;
  const lines = text.split(/\r\n|\r|\n/);
  const properties: Property[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    let logical = lines[at].trimStart();
    if (logical === '' || logical.startsWith('#') || logical.startsWith('!')) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(logical) && at + 1 < lines.length) {
      at += 1;
      logical = `${logical.slice(0, -1)}${lines[at].trimStart()}`;
    }
    const [, key, value] = /^((?:\\.|[^\\=:\s])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s.exec(logical) ?? [];
    properties.push({ key: unescaped(key), value: unescaped(value).trimEnd(), line });
  }
  return properties;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_whole, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
