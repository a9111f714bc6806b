/**
 * The tree of named streams of one run. A stream is named after its purpose and its entity
 * (`arrivals`, `service/worker-3`), so that adding a component never shifts the draws of another, and two
 * policies under one seed see the same workload (common random numbers). Opening a stream consumes nothing.
 */
import { Stream } from './stream.ts';

export class RandomStreams {
  readonly seed: string;
  private readonly opened = new Map<string, Stream>();

  constructor(seed: string) {
    this.seed = seed;
  }

  /** The stream of that name; the same object every time it is asked for. */
  stream(name: string): Stream {
    const existing = this.opened.get(name);
    if (existing !== undefined) return existing;
    const stream = new Stream(`${this.seed}/${name}`);
    this.opened.set(name, stream);
    return stream;
  }

  /**
   * One last draw from every stream in the order of their names. Two runs that drew the same numbers have the
   * same unseed (FoundationDB's idea): a cheap check beside the event digest.
   */
  unseed(): string {
    let hash = 0x811c9dc5 | 0;
    for (const name of [...this.opened.keys()].sort()) {
      const last = this.opened.get(name)?.bits() ?? 0;
      hash = Math.imul(hash ^ last, 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  }
}
