// What an experiment expected, as its result says it, with only what a test is about filled in.
import type { ComparisonExpectation, ServedByExpectation } from '../../core/index.ts';
import { interval } from './fixture.ts';

export function expectation(changes: Partial<ComparisonExpectation> = {}): ComparisonExpectation {
  return {
    kind: 'comparison',
    claim: 'H4',
    says: 'INFaaS costs less than the static GPU instance',
    metric: 'cost_usd',
    better: 'infaas',
    than: 'static-gpu',
    application: null,
    parameters: { 'workload.arrivals.rate': '4/s' },
    direction: 'lower',
    tolerance: null,
    ratio: { mean: 9.1234, low: 8.9, high: 9.352, method: 'geometric-mean' },
    difference: interval([-3, -3.2, -3.4]),
    paperRatio: 8.5,
    withinFactor2: true,
    outcome: 'held',
    remark: '',
    ...changes,
  };
}

export function servedExpectation(changes: Partial<ServedByExpectation> = {}): ServedByExpectation {
  return {
    kind: 'served-by',
    claim: 'E2',
    says: 'A loose objective is answered from the CPU',
    policy: 'infaas',
    application: 'shop',
    parameters: {},
    variants: ['cpu4'],
    limitPercent: 95,
    sharePercent: interval([96, 98, 100]),
    lowestPercent: 96,
    outcome: 'held',
    remark: '',
    ...changes,
  };
}
