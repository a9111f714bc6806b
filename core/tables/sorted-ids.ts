/** A small set of ids kept in ascending order, so that "the first of equals" is the lowest id. */

import type { ReadonlyColumn } from './request-table.ts';

export interface ReadonlyIds {
  readonly length: number;
  /** Counts the ids that were added or removed: what is kept of the set is true while it stands. */
  readonly changes: number;
  /** The ids themselves, ascending; only the first `length` count. For loops on the hot path. */
  readonly column: ReadonlyColumn;
  /** The id at a position, ascending. */
  at(position: number): number;
  has(id: number): boolean;
}

export class SortedIds implements ReadonlyIds {
  column = new Int32Array(8);
  changes = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  at(position: number): number {
    return this.column[position];
  }

  has(id: number): boolean {
    const position = this.positionOf(id);
    return position < this.count && this.column[position] === id;
  }

  /** Adds an id that is not in the set. */
  add(id: number): void {
    if (this.count === this.column.length) {
      const wider = new Int32Array(this.count * 2);
      wider.set(this.column);
      this.column = wider;
    }
    const position = this.positionOf(id);
    this.column.copyWithin(position + 1, position, this.count);
    this.column[position] = id;
    this.count += 1;
    this.changes += 1;
  }

  /** Removes an id that is in the set. */
  remove(id: number): void {
    const position = this.positionOf(id);
    this.column.copyWithin(position, position + 1, this.count);
    this.count -= 1;
    this.changes += 1;
  }

  /** First position whose id is not below the given one. */
  private positionOf(id: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.column[middle] < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
