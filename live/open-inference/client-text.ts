/** Text that clients sent, fit to be put into a message: quoted, escaped and short. */

const LENGTH_MAX = 64;
const EXTENTS_MAX = 8;

/** `"INPUT0"`; cut when long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}...` : text);
}

/** `[1,16]`; cut when long. */
export function shapeText(shape: readonly (number | bigint | null)[]): string {
  const shown = shape.slice(0, EXTENTS_MAX).map((extent) => (extent === null ? '-1' : String(extent).slice(0, 24)));
  return `[${[...shown, ...(shape.length > EXTENTS_MAX ? ['...'] : [])].join(',')}]`;
}
