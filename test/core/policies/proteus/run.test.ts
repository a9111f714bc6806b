// Whole runs: accuracy follows the load, and overload is met by accuracy instead of lateness.
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import type { Family, PolicyChoice, RunRecord } from '../../../../core/index.ts';
import { SERVED, defaultsOf, milliseconds, seconds } from '../../../../core/index.ts';
import { proteus } from '../../../../core/policies/proteus/proteus.ts';
import { planOf } from '../../../fixtures/plans.ts';
import { rowsOf, simulate } from '../../../fixtures/runs.ts';
import { deterministic } from '../../../fixtures/services.ts';
import { PoissonWorkload } from '../../../fixtures/workloads.ts';

const solver = await loadSolver();
const WARM_UP_NS = seconds(10);

// Alone on the four cores, the accurate variant serves 50 requests a second and the quick one 200.
const VARIANTS = [
  { accuracyPercent: 80, service: deterministic(milliseconds(80), { loadNs: seconds(0.5) }) },
  { accuracyPercent: 60, service: deterministic(milliseconds(20), { loadNs: seconds(0.5) }) },
];

function run(rateRps: number, policies: Partial<Record<Family, string | PolicyChoice>>): RunRecord {
  const plan = planOf({
    variants: VARIANTS,
    workers: [4, 0],
    machines: [{ cores: 2, memoryBytes: 64, initial: 2 }],
    policies: { selection: 'most-accurate', admission: 'deadline', ...policies },
    run: { solver },
  });
  const fill = (arrival: { latencyNs: number }): void => {
    arrival.latencyNs = milliseconds(400);
  };
  return simulate(plan, new PoissonWorkload({ rateRps, count: 40 * rateRps, seed: 'proteus', fill }));
}

function underProteus(rateRps: number): RunRecord {
  const choice: PolicyChoice = { definition: proteus, options: defaultsOf(proteus.options) };
  const families = Object.fromEntries(proteus.families.map((family) => [family, choice]));
  return run(rateRps, families);
}

function measured(record: RunRecord): { accuracyPercent: number; violations: number } {
  const rows = rowsOf(record).filter(({ scheduledNs }) => scheduledNs >= WARM_UP_NS);
  const served = rows.filter(({ outcome }) => outcome === SERVED);
  const accuracy = served.reduce((sum, { variant }) => sum + VARIANTS[variant].accuracyPercent, 0);
  return { accuracyPercent: accuracy / served.length, violations: 1 - served.length / rows.length };
}

describe('a run under Proteus', () => {
  const [low, high] = [underProteus(30), underProteus(100)];

  test('drains with its books in order, the same way twice', () => {
    expect(low).toMatchObject({ ending: 'drained', findings: [] });
    expect(high).toMatchObject({ ending: 'drained', findings: [] });
    expect(underProteus(100).digest).toBe(high.digest);
  });

  test('is more accurate when there is less to do', () => {
    expect(measured(low).accuracyPercent).toBe(80);
    expect(measured(high).accuracyPercent).toBeLessThan(75);
    expect(measured(high).accuracyPercent).toBeGreaterThan(60);
  });

  test('violates fewer objectives under overload than the most accurate variant alone', () => {
    const fixed = run(100, { 'model-scaling': 'fixed' });
    expect(fixed).toMatchObject({ ending: 'drained', findings: [] });
    expect(measured(fixed).violations).toBeGreaterThan(0.4);
    expect(measured(high).violations).toBeLessThan(0.1);
  });
});
