/** Which query is asked next: the weights behind each law of popularity, and the draw. */
import type { Stream } from '../core/index.ts';
import { assertNever } from '../core/index.ts';
import type { Checks } from './checks.ts';
import type { PopularitySpec } from './spec.ts';
import { weightedChoice } from './weighted-choice.ts';

/** The weight of each of `queries` queries. They are not normalised. */
export function popularityWeights(spec: PopularitySpec, queries: number): readonly number[] {
  switch (spec.law) {
    case 'uniform':
      return new Array<number>(queries).fill(1);
    case 'weights':
      return spec.weights;
    case 'zipf':
      return Array.from({ length: queries }, (_, index) => Math.exp(-spec.exponent * Math.log(index + 1)));
    default:
      return assertNever(spec);
  }
}

/** Draws the index of a query. @param stream opened only if there is something to draw. */
export function popularityChoice(spec: PopularitySpec, queries: number, stream: () => Stream): () => number {
  return weightedChoice(popularityWeights(spec, queries), stream);
}

export function checkPopularity(spec: PopularitySpec, queries: number, checks: Checks): void {
  if (spec.law === 'weights') checks.weights('weights', spec.weights, queries);
  if (spec.law === 'zipf') checks.within('exponent', spec.exponent, { minimum: 0, maximum: 10 });
}
