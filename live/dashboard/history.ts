/**
 * The last minutes of the service, second by second: of all models together, and of each variant that had something
 * to do. Bounded in time and in variants. It observes the service, and is closed once a second.
 */
import type { BatchEnd, QueryEnd, ServiceObserver, ServiceSnapshot, VariantSnapshot } from '../service/index.ts';
import { COLUMNS, wireNumbers } from './point.ts';
import type { WireColumn } from './series.ts';
import { Tally } from './tally.ts';

/** Variants with a history of their own; further ones are part of the whole only. 130 kB each. */
const VARIANTS_MOST = 30;

interface VariantTally {
  readonly name: string;
  readonly version: string;
  readonly tally: Tally;
}

/** A second on the wire. */
export interface WireSecond {
  /** Counts seconds, so that a reader notices what it missed. */
  readonly sequence: number;
  readonly all: readonly (number | null)[];
  readonly variants: readonly {
    readonly name: string;
    readonly version: string;
    readonly point: readonly (number | null)[];
  }[];
}

export interface WireHistory {
  readonly columns: readonly string[];
  /** Seconds that are kept. */
  readonly lengthS: number;
  /** Of the last second in it. */
  readonly sequence: number;
  readonly all: readonly WireColumn[];
  readonly variants: readonly {
    readonly name: string;
    readonly version: string;
    readonly points: readonly WireColumn[];
  }[];
}

export class History implements ServiceObserver {
  private readonly historyS: number;
  private readonly all: Tally;
  private readonly variants = new Map<string, VariantTally>();
  private sequence = 0;

  /** @param historyS seconds that are kept. */
  constructor(historyS: number) {
    this.historyS = historyS;
    this.all = new Tally(historyS);
  }

  queryEnded(end: QueryEnd): void {
    this.all.queryEnded(end);
    if (end.variant !== '') this.tallyOf(end.variant, end.version)?.queryEnded(end);
  }

  batchEnded({ variant, version, inputs }: BatchEnd): void {
    this.all.batchEnded(inputs);
    this.tallyOf(variant, version)?.batchEnded(inputs);
  }

  /** A second is over. @param nowMs milliseconds since 1970. */
  close(snapshot: ServiceSnapshot, nowMs: number): WireSecond {
    this.sequence += 1;
    this.follow(snapshot.variants);
    const { variants, machines } = snapshot;
    const level = { atS: nowMs / 1000, machines: machines.filter(({ state }) => state === 'up').length };
    const all = this.all.close({
      ...level,
      waiting: sum(variants, waitingOf),
      workers: sum(variants, ({ ready }) => ready),
    });
    const byKey = new Map(variants.map((variant) => [keyOf(variant.name, variant.version), variant]));
    const points = [...this.variants].map(([key, { name, version, tally }]) => {
      const variant = byKey.get(key);
      const waiting = variant === undefined ? 0 : waitingOf(variant);
      const point = tally.close({ ...level, waiting, workers: variant?.ready ?? 0 });
      return { name, version, point: wireNumbers(point) };
    });
    return { sequence: this.sequence, all: wireNumbers(all), variants: points };
  }

  wire(): WireHistory {
    return {
      columns: COLUMNS,
      lengthS: this.historyS,
      sequence: this.sequence,
      all: this.all.series.wire(),
      variants: [...this.variants.values()].map(({ name, version, tally }) => {
        return { name, version, points: tally.series.wire() };
      }),
    };
  }

  /** Begins with those that have something to do, and forgets those that are no more. */
  private follow(variants: readonly VariantSnapshot[]): void {
    const there = new Set(variants.map(({ name, version }) => keyOf(name, version)));
    for (const key of this.variants.keys()) if (!there.has(key)) this.variants.delete(key);
    for (const variant of variants) {
      if (variant.ready + variant.loading + waitingOf(variant) > 0) this.tallyOf(variant.name, variant.version);
    }
  }

  private tallyOf(name: string, version: string): Tally | undefined {
    const key = keyOf(name, version);
    const known = this.variants.get(key);
    if (known !== undefined) return known.tally;
    if (this.variants.size >= VARIANTS_MOST) return undefined;
    const tally = new Tally(this.historyS);
    this.variants.set(key, { name, version, tally });
    return tally;
  }
}

function keyOf(name: string, version: string): string {
  return `${name}\n${version}`;
}

function waitingOf({ held, queued }: VariantSnapshot): number {
  return held + queued;
}

function sum(variants: readonly VariantSnapshot[], of: (variant: VariantSnapshot) => number): number {
  return variants.reduce((total, variant) => total + of(variant), 0);
}
