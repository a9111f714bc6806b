/** A lognormal fitted to each row: a standard normal draw z stands for the work exp(mu + sigma z). */
import type { ProfileRow } from '../../core/index.ts';
import { fitLognormal } from './lognormal-fit.ts';
import type { RowLaw } from './row-law.ts';

/** The lognormal law of rows. @param cv coefficient of variation of rows with a mean only; see `fitLognormal`. */
export function lognormalLaw(rows: readonly ProfileRow[], cv: number): RowLaw {
  const fits = rows.map((row) => fitLognormal(row, cv));
  const mu = Float64Array.from(fits, (fit) => fit.mu);
  const sigma = Float64Array.from(fits, (fit) => fit.sigma);
  return {
    draw: (stream) => stream.normal(),
    workNs: (row, normal) => Math.exp(mu[row] + sigma[row] * normal),
  };
}
