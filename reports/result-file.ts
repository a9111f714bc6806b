/**
 * Reads `result.json` and says in one sentence what is wrong with a folder that has none, or one that is cut off,
 * not ours, or from another version.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESULT_VERSION, ServingError } from '../core/index.ts';
import type { ExperimentResult, ServingErrorParts } from '../core/index.ts';
import { printable, shortened } from './format.ts';
import { checkShape } from './result-schema.ts';

const RUN_AGAIN = 'run the experiment again';
const NAME_FOLDER = 'name the output folder of `rehearse run`';

/** The result in a folder. Throws a `ServingError` that names the file, what is wrong and what to do. */
export async function readResult(directory: string): Promise<ExperimentResult> {
  const place = join(directory, 'result.json');
  const data = parsed(await contents(place), place);
  if (!isRecord(data) || typeof data['version'] !== 'number' || !('cells' in data)) {
    throw refusal(place, {
      code: 'RESULT_FOREIGN',
      message: 'this is not a result of Rehearse',
      found: described(data),
      expected: 'an object with a version and cells',
      next: NAME_FOLDER,
    });
  }
  const { version } = data;
  if (version !== RESULT_VERSION) {
    const newer = version > RESULT_VERSION;
    throw refusal(place, {
      code: 'RESULT_VERSION',
      message: `this result was written by ${newer ? 'a newer' : 'an older'} Rehearse`,
      found: `results version ${String(version)}`,
      expected: `version ${RESULT_VERSION}`,
      next: newer ? 'update Rehearse, or make the report with the version that ran it' : RUN_AGAIN,
    });
  }
  const checked = checkShape(data);
  if (!checked.ok) {
    throw refusal(place, {
      code: 'RESULT_MALFORMED',
      message: `the result is damaged at ${printable(checked.fault.path)}`,
      found: printable(checked.fault.message),
      next: RUN_AGAIN,
    });
  }
  return checked.result;
}

async function contents(place: string): Promise<string> {
  try {
    return await readFile(place, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw refusal(place, {
      code: missing ? 'RESULT_MISSING' : 'RESULT_UNREADABLE',
      message: missing ? 'there is no result here' : `cannot read the result (${code})`,
      next: missing ? NAME_FOLDER : 'check the permissions of the file',
      cause,
    });
  }
}

function parsed(text: string, place: string): unknown {
  if (text.trim() === '') {
    throw refusal(place, { code: 'RESULT_TRUNCATED', message: 'the result is empty', next: RUN_AGAIN });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const cut = !text.trimEnd().endsWith('}');
    throw refusal(place, {
      code: cut ? 'RESULT_TRUNCATED' : 'RESULT_FOREIGN',
      message: cut ? 'the result ends in the middle' : 'this is not JSON',
      found: `…${shortened(printable(text.trimEnd().slice(-24)), 24)}`,
      next: cut ? `the copy or the run was cut off: copy it again, or ${RUN_AGAIN}` : NAME_FOLDER,
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
