/**
 * TorchServe's three keys, in a file that only its owner may read: one to infer, one to manage, and one that renews
 * those two. They are new at each start, and all but the last run out. Compared in a time that tells nothing of them.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolders } from '../store/index.ts';

export type TokenKind = 'management' | 'inference' | 'API';

export interface TokenKeysOptions {
  /** Where `key_file.json` is kept. */
  readonly folder: string;
  readonly expiryMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

interface Key {
  readonly text: string;
  readonly expiresMs: number;
}

/** TorchServe takes 6; clients copy the text, whatever its length. */
const KEY_BYTES = 24;

export class TokenKeys {
  readonly path: string;
  private readonly keys: Map<TokenKind, Key>;
  private readonly options: TokenKeysOptions;

  /** Makes the keys and writes the file in place of any that is there. @throws when it cannot be written. */
  constructor(options: TokenKeysOptions) {
    this.options = options;
    this.path = join(options.folder, 'key_file.json');
    this.keys = new Map([
      ['management', this.newKey()],
      ['inference', this.newKey()],
      ['API', { text: newText(), expiresMs: Infinity }],
    ]);
    this.write();
  }

  /** Whether a text is that key, and the key has not run out. */
  admits(kind: TokenKind, text: string | undefined): boolean {
    const key = this.keys.get(kind);
    // Compared in any case, so that an expired or missing one takes as long.
    const isSame = timingSafeEqual(digest(text ?? ''), digest(key?.text ?? ''));
    return isSame && text !== undefined && key !== undefined && this.options.nowMs() < key.expiresMs;
  }

  renew(kind: 'management' | 'inference'): void {
    this.keys.set(kind, this.newKey());
    this.write();
  }

  private newKey(): Key {
    return { text: newText(), expiresMs: this.options.nowMs() + this.options.expiryMs };
  }

  /** Written beside and moved, so that no reader sees half a file, and never readable by others. */
  private write(): void {
    const file = Object.fromEntries(
      [...this.keys].map(([kind, { text, expiresMs }]) => [
        kind,
        { key: text, ...(expiresMs === Infinity ? {} : { 'expiration time': new Date(expiresMs).toISOString() }) },
      ]),
    );
    makeFolders(resolve(this.options.folder), 0o700);
    const beside = `${this.path}.${process.pid}`;
    rmSync(beside, { force: true });
    writeFileSync(beside, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(beside, this.path);
  }
}

function newText(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
