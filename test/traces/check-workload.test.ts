import { describe, expect, test } from 'vitest';
import { seconds } from '../../core/index.ts';
import { checkWorkload, expectedArrivals } from '../../traces/index.ts';
import type { ArrivalSpec, QuerySpec, WorkloadSpec } from '../../traces/index.ts';
import { EXAMPLES, query, workloadSpec } from './workload-specs.ts';

const placesOf = (spec: WorkloadSpec): (string | undefined)[] => checkWorkload(spec).map((error) => error.parts.place);

/** Each wrong process, and the fields that are reported. */
const BAD_ARRIVALS: readonly (readonly [ArrivalSpec, readonly string[]])[] = [
  [{ process: 'constant', rateRps: Number.NaN }, ['arrivals.rateRps']],
  [{ process: 'poisson', rateRps: 2e9 }, ['arrivals.rateRps']],
  [{ process: 'poisson', rateRps: 0 }, ['arrivals']],
  [{ process: 'gamma', rateRps: 1, cv: 1000 }, ['arrivals.cv']],
  [{ process: 'weibull', rateRps: 1, cv: 0 }, ['arrivals.cv']],
  [{ process: 'mmpp', states: [] }, ['arrivals.states']],
  [
    { process: 'mmpp', states: [{ rateRps: -1, meanDwellNs: 0 }] },
    ['arrivals.states[0].rateRps', 'arrivals.states[0].meanDwellNs'],
  ],
  [{ process: 'mmpp', states: [{ rateRps: 1, meanDwellNs: 1 }], transition: [[0.5]] }, ['arrivals.transition[0]']],
  [{ process: 'mmpp', states: [{ rateRps: 1, meanDwellNs: 1 }], transition: [] }, ['arrivals.transition']],
  [
    { process: 'diurnal', meanRps: 1, amplitude: 1.1, periodNs: 0, phase: 2 },
    ['arrivals.amplitude', 'arrivals.periodNs', 'arrivals.phase'],
  ],
  [{ process: 'ramp', fromRps: -1, toRps: 1, overNs: 0.5 }, ['arrivals.fromRps', 'arrivals.overNs']],
  [{ process: 'ramp', fromRps: 0, toRps: 0 }, ['arrivals']],
  [{ ...EXAMPLES.spikes, lastsNs: seconds(11), firstAtNs: -1 }, ['arrivals.firstAtNs', 'arrivals.lastsNs']],
  [{ process: 'phases', phases: [] }, ['arrivals.phases']],
  [
    { process: 'phases', phases: [{ durationNs: 0, arrivals: { process: 'gamma', rateRps: 1, cv: -1 } }] },
    ['arrivals.phases[0].durationNs', 'arrivals.phases[0].arrivals.cv'],
  ],
  [{ process: 'closed-loop', clients: 0, thinkNs: -1, think: 'fixed' }, ['arrivals.clients', 'arrivals.thinkNs']],
  [{ process: 'trace', file: '', timeScale: -1 }, ['arrivals.file', 'arrivals.timeScale']],
  [
    { process: 'trace', file: 'x', columns: { count: 'n', intervalNs: 0, time: 't' } },
    ['arrivals.columns.intervalNs', 'arrivals.columns.timeUnit'],
  ],
];

const BAD_QUERIES: readonly (readonly [Partial<QuerySpec>, string])[] = [
  [{ kind: { application: 'a', useCase: '', architecture: '', variant: '' } }, 'kind'],
  [{ inputs: { draw: 'fixed', value: 0 } }, 'inputs.value'],
  [{ inputs: { draw: 'uniform', minimum: 5, maximum: 4 } }, 'inputs.maximum'],
  [{ inputs: { draw: 'choice', values: [] } }, 'inputs.values'],
  [{ inputs: { draw: 'choice', values: [1, 2], weights: [1] } }, 'inputs.weights'],
  [{ inputs: { draw: 'choice', values: [1, 2], weights: [0, 0] } }, 'inputs.weights'],
  [{ latency: { draw: 'fixed', valueNs: 0 } }, 'latency.valueNs'],
  [{ latency: { draw: 'uniform', minimumNs: 9, maximumNs: 8 } }, 'latency.maximumNs'],
  [{ latency: { draw: 'lognormal', meanNs: 9, cv: -1 } }, 'latency.cv'],
  [{ latency: { draw: 'exponential', meanNs: 9, minimumNs: 0 } }, 'latency.minimumNs'],
  [{ latency: { draw: 'choice', valuesNs: [1.5] } }, 'latency.valuesNs'],
  [{ accuracyPercent: { draw: 'fixed', value: 101 } }, 'accuracyPercent.value'],
  [{ accuracyPercent: { draw: 'choice', values: [70, -1] } }, 'accuracyPercent.values'],
];

describe('a workload specification', () => {
  test.each(Object.values(EXAMPLES))('of $process with sound values has nothing wrong', (arrivals) => {
    expect(checkWorkload(workloadSpec(arrivals))).toEqual([]);
  });

  test.each(BAD_ARRIVALS)('arrivals %j are refused by field', (arrivals, places) => {
    expect(placesOf({ ...workloadSpec(EXAMPLES.poisson), arrivals })).toEqual(places);
  });

  test.each(BAD_QUERIES)('a query with %j is refused by field', (parts, field) => {
    const queries = [query('sound'), query('a', parts)];
    expect(placesOf(workloadSpec(EXAMPLES.poisson, { queries }))).toEqual([`queries[1].${field}`]);
  });

  test('duration, limit and popularity are checked too', () => {
    const spec = workloadSpec(EXAMPLES.poisson, {
      durationNs: 0,
      limit: 0.5,
      popularity: { law: 'weights', weights: [1, 2] },
    });
    expect(placesOf(spec)).toEqual(['durationNs', 'limit', 'popularity.weights']);
    expect(placesOf({ ...spec, durationNs: 1, limit: 1, popularity: { law: 'zipf', exponent: -1 } })).toEqual([
      'popularity.exponent',
    ]);
  });

  test('an error shows the value and what would be accepted', () => {
    const [error] = checkWorkload(workloadSpec({ process: 'gamma', rateRps: 5, cv: 0 }));
    expect(error.message).toBe(
      'arrivals.cv: the workload cannot use this value; found 0; expected a number from 0.01 to 100',
    );
  });

  test('without queries only a trace will do', () => {
    expect(placesOf(workloadSpec(EXAMPLES.poisson, { queries: [] }))).toEqual(['queries']);
    expect(
      placesOf({ ...workloadSpec(EXAMPLES.poisson), queries: [], arrivals: { process: 'trace', file: 'x' } }),
    ).toEqual([]);
  });
});

describe('expected arrivals', () => {
  test('are the rate times the duration, up to the limit', () => {
    expect(expectedArrivals(workloadSpec(EXAMPLES.poisson))).toBe(1000);
    expect(expectedArrivals(workloadSpec(EXAMPLES.poisson, { limit: 7 }))).toBe(7);
  });

  test('follow the phases that fall into the run', () => {
    const spec = (durationS: number) => workloadSpec(EXAMPLES.phases, { durationNs: seconds(durationS) });
    expect(expectedArrivals(spec(20))).toBeCloseTo(4000, 6);
    expect(expectedArrivals(spec(30))).toBeCloseTo(4000, 6);
    // A ramp from 0 to 200 over 1,000 s has 1,000 x 1/2 x 0.2 x 100 arrivals in its first 100 s.
    expect(expectedArrivals(spec(130))).toBeCloseTo(5000, 6);
    expect(expectedArrivals(spec(5000))).toBeCloseTo(104_000, 6);
  });

  test('are unknown for a closed loop', () => {
    const loop = { process: 'closed-loop', clients: 1, thinkNs: 0, think: 'fixed' } as const;
    expect(expectedArrivals(workloadSpec(loop))).toBeNaN();
  });
});
