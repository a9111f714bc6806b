/** How long the blocks that are left will take, from those that are done. Measures nothing itself. */
import { mean } from 'simple-statistics';
import type { Nanos } from '../../../core/index.ts';
import type { FilledOptions, ProfileProgress } from './options.ts';
import type { Cell, Unit } from './schedule.ts';

/** Of a block with no idle time, before any was measured. */
const FIRST_GUESS_NS: Nanos = 500_000_000;

export class Forecast {
  /** Blocks that are left, by cell: how many of each. */
  private readonly left = new Map<string, { readonly cell: Cell; count: number }>();
  private readonly takenNs = new Map<string, Nanos>();
  private readonly options: FilledOptions;
  private readonly totalBlocks: number;

  /** @param totalBlocks those of earlier sittings included. */
  constructor(units: readonly Unit[], options: FilledOptions, totalBlocks: number) {
    this.options = options;
    this.totalBlocks = totalBlocks;
    for (const unit of units) {
      for (const cell of unit.cells) {
        const entry = this.left.get(cellKey(unit, cell));
        if (entry === undefined) this.left.set(cellKey(unit, cell), { cell, count: 1 });
        else entry.count += 1;
      }
    }
  }

  finished(unit: Unit, cell: Cell, tookNs: Nanos): void {
    this.takenNs.set(cellKey(unit, cell), tookNs);
    this.skipped(unit, cell);
  }

  skipped(unit: Unit, cell: Cell): void {
    const entry = this.left.get(cellKey(unit, cell));
    if (entry !== undefined) entry.count -= 1;
  }

  progress(label: string): ProfileProgress {
    const entries = [...this.left].map(([key, { cell, count }]) => ({ count, eachNs: this.expectedNs(key, cell) }));
    const leftBlocks = entries.reduce((sum, { count }) => sum + count, 0);
    return {
      totalBlocks: this.totalBlocks,
      finishedBlocks: this.totalBlocks - leftBlocks,
      leftNs: Math.round(entries.reduce((sum, { count, eachNs }) => sum + count * eachNs, 0)),
      label,
    };
  }

  /** What the same cell took in another round; what cells took on average and the idle times, where there was none. */
  private expectedNs(key: string, { idleNs }: Cell): Nanos {
    const known = this.takenNs.get(key);
    if (known !== undefined) return known;
    const { cellBudgetNs, idleSamplesMax, rounds } = this.options;
    const taken = [...this.takenNs.values()];
    const plainNs = taken.length === 0 ? FIRST_GUESS_NS : mean(taken);
    return Math.min(plainNs + (idleNs * idleSamplesMax) / rounds, cellBudgetNs / rounds + FIRST_GUESS_NS);
  }
}

function cellKey({ target }: Pick<Unit, 'target'>, { kind, batch, idleNs, workers }: Cell): string {
  return `${target}/${kind}/${batch}/${idleNs}/${workers}`;
}
