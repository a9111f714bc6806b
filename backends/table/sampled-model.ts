/**
 * The random latency model over a law, empirical or lognormal. It owns the interpolation between two rows, the law
 * owns the row. Invariant: one draw per batch, whatever its size; a measured and an interpolated batch cost the same
 * draws, so runs under the same stream stay comparable.
 */
import type { LatencyModel, Nanos, Profile, Stream } from '../../core/index.ts';
import type { BatchTable } from './batch-table.ts';
import { between } from './batch-table.ts';

/** How the work of one row varies. */
export interface RowLaw {
  /** One draw of the law's own kind, such as uniform or standard normal. */
  draw(stream: Stream): number;
  /** Work of a row at a draw, in nanoseconds, not rounded; the larger the draw, the larger the work. */
  workNs(row: number, draw: number): number;
}

/** On the simulator's hot path; nothing is allocated per batch. */
export class SampledModel implements LatencyModel {
  readonly expectedLoadNs: Nanos;
  readonly beyondTable: readonly string[];
  private readonly table: BatchTable;
  private readonly law: RowLaw;
  private readonly hostOverheadNs: Nanos;

  constructor(profile: Profile, table: BatchTable, law: RowLaw) {
    this.expectedLoadNs = profile.loadNs;
    this.beyondTable = table.beyondTable;
    this.table = table;
    this.law = law;
    this.hostOverheadNs = profile.hostOverheadNs;
  }

  batchWorkNs(inputs: number, stream: Stream): Nanos {
    const { table, law } = this;
    const draw = law.draw(stream);
    const from = table.fromRow[inputs];
    const to = table.toRow[inputs];
    const fromNs = law.workNs(from, draw);
    const workNs = from === to ? fromNs : between(fromNs, law.workNs(to, draw), table.share[inputs]);
    return Math.round(workNs) + this.hostOverheadNs;
  }

  expectedBatchNs(inputs: number): Nanos {
    return this.table.expectedNs[inputs];
  }

  loadWorkNs(): Nanos {
    return this.expectedLoadNs;
  }
}
