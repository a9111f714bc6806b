/** Finds the repository's root, where data files lie, from the sources and from `dist/` alike. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServingError } from '../../core/index.ts';

/**
 * Absolute path of the nearest folder upwards whose package.json is named rehearse.
 *
 * @throws {ServingError} `CATALOGUE_ROOT_MISSING` when there is none: the code was copied out of its repository.
 */
export function repositoryRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    if (isRoot(folder)) return folder;
    if (dirname(folder) === folder) {
      throw new ServingError({
        code: 'CATALOGUE_ROOT_MISSING',
        message: 'the bundled catalogue has no repository',
        found: `no package.json named rehearse above ${here}`,
        next: 'run Rehearse from its own folder',
      });
    }
  }
}

function isRoot(folder: string): boolean {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return false;
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'rehearse';
}
