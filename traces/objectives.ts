/**
 * What a query carries beside its kind: inputs, latency and accuracy objective. Each field of each query that varies
 * has a stream of its own, so changing one leaves the draws of all others where they were.
 */
import type { Arrival, Nanos, Stream } from '../core/index.ts';
import { assertNever, NEVER } from '../core/index.ts';
import type { AccuracySpec, InputsSpec, LatencySpec, QuerySpec } from './spec.ts';
import { weightedChoice } from './weighted-choice.ts';

/** Fills in one query's inputs and objectives. */
export interface QueryDraw {
  /** Draws and writes `inputs`, `latencyNs` and `accuracyPercent`. */
  into(target: Pick<Arrival, 'inputs' | 'latencyNs' | 'accuracyPercent'>): void;
}

/** @param stream opens the stream of a field: `inputs`, `latency` or `accuracy`. */
export function queryDraw(spec: QuerySpec, stream: (field: string) => Stream): QueryDraw {
  const inputs = inputsDraw(spec.inputs, () => stream('inputs'));
  const latency = latencyDraw(spec.latency, () => stream('latency'));
  const accuracy = accuracyDraw(spec.accuracyPercent, () => stream('accuracy'));
  return {
    into(target) {
      target.inputs = typeof inputs === 'number' ? inputs : inputs();
      target.latencyNs = typeof latency === 'number' ? latency : latency();
      target.accuracyPercent = typeof accuracy === 'number' ? accuracy : accuracy();
    },
  };
}

/** A value that does not vary, or a draw. */
type Draw = number | (() => number);

function inputsDraw(spec: InputsSpec, stream: () => Stream): Draw {
  switch (spec.draw) {
    case 'fixed':
      return spec.value;
    case 'uniform': {
      const { minimum, maximum } = spec;
      const random = stream();
      return () => minimum + random.int(maximum - minimum + 1);
    }
    case 'choice':
      return choiceDraw(spec.values, spec.weights, stream);
    default:
      return assertNever(spec);
  }
}

function accuracyDraw(spec: AccuracySpec, stream: () => Stream): Draw {
  return spec.draw === 'fixed' ? spec.value : choiceDraw(spec.values, spec.weights, stream);
}

function latencyDraw(spec: LatencySpec, stream: () => Stream): Draw {
  switch (spec.draw) {
    case 'none':
      return NEVER;
    case 'fixed':
      return spec.valueNs;
    case 'uniform': {
      const { minimumNs, maximumNs } = spec;
      const random = stream();
      return () => Math.round(minimumNs + random.unit() * (maximumNs - minimumNs));
    }
    case 'exponential': {
      const random = stream();
      return () => atLeast(spec.minimumNs, random.exponential(spec.meanNs));
    }
    case 'lognormal': {
      // mean = exp(mu + sigma^2 / 2) and 1 + cv^2 = exp(sigma^2).
      const variance = Math.log1p(spec.cv * spec.cv);
      const mu = Math.log(spec.meanNs) - variance / 2;
      const sigma = Math.sqrt(variance);
      const random = stream();
      return () => atLeast(spec.minimumNs, random.lognormal(mu, sigma));
    }
    case 'choice':
      return choiceDraw(spec.valuesNs, spec.weights, stream);
    default:
      return assertNever(spec);
  }
}

/** A drawn objective in whole nanoseconds. A query must be given some time, and less than forever. */
function atLeast(minimumNs: Nanos | undefined, drawnNs: number): Nanos {
  return Math.min(Math.max(Math.round(drawnNs), minimumNs ?? 1), NEVER - 1);
}

function choiceDraw(values: readonly number[], weights: readonly number[] | undefined, stream: () => Stream): Draw {
  if (values.length === 1) return values[0];
  const choose = weightedChoice(weights ?? values.map(() => 1), stream);
  return () => values[choose()];
}
