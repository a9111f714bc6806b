/**
 * Notices that a state folder has lost its database: the file is missing or empty, and the master key or model files
 * that only a database leads to are there. Both are made after the database has content, so a first start that is under
 * way is never taken for a loss.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lostError } from './store-error.ts';

/** As `live/registry` names the folders of model files: by digest. */
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * @param path of the database.
 * @throws ServingError STORE_LOST.
 */
export function requireNoLoss(folder: string, path: string): void {
  const beside = witnessesIn(folder);
  if (beside.length === 0) return;
  // Asked after them: a start that makes all three makes the database first.
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size !== undefined && size > 0) return;
  throw lostError(path, size === undefined ? 'no such file' : 'an empty file', beside.join(' and '));
}

function witnessesIn(folder: string): readonly string[] {
  const key = existsSync(join(folder, 'master.key')) ? ['master.key'] : [];
  const models = join(folder, 'models');
  const names = existsSync(models) ? readdirSync(models) : [];
  return names.some((name) => DIGEST.test(name)) ? [...key, 'models/'] : key;
}
