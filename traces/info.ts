/**
 * Describes the rows of a trace in one pass and bounded memory: how many, over which time, how fast at the mean and at
 * the peak, how bursty, and what they ask for.
 */
import type { Nanos, QueryKind } from '../core/index.ts';
import { NANOS_PER_SECOND } from '../core/index.ts';
import type { TraceRow } from './readers/trace-row.ts';

/** Kinds that are told apart; the rows of further ones are counted together. */
const KINDS_MAX = 1000;
const SEPARATOR = '\u0000';

export interface Range {
  /** Rows that have the value; the other figures are 0 if none has. */
  readonly rows: number;
  readonly total: number;
  readonly minimum: number;
  readonly mean: number;
  readonly maximum: number;
}

export interface TraceInfo {
  readonly rows: number;
  readonly firstNs: Nanos;
  readonly lastNs: Nanos;
  /** From the first row to the last. */
  readonly spanNs: Nanos;
  /** One over the mean gap; NaN for fewer than two distinct times. */
  readonly meanRps: number;
  /** The busiest of the seconds (of the minutes) that begin at whole multiples since time 0. */
  readonly peakRps1s: number;
  readonly peakRps60s: number;
  /** Standard deviation of the gaps over their mean: 0 even, 1 Poisson, above it bursty. NaN below two gaps. */
  readonly interArrivalCv: number;
  readonly inputs: Range;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** What is asked for and how often, most frequent first; at most 1,000 kinds. */
  readonly kinds: readonly { readonly kind: QueryKind; readonly rows: number }[];
  /** Rows of kinds beyond those. */
  readonly otherRows: number;
}

export async function traceInfo(rows: AsyncIterable<TraceRow>): Promise<TraceInfo> {
  let count = 0;
  let firstNs = 0;
  let lastNs = 0;
  const gaps = new Moments();
  const second = new Peak(NANOS_PER_SECOND);
  const minute = new Peak(60 * NANOS_PER_SECOND);
  const inputs = new RangeCount();
  const inputTokens = new RangeCount();
  const outputTokens = new RangeCount();
  const kinds = new KindCount();
  for await (const row of rows) {
    if (count === 0) firstNs = row.atNs;
    else gaps.add(row.atNs - lastNs);
    count += 1;
    lastNs = row.atNs;
    second.add(row.atNs);
    minute.add(row.atNs);
    inputs.add(row.inputs);
    inputTokens.add(row.inputTokens);
    outputTokens.add(row.outputTokens);
    kinds.add(row);
  }
  const spanNs = lastNs - firstNs;
  return {
    rows: count,
    firstNs,
    lastNs,
    spanNs,
    meanRps: spanNs > 0 ? ((count - 1) * NANOS_PER_SECOND) / spanNs : Number.NaN,
    peakRps1s: second.rps,
    peakRps60s: minute.rps,
    interArrivalCv: gaps.cv,
    inputs: inputs.range,
    inputTokens: inputTokens.range,
    outputTokens: outputTokens.range,
    kinds: kinds.ranked,
    otherRows: kinds.otherRows,
  };
}

/** Mean and variance in one pass: B. P. Welford, Technometrics 4(3), 1962. */
class Moments {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count += 1;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.squares += delta * (value - this.mean);
  }

  get cv(): number {
    if (this.count < 2 || this.mean === 0) return Number.NaN;
    return Math.sqrt(this.squares / (this.count - 1)) / this.mean;
  }
}

/** The busiest interval; rows come in order of time, so one counter is enough. */
class Peak {
  private readonly lengthNs: Nanos;
  private interval = -1;
  private inInterval = 0;
  private most = 0;

  constructor(lengthNs: Nanos) {
    this.lengthNs = lengthNs;
  }

  add(atNs: Nanos): void {
    const interval = Math.floor(atNs / this.lengthNs);
    if (interval !== this.interval) {
      this.interval = interval;
      this.inInterval = 0;
    }
    this.inInterval += 1;
    if (this.inInterval > this.most) this.most = this.inInterval;
  }

  get rps(): number {
    return (this.most * NANOS_PER_SECOND) / this.lengthNs;
  }
}

class RangeCount {
  private rows = 0;
  private total = 0;
  private minimum = Number.POSITIVE_INFINITY;
  private maximum = 0;

  /** @param value 0 stands for "not said". */
  add(value: number): void {
    if (value === 0) return;
    this.rows += 1;
    this.total += value;
    this.minimum = Math.min(this.minimum, value);
    this.maximum = Math.max(this.maximum, value);
  }

  get range(): Range {
    const { rows, total, maximum } = this;
    if (rows === 0) return { rows, total, minimum: 0, mean: 0, maximum };
    return { rows, total, minimum: this.minimum, mean: total / rows, maximum };
  }
}

class KindCount {
  otherRows = 0;
  private readonly counts = new Map<string, { readonly kind: QueryKind; rows: number }>();

  add({ application, useCase, architecture, variant }: TraceRow): void {
    const key = `${application}${SEPARATOR}${useCase}${SEPARATOR}${architecture}${SEPARATOR}${variant}`;
    const known = this.counts.get(key);
    if (known !== undefined) known.rows += 1;
    else if (this.counts.size === KINDS_MAX) this.otherRows += 1;
    else this.counts.set(key, { kind: { application, useCase, architecture, variant }, rows: 1 });
  }

  /** Equally frequent kinds keep the order of their first rows. */
  get ranked(): { kind: QueryKind; rows: number }[] {
    return [...this.counts.values()].sort((left, right) => right.rows - left.rows);
  }
}
