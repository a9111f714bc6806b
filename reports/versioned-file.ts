/**
 * Reads a JSON file that Rehearse wrote and says in one sentence what is wrong with a folder that has none, or one that
 * is cut off, not ours, or from another version. What the file holds is the business of who reads it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServingError } from '../core/index.ts';
import type { ServingErrorParts } from '../core/index.ts';
import { printable, shortened } from './format.ts';
import type { ShapeFault } from './result-schema.ts';

/** A kind of file, and the words for what may be wrong with it. */
export interface VersionedFile<Content> {
  /** "result.json" */
  readonly name: string;
  /** "result" */
  readonly noun: string;
  readonly version: number;
  /** How to make it again. */
  readonly runAgain: string;
  /** How to name the folder that has one. */
  readonly nameFolder: string;
  readonly check: (
    data: unknown,
  ) => { readonly ok: true; readonly content: Content } | { readonly ok: false; readonly fault: ShapeFault };
}

/** What the file in a folder holds. Throws a `ServingError` that names the file, what is wrong and what to do. */
export async function readVersioned<Content>(directory: string, file: VersionedFile<Content>): Promise<Content> {
  const { noun, runAgain, nameFolder } = file;
  const place = join(directory, file.name);
  const data = parsed(await contents(place, file), place, file);
  if (!isRecord(data) || typeof data['version'] !== 'number' || !('cells' in data)) {
    throw refusal(place, {
      code: 'RESULT_FOREIGN',
      message: `this is not a ${noun} of Rehearse`,
      found: described(data),
      expected: 'an object with a version and cells',
      next: nameFolder,
    });
  }
  const { version } = data;
  if (version !== file.version) {
    const newer = version > file.version;
    throw refusal(place, {
      code: 'RESULT_VERSION',
      message: `this ${noun} was written by ${newer ? 'a newer' : 'an older'} Rehearse`,
      found: `${noun}s version ${String(version)}`,
      expected: `version ${file.version}`,
      next: newer ? 'update Rehearse, or make the report with the version that ran it' : runAgain,
    });
  }
  const checked = file.check(data);
  if (checked.ok) return checked.content;
  throw refusal(place, {
    code: 'RESULT_MALFORMED',
    message: `the ${noun} is damaged at ${printable(checked.fault.path)}`,
    found: printable(checked.fault.message),
    next: runAgain,
  });
}

type Words = Pick<VersionedFile<unknown>, 'noun' | 'runAgain' | 'nameFolder'>;

async function contents(place: string, { noun, nameFolder }: Words): Promise<string> {
  try {
    return await readFile(place, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw refusal(place, {
      code: missing ? 'RESULT_MISSING' : 'RESULT_UNREADABLE',
      message: missing ? `there is no ${noun} here` : `cannot read the ${noun} (${code})`,
      next: missing ? nameFolder : 'check the permissions of the file',
      cause,
    });
  }
}

function parsed(text: string, place: string, { noun, runAgain, nameFolder }: Words): unknown {
  if (text.trim() === '') {
    throw refusal(place, { code: 'RESULT_TRUNCATED', message: `the ${noun} is empty`, next: runAgain });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const cut = !text.trimEnd().endsWith('}');
    throw refusal(place, {
      code: cut ? 'RESULT_TRUNCATED' : 'RESULT_FOREIGN',
      message: cut ? `the ${noun} ends in the middle` : 'this is not JSON',
      found: `…${shortened(printable(text.trimEnd().slice(-24)), 24)}`,
      next: cut ? `the copy or the run was cut off: copy it again, or ${runAgain}` : nameFolder,
      cause,
    });
  }
}

function refusal(place: string, parts: ServingErrorParts): ServingError {
  return new ServingError({ ...parts, place });
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function described(data: unknown): string {
  if (!isRecord(data)) return Array.isArray(data) ? 'a list' : data === null ? 'null' : `a ${typeof data}`;
  const keys = Object.keys(data).slice(0, 5);
  return keys.length === 0 ? 'an empty object' : `an object with ${shortened(printable(keys.join(', ')), 80)}`;
}
