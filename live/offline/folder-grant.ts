/**
 * How a command shows that it is the service's own user, who may name any folder: it leaves a file of a random name in
 * the state folder, where nobody else can write, and sends the name along. A grant serves once.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder } from '../store/index.ts';

const FOLDER = 'offline-grants';
const TOKEN_BYTES = 24;
const TOKEN = /^[0-9a-f]{48}$/;

/** Leaves a grant. @returns what to send, and a function that takes back what was not used. */
export function leaveGrant(stateFolder: string): { readonly token: string; readonly takeBack: () => void } {
  const folder = join(stateFolder, FOLDER);
  makePrivateFolder(folder);
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const path = join(folder, token);
  writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
  return { token, takeBack: () => rmSync(path, { force: true }) };
}

/** Uses a grant up. @returns whether there was one. */
export function takeGrant(stateFolder: string, token: string): boolean {
  if (!TOKEN.test(token)) return false;
  try {
    unlinkSync(join(stateFolder, FOLDER, token));
    return true;
  } catch {
    return false;
  }
}

/** Removes grants of commands that died. For a server that starts. */
export function removeGrants(stateFolder: string): void {
  const folder = join(stateFolder, FOLDER);
  try {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  } catch {
    // There were none.
  }
}
