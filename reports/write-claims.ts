/**
 * Writes what several experiments say of their claims beside their folders: `claims.html` for people, `claims.json`
 * for scripts. Both are renamed when whole.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ServingError } from '../core/index.ts';
import { claimSummaries } from './claim-summary.ts';
import type { ClaimedRun } from './claim-summary.ts';
import { claimsPage } from './html/claims-page.ts';
import { writeWhole } from './write-whole.ts';

/** Version of `claims.json`. */
const CLAIMS_VERSION = 1;

/**
 * @param directory - the folder that holds the folders of the runs
 * @returns the path of the page
 * @throws ServingError when the folder cannot be written to
 */
export async function writeClaims(directory: string, runs: readonly ClaimedRun[]): Promise<string> {
  const data = { version: CLAIMS_VERSION, claims: claimSummaries(runs), experiments: runs };
  const path = join(directory, 'claims.html');
  try {
    await mkdir(directory, { recursive: true });
    await writeWhole(join(directory, 'claims.json'), `${JSON.stringify(data, null, 1)}\n`);
    await writeWhole(path, claimsPage(runs));
  } catch (cause) {
    throw new ServingError({
      code: 'OUTPUT_UNWRITABLE',
      message: 'cannot write the claims',
      place: directory,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      next: 'make the folder writable, or name another one with --out',
      cause,
    });
  }
  return path;
}
