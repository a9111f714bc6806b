/** Configs written for a test: into a folder of their own, loaded, and their mistakes read back without the folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { ServingError } from '../../../core/index.ts';
import { ServingErrors } from '../../../core/index.ts';
import type { ExperimentConfig } from '../../../experiments/config/experiment-config.ts';
import type { ConfigOverrides } from '../../../experiments/config/load-config.ts';
import { loadConfig } from '../../../experiments/config/load-config.ts';

/** A small config without a mistake; lines are counted on, so changes go to its end or replace in place. */
export const SOUND = `question: Does it load?
duration: 10 s
catalogue:
  variants: [fmnist-linear-fp32]
fleet:
  machines: { cpu-2: 1 }
  workers: { fmnist-linear-fp32: 1 }
workload:
  arrivals: { process: poisson, rate: 100/s }
  queries:
    - { use_case: classification-fashion-mnist, latency: 20 ms }
policies:
  - name: plain
`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with these files; removed after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rehearse-config-')));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The sound config with texts replaced. @throws RangeError when a text is not there: the test would test nothing. */
export function soundWith(...replacements: readonly (readonly [from: string, to: string])[]): string {
  let text = SOUND;
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new RangeError(`no ${from} in the sound config`);
    text = text.replace(from, to);
  }
  return text;
}

/** Loads a config's text. @param files more files beside it. */
export async function load(
  text: string,
  files: Readonly<Record<string, string>> = {},
  overrides: ConfigOverrides = {},
): Promise<ExperimentConfig> {
  return loadConfig(join(folderWith({ ...files, 'a.yaml': text }), 'a.yaml'), overrides);
}

/** The messages of a config's mistakes, one a line, with its folder left out. */
export async function mistakes(
  text: string,
  files: Readonly<Record<string, string>> = {},
  overrides: ConfigOverrides = {},
): Promise<string[]> {
  const folder = folderWith({ ...files, 'a.yaml': text });
  const errors = await errorsOf(loadConfig(join(folder, 'a.yaml'), overrides));
  return errors.map(({ message }) => message.replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER'));
}

/** The errors that a promise is rejected with; none when it is not. */
export async function errorsOf(promise: Promise<unknown>): Promise<readonly ServingError[]> {
  try {
    await promise;
    return [];
  } catch (error) {
    if (error instanceof ServingErrors) return error.errors;
    throw error;
  }
}
