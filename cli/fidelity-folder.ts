/** Writes a comparison of worlds into a folder: its file, its page and its table. */
import { join } from 'node:path';
import type { FidelityResult } from '../core/index.ts';
import { prepareFile, writeWhole } from '../experiments/index.ts';
import { FIDELITY_FILE, writeFidelity } from '../reports/index.ts';

/** The path of the page. */
export async function writeFidelityFolder(directory: string, result: FidelityResult): Promise<string> {
  const file = join(directory, FIDELITY_FILE);
  await prepareFile(file);
  await writeWhole(file, `${JSON.stringify(result)}\n`);
  return writeFidelity(directory);
}
