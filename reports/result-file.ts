/** Reads `result.json`, the result of a run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RESULT_VERSION } from '../core/index.ts';
import type { ExperimentResult } from '../core/index.ts';
import { checkShape } from './result-schema.ts';
import { readVersioned } from './versioned-file.ts';

const RESULT_FILE = 'result.json';

/** Whether a folder has the result of a run. */
export function holdsResult(directory: string): boolean {
  return existsSync(join(directory, RESULT_FILE));
}

/** The result in a folder. Throws a `ServingError` that names the file, what is wrong and what to do. */
export async function readResult(directory: string): Promise<ExperimentResult> {
  return readVersioned(directory, {
    name: RESULT_FILE,
    noun: 'result',
    version: RESULT_VERSION,
    runAgain: 'run the experiment again',
    nameFolder: 'name the output folder of `rehearse run`',
    check: (data) => {
      const checked = checkShape(data);
      return checked.ok ? { ok: true, content: checked.result } : checked;
    },
  });
}
