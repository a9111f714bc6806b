/**
 * How much work a load or a batch is, in nanoseconds at full speed. The interface is here, the tables are in
 * `backends/table`; the simulated world turns work into time (contention stretches it), the live world measures.
 */
import type { Nanos } from '../time.ts';
import type { Stream } from '../random/stream.ts';

export interface LatencyModel {
  /**
   * Work of one batch, drawn from `stream` when the model is random.
   *
   * @param inputs 1 to the variant's maximum.
   * @param idleNs how long the worker had nothing to do before. Default: 0, for batches back to back.
   */
  batchWorkNs(inputs: number, stream: Stream, idleNs?: Nanos): Nanos;
  /** Expected work of one batch: what a policy predicts with. Draws nothing. */
  expectedBatchNs(inputs: number): Nanos;
  /** Work of one load. */
  loadWorkNs(stream: Stream): Nanos;
  /** Expected load time. */
  readonly expectedLoadNs: Nanos;
  /** Names of the rules that went beyond the table (extrapolation), for the result. */
  readonly beyondTable: readonly string[];
}
