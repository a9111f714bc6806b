/** The latest points of one model or of all, in rings of fixed size. */
import { COLUMNS, wireNumber } from './point.ts';
import type { ColumnName, Point } from './point.ts';

/** A column on the wire: all values, oldest first, or the one value that all of them have. */
export type WireColumn = readonly (number | null)[] | number | null;

export class Series {
  private readonly length: number;
  private readonly columns: Readonly<Record<ColumnName, Float64Array>>;
  private added = 0;

  /** @param length points that are kept, from 1. */
  constructor(length: number) {
    this.length = length;
    // Every column name has its ring.
    this.columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(length)])) as Readonly<
      Record<ColumnName, Float64Array>
    >;
  }

  add(point: Point): void {
    const at = this.added % this.length;
    for (const name of COLUMNS) this.columns[name][at] = point[name];
    this.added += 1;
  }

  /** Points there are. */
  get count(): number {
    return Math.min(this.added, this.length);
  }

  /** All points by column, in the order of `COLUMNS`. A model that rests takes a few bytes. */
  wire(): WireColumn[] {
    return COLUMNS.map((name) => {
      const values = this.valuesOf(name).map((value) => wireNumber(name, value));
      return values.length > 1 && values.every((value) => value === values[0]) ? values[0] : values;
    });
  }

  private valuesOf(name: ColumnName): number[] {
    const ring = this.columns[name];
    const start = this.added - this.count;
    return Array.from({ length: this.count }, (_, i) => ring[(start + i) % this.length]);
  }
}
