/**
 * The traffic that AlpaServe places for: the recent requests of each variant, or, before there are any, an assumed load
 * of equal Poisson streams for the variants that the experiment starts with.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { Stream } from '../../random/stream.ts';
import { NANOS_PER_SECOND, NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { ModelTrace } from './simulate.ts';

interface Row {
  readonly atNs: Nanos;
  readonly variant: VariantIndex;
  readonly inputs: number;
  readonly objectiveNs: Nanos;
}

export interface VariantTrace {
  /** The variants with requests, ascending; the trace's models are positions in it. */
  readonly variants: readonly VariantIndex[];
  readonly trace: ModelTrace;
}

export interface TraceRules {
  readonly catalogue: Catalogue;
  /** Requests without an objective are given this many times their execution (the paper's SLO scale). */
  readonly sloScale: number;
}

export class RequestHistory {
  private readonly capacity: number;
  private readonly rows: Row[] = [];
  private count = 0;

  /** @param capacity requests kept, at least 1. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(row: Row): void {
    this.rows[this.count % this.capacity] = row;
    this.count += 1;
  }

  /** What arrived at an instant or later, oldest first. */
  since(fromNs: Nanos, rules: TraceRules): VariantTrace {
    const kept = Math.min(this.count, this.capacity);
    const rows = Array.from({ length: kept }, (_, i) => this.rows[(this.count - kept + i) % this.capacity]);
    return traceOf(
      rows.filter(({ atNs }) => atNs >= fromNs),
      rules,
    );
  }
}

/** Equal Poisson streams of single inputs at a total rate, for a number of requests. */
export function assumedTrace(
  variants: readonly VariantIndex[],
  { rateRps, requests }: { readonly rateRps: number; readonly requests: number },
  rules: TraceRules & { readonly random: Stream },
): VariantTrace {
  let atNs = 0;
  const rows = Array.from({ length: variants.length === 0 ? 0 : requests }, () => {
    atNs += Math.round(rules.random.exponential(NANOS_PER_SECOND / rateRps));
    return { atNs, variant: variants[rules.random.int(variants.length)], inputs: 1, objectiveNs: NEVER };
  });
  return traceOf(rows, rules);
}

function traceOf(rows: readonly Row[], { catalogue, sloScale }: TraceRules): VariantTrace {
  const variants = [...new Set(rows.map(({ variant }) => variant))].sort((a, b) => a - b);
  const positions = new Map(variants.map((variant, position) => [variant, position]));
  return {
    variants,
    trace: {
      atNs: Float64Array.from(rows, ({ atNs }) => atNs),
      model: Int32Array.from(rows, ({ variant }) => positions.get(variant) ?? 0),
      inputs: Int32Array.from(rows, ({ inputs }) => inputs),
      objectiveNs: Float64Array.from(rows, ({ variant, inputs, objectiveNs }) =>
        objectiveNs === NEVER ? sloScale * catalogue.latency[variant].expectedBatchNs(inputs) : objectiveNs,
      ),
    },
  };
}
