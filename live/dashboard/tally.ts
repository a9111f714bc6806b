/** Counts what happens within a second, of one model or of all, and closes it into a point. */
import { NANOS_PER_MILLISECOND } from '../../core/index.ts';
import type { QueryEnd } from '../service/index.ts';
import type { Point } from './point.ts';
import { QuantileWindow } from './quantile-window.ts';
import { Series } from './series.ts';

/** Seconds that a quantile looks back: one second of a quiet service is too little to say anything. */
export const QUANTILE_S = 10;

/** What is read, not counted, at the end of a second. */
export type Level = Pick<Point, 'atS' | 'waiting' | 'workers' | 'machines'>;

export class Tally {
  readonly series: Series;
  private readonly latencies = new QuantileWindow(QUANTILE_S);
  private answered = 0;
  private late = 0;
  private refused = 0;
  private met = 0;
  private missed = 0;
  private batches = 0;
  private batchInputs = 0;

  constructor(historyS: number) {
    this.series = new Series(historyS);
  }

  queryEnded({ outcome, latencyNs, objectiveNs }: QueryEnd): void {
    // A client that left is nobody's failure.
    if (outcome === 'cancelled') return;
    if (objectiveNs >= 0) {
      if (outcome === 'served') this.met += 1;
      else this.missed += 1;
    }
    if (outcome === 'served' || outcome === 'late') {
      this.answered += 1;
      if (outcome === 'late') this.late += 1;
      this.latencies.add(latencyNs);
    } else {
      this.refused += 1;
    }
  }

  batchEnded(inputs: number): void {
    this.batches += 1;
    this.batchInputs += inputs;
  }

  /** The second is over. */
  close(level: Level): Point {
    const { answered, late, refused, met, missed, batches, batchInputs } = this;
    const p50Ms = this.latencies.quantileNs(0.5) / NANOS_PER_MILLISECOND;
    const p99Ms = this.latencies.quantileNs(0.99) / NANOS_PER_MILLISECOND;
    const point = { ...level, answered, late, refused, met, missed, p50Ms, p99Ms, batches, batchInputs };
    this.series.add(point);
    this.latencies.advance();
    this.answered = this.late = this.refused = this.met = this.missed = this.batches = this.batchInputs = 0;
    return point;
  }
}
