/** The latency model of a table of means alone: a batch is exactly its expected work. It draws nothing. */
import type { LatencyModel, Nanos, Profile } from '../../core/index.ts';
import type { BatchTable } from './batch-table.ts';

/**
 * On the simulator's hot path: `batchWorkNs` is one array load, without a check. The caller keeps `inputs` within 1
 * and the variant's maximum batch, as the port demands.
 */
export class MeanModel implements LatencyModel {
  readonly expectedLoadNs: Nanos;
  readonly beyondTable: readonly string[];
  private readonly workNs: Float64Array;

  constructor(profile: Profile, table: BatchTable) {
    this.expectedLoadNs = profile.loadNs;
    this.beyondTable = table.beyondTable;
    this.workNs = table.expectedNs;
  }

  batchWorkNs(inputs: number): Nanos {
    return this.workNs[inputs];
  }

  expectedBatchNs(inputs: number): Nanos {
    return this.workNs[inputs];
  }

  loadWorkNs(): Nanos {
    return this.expectedLoadNs;
  }
}
