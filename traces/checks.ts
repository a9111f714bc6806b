/**
 * Collects what is wrong with a specification, each as a `ServingError` whose place is the path of the field
 * (`arrivals.states[1].rateRps`), so that a configuration can report all of them at once with their lines.
 */
import { ServingError } from '../core/index.ts';

/** One arrival a nanosecond: the clock cannot tell more apart. */
export const RATE_RPS_MAX = 1_000_000_000;

export class Checks {
  readonly errors: ServingError[];
  private readonly path: string;

  constructor(path = '', errors: ServingError[] = []) {
    this.path = path;
    this.errors = errors;
  }

  /** The checks of a field of this one; what they find lands in the same list. */
  in(field: string): Checks {
    return new Checks(this.placeOf(field), this.errors);
  }

  fail(field: string, found: unknown, expected: string): void {
    this.errors.push(
      new ServingError({
        code: 'WORKLOAD_INVALID',
        message: 'the workload cannot use this value',
        place: this.placeOf(field),
        found: shown(found),
        expected,
      }),
    );
  }

  /** A rate in requests a second; 0 stands for silence. */
  rate(field: string, value: number): void {
    if (!(value >= 0 && value <= RATE_RPS_MAX)) this.fail(field, value, 'a rate of 0 to 1e9 requests a second');
  }

  positive(field: string, value: number, what: string): void {
    if (!(value > 0 && Number.isFinite(value))) this.fail(field, value, `${what} above 0`);
  }

  /** A duration: whole nanoseconds, at least `minimum`. */
  duration(field: string, value: number, minimum = 1): void {
    if (!Number.isSafeInteger(value) || value < minimum) {
      this.fail(field, value, `a whole number of nanoseconds, at least ${minimum}`);
    }
  }

  count(field: string, value: number, minimum = 1): void {
    if (!Number.isSafeInteger(value) || value < minimum) this.fail(field, value, `a whole number, at least ${minimum}`);
  }

  within(field: string, value: number, range: { readonly minimum: number; readonly maximum: number }): void {
    if (!(value >= range.minimum && value <= range.maximum)) {
      this.fail(field, value, `a number from ${range.minimum} to ${range.maximum}`);
    }
  }

  /** Weights: as many as there are values, none negative, not all 0. */
  weights(field: string, weights: readonly number[], values: number): void {
    if (weights.length !== values) this.fail(field, weights.length, `${values} weights, one for each value`);
    const total = weights.reduce((sum, weight) => sum + (weight >= 0 ? weight : Number.NaN), 0);
    if (!(total > 0 && Number.isFinite(total))) this.fail(field, weights, 'weights of at least 0 that are not all 0');
  }

  private placeOf(field: string): string {
    if (this.path === '') return field;
    return field.startsWith('[') ? `${this.path}${field}` : `${this.path}.${field}`;
  }
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
