/**
 * The latency model over laws of rows. It owns the interpolation, between batch sizes and between idle times; a law owns
 * its rows. Invariant: the draws of a batch do not depend on its size or on how idle the worker was, so runs under the
 * same stream stay comparable: one for the execution, and one for the host where the host's times vary.
 */
import type { LatencyModel, Nanos, Profile, Stream } from '../../core/index.ts';
import { idleShare } from '../../core/index.ts';
import type { BatchTable } from './batch-table.ts';
import { between } from './batch-table.ts';
import type { RowLaw } from './row-law.ts';

/** How long batches take in one condition of the worker: busy until now, or idle for some time. */
export interface Condition {
  readonly idleNs: Nanos;
  readonly law: RowLaw;
  /** The way to the engine and back; undefined where it is the same for all rows. */
  readonly hostLaw: RowLaw | undefined;
}

export interface SampledParts {
  readonly profile: Profile;
  readonly table: BatchTable;
  /** Ascending by idle time; the first is the busy worker, with 0. */
  readonly conditions: readonly Condition[];
}

/** On the simulator's hot path; nothing is allocated per batch. */
export class SampledModel implements LatencyModel {
  readonly expectedLoadNs: Nanos;
  readonly beyondTable: readonly string[];
  private readonly table: BatchTable;
  private readonly conditions: readonly Condition[];
  private readonly busy: Condition;
  private readonly hostOverheadNs: Nanos;

  constructor({ profile, table, conditions }: SampledParts) {
    this.expectedLoadNs = profile.loadNs;
    this.beyondTable = table.beyondTable;
    this.table = table;
    this.conditions = conditions;
    this.busy = conditions[0];
    this.hostOverheadNs = profile.hostOverheadNs;
  }

  batchWorkNs(inputs: number, stream: Stream, idleNs: Nanos = 0): Nanos {
    const { busy } = this;
    const draw = busy.law.draw(stream);
    const hostDraw = busy.hostLaw === undefined ? 0 : busy.hostLaw.draw(stream);
    if (idleNs <= 0 || this.conditions.length === 1) return Math.round(this.workIn(busy, inputs, draw, hostDraw));
    return Math.round(this.workAfter(idleNs, inputs, draw, hostDraw));
  }

  expectedBatchNs(inputs: number): Nanos {
    return this.table.expectedNs[inputs];
  }

  loadWorkNs(): Nanos {
    return this.expectedLoadNs;
  }

  /**
   * Between two measured idle times the work is a straight line over their logarithm, up to the first one over the time
   * itself; beyond the last it stays.
   */
  private workAfter(idleNs: Nanos, inputs: number, draw: number, hostDraw: number): number {
    const { conditions } = this;
    let above = 1;
    while (above < conditions.length && conditions[above].idleNs < idleNs) above += 1;
    if (above === conditions.length) return this.workIn(conditions[above - 1], inputs, draw, hostDraw);
    const [from, to] = [conditions[above - 1], conditions[above]];
    const share = idleShare(from.idleNs, to.idleNs, idleNs);
    const fromNs = this.workIn(from, inputs, draw, hostDraw);
    return between(fromNs, this.workIn(to, inputs, draw, hostDraw), share);
  }

  private workIn({ law, hostLaw }: Condition, inputs: number, draw: number, hostDraw: number): number {
    const inferNs = this.along(law, inputs, draw);
    return inferNs + (hostLaw === undefined ? this.hostOverheadNs : this.along(hostLaw, inputs, hostDraw));
  }

  private along(law: RowLaw, inputs: number, draw: number): number {
    const { table } = this;
    const from = table.fromRow[inputs];
    const to = table.toRow[inputs];
    const fromNs = law.workNs(from, draw);
    return from === to ? fromNs : between(fromNs, law.workNs(to, draw), table.share[inputs]);
  }
}
