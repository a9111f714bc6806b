/** Collects the samples of one phase of one cell in columns. Invariant: its columns are of equal length. */
import type { TimingsPhaseName, TimingsSamples } from '../../../core/index.ts';
import { TIMINGS_PARTS } from '../../../core/index.ts';

export interface AddedSample {
  readonly unit: number;
  readonly batch: number;
  readonly batchInputs: number;
  /** Milliseconds of every part of the phase. */
  readonly partsMs: Readonly<Record<string, number>>;
}

export class CellSamples {
  /** Processes or turns that were finished. */
  units = 0;
  /** Requests that were not answered, by reason. */
  readonly failed = new Map<string, number>();
  private readonly unit: number[] = [];
  private readonly batch: number[] = [];
  private readonly batchInputs: number[] = [];
  private readonly partsMs: Readonly<Record<string, number[]>>;

  constructor(phase: TimingsPhaseName) {
    this.partsMs = Object.fromEntries(TIMINGS_PARTS[phase].map(({ name }) => [name, []]));
  }

  add({ unit, batch, batchInputs, partsMs }: AddedSample): void {
    this.unit.push(unit);
    this.batch.push(batch);
    this.batchInputs.push(batchInputs);
    for (const [part, column] of Object.entries(this.partsMs)) column.push(partsMs[part]);
  }

  fail(reason: string): void {
    this.failed.set(reason, (this.failed.get(reason) ?? 0) + 1);
  }

  endUnit(): void {
    this.units += 1;
  }

  get samples(): TimingsSamples {
    const { unit, batch, batchInputs, partsMs } = this;
    return { unit, batch, batchInputs, partsMs };
  }
}
