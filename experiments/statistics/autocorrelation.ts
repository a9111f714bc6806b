/** Whether the parts of one run may be taken for independent observations. */
import { mean } from 'simple-statistics';

/**
 * True when the lag-1 autocorrelation of the values is above what independent ones stay below in 95 % of cases. Under
 * independence it is about normal with mean -1/k and variance 1/k for k values (Bartlett 1946); 1.645 is the 95 % point.
 */
export function isAutocorrelated(values: readonly number[]): boolean {
  const lag1 = lag1Autocorrelation(values);
  return lag1 !== null && lag1 > 1.645 / Math.sqrt(values.length) - 1 / values.length;
}

/** sum (x_i - m)(x_{i+1} - m) / sum (x_i - m)^2; null for a series that does not vary. */
export function lag1Autocorrelation(values: readonly number[]): number | null {
  const center = mean(values);
  let products = 0;
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) {
    const deviation = values[index] - center;
    squares += deviation * deviation;
    if (index > 0) products += deviation * (values[index - 1] - center);
  }
  return squares === 0 ? null : products / squares;
}
