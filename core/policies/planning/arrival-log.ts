/**
 * The most recent arrivals as columns: the sample trace that planners simulate. A ring, so that its memory does not
 * grow with the run; of a load too heavy for it, the latest part is kept.
 */
import type { Nanos } from '../../time.ts';
import { NEVER } from '../../time.ts';

/** Arrivals in order of time. The columns have equal lengths. */
export interface Trace {
  readonly atNs: Float64Array;
  readonly inputs: Int32Array;
  /** Latency objectives; `NEVER` for none. */
  readonly objectiveNs: Float64Array;
}

export class ArrivalLog {
  private readonly atNs: Float64Array;
  private readonly inputs: Int32Array;
  private readonly objectiveNs: Float64Array;
  private readonly capacity: number;
  private count = 0;

  /** @param capacity arrivals kept, at least 1. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.atNs = new Float64Array(capacity);
    this.inputs = new Int32Array(capacity);
    this.objectiveNs = new Float64Array(capacity);
  }

  push(atNs: Nanos, inputs: number, objectiveNs: Nanos = NEVER): void {
    const row = this.count % this.capacity;
    this.atNs[row] = atNs;
    this.inputs[row] = inputs;
    this.objectiveNs[row] = objectiveNs;
    this.count += 1;
  }

  /** What arrived at an instant or later, oldest first. */
  since(fromNs: Nanos): Trace {
    let first = Math.max(0, this.count - this.capacity);
    while (first < this.count && this.atNs[first % this.capacity] < fromNs) first += 1;
    const rows = Int32Array.from({ length: this.count - first }, (_, i) => (first + i) % this.capacity);
    return {
      atNs: Float64Array.from(rows, (row) => this.atNs[row]),
      inputs: Int32Array.from(rows, (row) => this.inputs[row]),
      objectiveNs: Float64Array.from(rows, (row) => this.objectiveNs[row]),
    };
  }
}

/** The inputs of a trace. */
export function inputsOf({ inputs }: Trace): number {
  return inputs.reduce((sum, each) => sum + each, 0);
}
