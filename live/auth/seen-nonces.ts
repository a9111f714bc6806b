/**
 * The nonces that were used, for as long as a request with one could come again. Bounded for each key, so a key can
 * fill its own share and nobody else's. Kept in memory: after a restart a request of the last minutes could be repeated
 * once.
 */

export class SeenNonces {
  private readonly perKeyMax: number;
  /** When each nonce may be forgotten, by key; in the order of arrival, which is nearly that of the times. */
  private readonly byKey = new Map<string, Map<string, number>>();

  /** @param perKeyMax nonces of one key that are remembered at most. */
  constructor(perKeyMax: number) {
    this.perKeyMax = perKeyMax;
  }

  /**
   * Uses a nonce up.
   *
   * @param untilMs when a request with it is too old anyway.
   * @returns 'fresh', 'seen' before, or 'full': so many are remembered that this one could not be.
   */
  use(key: string, nonce: string, untilMs: number, nowMs: number): 'fresh' | 'seen' | 'full' {
    const known = this.byKey.get(key) ?? new Map<string, number>();
    if (known.has(nonce)) return 'seen';
    forgetOld(known, nowMs);
    if (known.size >= this.perKeyMax) return 'full';
    known.set(nonce, untilMs);
    this.byKey.set(key, known);
    return 'fresh';
  }
}

/** From the oldest on; one that lasts longer keeps those behind it a while longer, which does no harm. */
function forgetOld(known: Map<string, number>, nowMs: number): void {
  for (const [nonce, untilMs] of known) {
    if (untilMs >= nowMs) return;
    known.delete(nonce);
  }
}
