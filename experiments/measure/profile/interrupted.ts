/** The end of a measurement that somebody broke off. */
import { ServingError } from '../../../core/index.ts';

export function interrupted(): ServingError {
  return new ServingError({ code: 'MEASURE_INTERRUPTED', message: 'the measurement was interrupted' });
}
