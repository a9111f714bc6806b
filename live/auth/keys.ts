/**
 * Signing keys: made, listed, revoked, forgotten; durable in the store. A key belongs to an application and allows some
 * scopes; an application may have several live ones, so that they can be changed without a gap. Invariant: a secret is
 * handed out once, when it is made, and lies encrypted from then on.
 */
import { randomBytes } from 'node:crypto';
import { ServingError } from '../../core/index.ts';
import type { Scope } from '../http/index.ts';
import { bytesOf, numberOf, optionalNumberOf, textOf } from '../store/index.ts';
import type { Row, Store } from '../store/index.ts';
import { ensureMasterKey, readMasterKey, seal, unseal } from './secret-box.ts';

export const SCOPES: readonly Scope[] = ['infer', 'manage', 'metrics'];

/** A key as it may be shown. Times are milliseconds since 1970. */
export interface KeyFacts {
  /** The access key: public. */
  readonly id: string;
  readonly application: string;
  readonly scopes: readonly Scope[];
  readonly createdMs: number;
  /** To the minute; absent when it was never used. */
  readonly lastUsedMs?: number;
  /** Absent while it is live. */
  readonly revokedMs?: number;
}

export interface NewKey extends KeyFacts {
  /** 32 random bytes as base64. Nothing shows it again. */
  readonly secret: string;
}

/** A live key with its secret, for the gate. */
export interface LiveKey extends KeyFacts {
  readonly secretBytes: Uint8Array;
}

/** Also a label of metrics and a column of results. */
const APPLICATION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SECRET_BYTES = 32;

export class Keys {
  private readonly store: Store;
  private readonly nowMs: () => number;

  constructor(store: Store, nowMs: () => number = Date.now) {
    this.store = store;
    this.nowMs = nowMs;
  }

  /** @throws ServingError AUTH_APPLICATION or AUTH_SCOPES when the name or the scopes are none. */
  create({ application, scopes }: Pick<KeyFacts, 'application' | 'scopes'>): NewKey {
    requireApplication(application);
    const asked = SCOPES.filter((scope) => scopes.includes(scope));
    requireScopes(scopes, asked);
    const id = `AK${randomBytes(10).toString('hex').toUpperCase()}`;
    const secret = randomBytes(SECRET_BYTES);
    const masterKey = ensureMasterKey(this.store.folder);
    const createdMs = this.nowMs();
    const box = seal(secret, contextOf(id, application, asked.join(' ')), masterKey);
    const values = [id, application, asked.join(' '), box, createdMs];
    this.store.run('INSERT INTO keys (id, application, scopes, secret, created_ms) VALUES (?, ?, ?, ?, ?)', values);
    return { id, application, scopes: asked, createdMs, secret: secret.toString('base64') };
  }

  /** All keys, revoked ones included, oldest first. */
  list(): readonly KeyFacts[] {
    return this.store.all('SELECT * FROM keys ORDER BY created_ms, id').map(factsOf);
  }

  /**
   * Ends a key's validity; running servers know within a second. A second time does nothing.
   * @throws ServingError AUTH_UNKNOWN_KEY.
   */
  revoke(id: string): KeyFacts {
    this.store.run('UPDATE keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL', [this.nowMs(), id]);
    return this.require(id);
  }

  /**
   * Removes a key, also from the list. Where the service asks for signatures only if there are keys, the removal of the
   * last one opens it; revoking never does.
   *
   * @throws ServingError AUTH_UNKNOWN_KEY.
   */
  forget(id: string): KeyFacts {
    const facts = this.require(id);
    this.store.run('DELETE FROM keys WHERE id = ?', [id]);
    return facts;
  }

  /** Whether there is any key, be it revoked. */
  exist(): boolean {
    return this.store.get('SELECT 1 AS one FROM keys LIMIT 1') !== undefined;
  }

  /**
   * The live keys with their secrets.
   * @param onUnreadable told of keys whose secret cannot be decrypted: they are left out.
   */
  live(onUnreadable: (id: string) => void): readonly LiveKey[] {
    const rows = this.store.all('SELECT * FROM keys WHERE revoked_ms IS NULL');
    const masterKey = rows.length === 0 ? undefined : readMasterKey(this.store.folder);
    return rows.flatMap((row) => {
      const facts = factsOf(row);
      const context = contextOf(facts.id, facts.application, textOf(row, 'scopes'));
      const secretBytes = masterKey && unseal(bytesOf(row, 'secret'), context, masterKey);
      if (secretBytes !== undefined) return [{ ...facts, secretBytes }];
      onUnreadable(facts.id);
      return [];
    });
  }

  /** Notes that keys were used, by id. */
  noteUse(usedMs: ReadonlyMap<string, number>): void {
    this.store.transaction(() => {
      for (const [id, atMs] of usedMs) this.store.run('UPDATE keys SET last_used_ms = ? WHERE id = ?', [atMs, id]);
    });
  }

  private require(id: string): KeyFacts {
    const row = this.store.get('SELECT * FROM keys WHERE id = ?', [id]);
    if (row !== undefined) return factsOf(row);
    throw new ServingError({
      code: 'AUTH_UNKNOWN_KEY',
      message: 'there is no such key',
      found: JSON.stringify(id),
      next: 'list them with "rehearse keys list"',
    });
  }
}

function factsOf(row: Row): KeyFacts {
  const [lastUsedMs, revokedMs] = [optionalNumberOf(row, 'last_used_ms'), optionalNumberOf(row, 'revoked_ms')];
  const named = textOf(row, 'scopes').split(' ');
  return {
    id: textOf(row, 'id'),
    application: textOf(row, 'application'),
    scopes: SCOPES.filter((scope) => named.includes(scope)),
    createdMs: numberOf(row, 'created_ms'),
    ...(lastUsedMs === undefined ? {} : { lastUsedMs }),
    ...(revokedMs === undefined ? {} : { revokedMs }),
  };
}

/** What a sealed secret is bound to. None of the three has spaces at its ends, and only scopes have any. */
function contextOf(id: string, application: string, scopes: string): string {
  return JSON.stringify([id, application, scopes]);
}

function requireApplication(application: string): void {
  if (APPLICATION.test(application)) return;
  throw new ServingError({
    code: 'AUTH_APPLICATION',
    message: 'an application cannot have this name',
    found: JSON.stringify(application),
    expected: 'up to 64 letters, digits, ".", "_" and "-", the first a letter or digit',
  });
}

function requireScopes(scopes: readonly string[], known: readonly Scope[]): void {
  if (scopes.length > 0 && scopes.every((scope) => known.some((one) => one === scope))) return;
  throw new ServingError({
    code: 'AUTH_SCOPES',
    message: 'a key allows some scopes, and these are not they',
    found: JSON.stringify(scopes.join(',')),
    expected: `one or more of ${SCOPES.join(', ')}`,
  });
}
