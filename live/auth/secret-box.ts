/**
 * Keeps the secrets of keys encrypted: AES-256-GCM under a master key in the state folder, a file of its own with mode
 * 0600. It protects a copy of the database alone (a backup, a file sent for support), and it notices when a key's
 * application or scopes were edited in the database. It does not protect from those who can read the state folder, for
 * the master key lies there as well; they are this user, and root.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ServingError } from '../../core/index.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Encrypts.
 * @param context what the secret belongs to; not secret, and not to be changed afterwards.
 * @returns nonce, ciphertext and tag in one piece.
 */
export function seal(secret: Uint8Array, context: string, masterKey: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts; undefined when the box or its context was changed, or another master key sealed it. */
export function unseal(box: Uint8Array, context: string, masterKey: Uint8Array): Uint8Array | undefined {
  if (box.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = box.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES)), decipher.final()]);
  } catch {
    // The one thing that `final` says no to is a tag that does not fit.
    return undefined;
  }
}

/**
 * The master key of a state folder; undefined when there is none yet.
 * @throws ServingError AUTH_MASTER_KEY when others may read it, or it is no key.
 */
export function readMasterKey(folder: string): Uint8Array | undefined {
  const path = masterKeyPath(folder);
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  if ((statSync(path).mode & 0o077) !== 0) {
    throw masterKeyError(path, 'may be read by others', 'take their rights away (chmod 600) and replace all keys');
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === KEY_BYTES) return key;
  throw masterKeyError(path, 'is damaged', 'restore it from a copy; without one, remove it and make new keys');
}

/** The master key of a state folder, made when there is none. Two that make it at once get the same one. */
export function ensureMasterKey(folder: string): Uint8Array {
  const known = readMasterKey(folder);
  if (known !== undefined) return known;
  const path = masterKeyPath(folder);
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeFlushed(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    // Unlike a rename, a link never replaces what another process was faster to make.
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readMasterKey(folder) ?? ensureMasterKey(folder);
}

function masterKeyPath(folder: string): string {
  return join(folder, 'master.key');
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function masterKeyError(path: string, problem: string, next: string): ServingError {
  return new ServingError({ code: 'AUTH_MASTER_KEY', place: path, message: `the master key ${problem}`, next });
}
