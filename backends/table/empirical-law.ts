/** The measured distribution of each row, by inverse transform: a uniform draw is the probability of a quantile. */
import type { ProfileRow } from '../../core/index.ts';
import { ServingError, quantileFunction, valueAt } from '../../core/index.ts';

import type { RowLaw } from './row-law.ts';

/**
 * The empirical law of rows.
 *
 * @throws {ServingError} `TABLE_SPREAD_MISSING` for a row that has a mean only.
 */
export function empiricalLaw(
  rows: readonly ProfileRow[],
  options: { readonly variant: string; readonly place?: string | undefined },
): RowLaw {
  const functions = rows.map((row) => {
    const quantiles = quantileFunction(row);
    if (quantiles !== undefined) return quantiles;
    throw new ServingError({
      code: 'TABLE_SPREAD_MISSING',
      message: `sampling: empirical needs a distribution, and batch ${row.batch} of ${options.variant} has none`,
      ...(options.place === undefined ? {} : { place: options.place }),
      found: 'a mean only',
      expected: 'quantiles or samples in every row',
      next: 'add them, or choose sampling: mean or lognormal',
    });
  });
  return {
    draw: (stream) => stream.unit(),
    workNs: (row, probability) => valueAt(functions[row], probability),
  };
}
