/** Small specifications for the tests of workloads, and arrivals drawn from them. */
import type { Arrival, QueryKind, Workload } from '../../core/index.ts';
import { NEVER, RandomStreams, seconds } from '../../core/index.ts';
import { OFFICIAL_SCHEDULE_SEED, generatedWorkload } from '../../traces/index.ts';
import type { GeneratedWorkloadSpec, OpenArrivals, OpenProcess, QuerySpec } from '../../traces/index.ts';

/** One specification of each process, at a mean of about 100 requests a second. */
export const EXAMPLES: { readonly [Process in OpenProcess]: Extract<OpenArrivals, { process: Process }> } = {
  constant: { process: 'constant', rateRps: 100 },
  poisson: { process: 'poisson', rateRps: 100 },
  'loadgen-server': { process: 'loadgen-server', rateRps: 100, scheduleSeed: OFFICIAL_SCHEDULE_SEED },
  gamma: { process: 'gamma', rateRps: 100, cv: 3 },
  weibull: { process: 'weibull', rateRps: 100, cv: 3 },
  mmpp: {
    process: 'mmpp',
    states: [
      { rateRps: 20, meanDwellNs: seconds(2) },
      { rateRps: 260, meanDwellNs: seconds(1) },
    ],
  },
  diurnal: { process: 'diurnal', meanRps: 100, amplitude: 0.8, periodNs: seconds(60), phase: 0.1 },
  ramp: { process: 'ramp', fromRps: 10, toRps: 190 },
  spikes: {
    process: 'spikes',
    baseRps: 80,
    spikeRps: 400,
    everyNs: seconds(10),
    lastsNs: seconds(1),
    firstAtNs: seconds(4),
  },
  phases: {
    process: 'phases',
    phases: [
      { durationNs: seconds(20), arrivals: { process: 'poisson', rateRps: 200 } },
      { durationNs: seconds(10), arrivals: { process: 'constant', rateRps: 0 } },
      { durationNs: seconds(1000), arrivals: { process: 'ramp', fromRps: 0, toRps: 200 } },
    ],
  },
};

export function kindOf(architecture: string): QueryKind {
  return { application: 'default', useCase: '', architecture, variant: '' };
}

/** A query with one input and no objectives, but for what is given. */
export function query(architecture: string, parts: Partial<QuerySpec> = {}): QuerySpec {
  return {
    kind: kindOf(architecture),
    inputs: { draw: 'fixed', value: 1 },
    latency: { draw: 'none' },
    accuracyPercent: { draw: 'fixed', value: 0 },
    ...parts,
  };
}

/** One query for ten seconds, but for what is given. */
export function workloadSpec(
  arrivals: GeneratedWorkloadSpec['arrivals'],
  parts: Partial<GeneratedWorkloadSpec> = {},
): GeneratedWorkloadSpec {
  return { arrivals, queries: [query('a')], popularity: { law: 'uniform' }, durationNs: seconds(10), ...parts };
}

/** All arrivals of a specification under a seed. */
export function arrivalsOf(spec: GeneratedWorkloadSpec, seed = 'seed'): Arrival[] {
  return drain(generatedWorkload(spec, new RandomStreams(seed)));
}

export function timesOf(arrivals: OpenArrivals, durationS: number, seed = 'seed'): number[] {
  const spec = workloadSpec(arrivals, { durationNs: seconds(durationS) });
  return arrivalsOf(spec, seed).map((arrival) => arrival.atNs);
}

export function drain(workload: Workload, limit: number = Number.POSITIVE_INFINITY): Arrival[] {
  const arrivals: Arrival[] = [];
  while (workload.next.atNs !== NEVER && arrivals.length < limit) {
    arrivals.push({ ...workload.next });
    workload.advance();
  }
  return arrivals;
}

/** Coefficient of variation of the gaps between times. */
export function gapCv(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const squares = gaps.reduce((sum, gap) => sum + (gap - mean) * (gap - mean), 0);
  return Math.sqrt(squares / (gaps.length - 1)) / mean;
}
