/** The fingerprint of a resolved config: equal configs have equal hashes, whatever the order of their keys. */
import { createHash } from 'node:crypto';

/** SHA-256 of the canonical JSON of plain data, 64 hexadecimal digits. */
export function configHash(config: unknown): string {
  return createHash('sha256').update(canonicalJson(config)).digest('hex');
}

/** JSON with the keys of every map sorted by code unit and without spaces. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isMap(part) ? sorted(part) : part)) ?? 'null';
}

function sorted(map: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
