/** Two policies under one seed see the same queries, and keep rows of the same requests. */
import { describe, expect, test } from 'vitest';
import type { RequestRow, RunRecord } from '../../core/index.ts';
import { milliseconds, seconds } from '../../core/index.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { planOf } from '../fixtures/plans.ts';
import { rowsOf, simulate } from '../fixtures/runs.ts';
import { exponential } from '../fixtures/services.ts';
import { kindPerVariant } from '../fixtures/workloads.ts';
import { fullWorkload } from './full-run.ts';

const RIVALS: readonly PlanParts['policies'][] = [
  { dispatch: 'shortest-queue', batching: 'none' },
  { dispatch: 'round-robin', batching: ['fixed', { maxBatch: 4, maxDelay: milliseconds(5) }] },
  { dispatch: 'central-queue', batching: 'aimd', admission: ['queue-bound', { max: 5 }] },
];

function run(policies: PlanParts['policies'], rowsMax = 100_000): RunRecord {
  const variant = { service: exponential(milliseconds(10)), maxBatch: 8 };
  const plan = planOf({
    variants: [variant, variant],
    workers: [4, 4],
    kinds: kindPerVariant(2),
    policies: { selection: 'cheapest', ...policies },
    limits: { timeoutNs: seconds(2) },
    recorder: { rowsMax },
  });
  return simulate(plan, fullWorkload('common'));
}

/** What the client asked, and when. */
function asked({ ordinal, scheduledNs, kind, inputs, objectiveNs }: RequestRow): object {
  return { ordinal, scheduledNs, kind, inputs, objectiveNs };
}

describe('under one seed', () => {
  const runs = RIVALS.map((policies) => run(policies));

  test('the rivals do different things', () => {
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(RIVALS.length);
  });

  test('every request is scheduled at the same time and asks for the same, row by row', () => {
    const [first, ...others] = runs.map((record) => rowsOf(record).map(asked));
    expect(first.length).toBe(2000);
    for (const other of others) expect(other).toEqual(first);
  });

  test('a sample of rows holds the same requests', () => {
    const [first, ...others] = RIVALS.map((policies) => rowsOf(run(policies, 300)).map(asked));
    expect(first.length).toBeGreaterThan(100);
    expect(first.length).toBeLessThanOrEqual(300);
    for (const other of others) expect(other).toEqual(first);
  });
});
