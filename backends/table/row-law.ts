/** How the time of a row varies, and the law of times that do not: the mean, always. */
import type { MeasuredTime, Stream } from '../../core/index.ts';

export interface RowLaw {
  /** One draw of the law's own kind, such as uniform or standard normal. */
  draw(stream: Stream): number;
  /** Work of a row at a draw, in nanoseconds, not rounded; the larger the draw, the larger the work. */
  workNs(row: number, draw: number): number;
}

/** The law of constants. It draws nothing. */
export function meanLaw(rows: readonly MeasuredTime[]): RowLaw {
  const meansNs = Float64Array.from(rows, ({ meanNs }) => meanNs);
  return { draw: () => 0, workNs: (row) => meansNs[row] };
}
