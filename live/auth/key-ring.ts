/**
 * The live keys in memory, as the gate asks for them with every request. It looks whether the store changed a few times
 * a second at most, so a key that another process made or revoked counts within that time. Notes when keys were used,
 * to the minute and off the path of requests.
 */
import type { Store } from '../store/index.ts';
import { Keys } from './keys.ts';
import type { LiveKey } from './keys.ts';

/** Between two looks at the store: within a second, with room for a slow reload. */
const LOOK_MS = 250;
const NOTE_USE_MS = 60_000;
const UNREADABLE =
  'its secret was encrypted under another master key, or its application or scopes were edited in the database; ' +
  'revoke it and make another';

export interface KeyRingParts {
  readonly store: Store;
  readonly nowMs: () => number;
  readonly warn: (text: string) => void;
}

export class KeyRing {
  private readonly parts: KeyRingParts;
  private readonly keys: Keys;
  private live: ReadonlyMap<string, LiveKey> = new Map();
  private someExist = false;
  private lookedMs = -Infinity;
  private mark = '';
  private readonly warned = new Set<string>();
  /** When each key was last noted as used, and those uses that are to be noted next. */
  private readonly notedMs = new Map<string, number>();
  private readonly unnoted = new Map<string, number>();
  private scheduled = false;
  private closed = false;

  constructor(parts: KeyRingParts) {
    this.parts = parts;
    this.keys = new Keys(parts.store, parts.nowMs);
  }

  /** Whether there is any key, be it revoked: revoking the last one must not open a service to everybody. */
  get exist(): boolean {
    this.look();
    return this.someExist;
  }

  get(id: string): LiveKey | undefined {
    this.look();
    return this.live.get(id);
  }

  noteUse(id: string): void {
    const nowMs = this.parts.nowMs();
    if (nowMs - (this.notedMs.get(id) ?? -Infinity) < NOTE_USE_MS) return;
    this.notedMs.set(id, nowMs);
    this.unnoted.set(id, nowMs);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.writeUses());
  }

  /** Writes what is to be noted; the store is not touched afterwards. */
  close(): void {
    this.writeUses();
    this.closed = true;
  }

  /** Reads the keys if the store changed. @throws ServingError when they cannot be read. */
  load(): void {
    const mark = this.parts.store.changeMark();
    if (mark === this.mark) return;
    const live = this.keys.live((id) => this.warnOnce(`key ${id} cannot be used: ${UNREADABLE}`));
    this.live = new Map(live.map((key) => [key.id, key]));
    this.someExist = this.keys.exist();
    this.mark = mark;
  }

  private look(): void {
    const nowMs = this.parts.nowMs();
    // A clock that was set back would keep old keys alive for as long.
    if (this.closed || Math.abs(nowMs - this.lookedMs) < LOOK_MS) return;
    this.lookedMs = nowMs;
    try {
      this.load();
    } catch (error) {
      // Closed until it can be read again: old keys might have been revoked meanwhile.
      [this.live, this.someExist, this.mark] = [new Map(), true, ''];
      this.warnOnce(`no key can be used: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private writeUses(): void {
    this.scheduled = false;
    if (this.closed || this.unnoted.size === 0) return;
    try {
      this.keys.noteUse(this.unnoted);
    } catch (error) {
      // The times are for people to look at; nothing depends on them.
      this.parts.warn(`the last use of keys was not noted: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.unnoted.clear();
  }

  private warnOnce(text: string): void {
    if (this.warned.has(text)) return;
    this.warned.add(text);
    this.parts.warn(text);
  }
}
