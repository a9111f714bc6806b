// InferLine on GPUs that several workers may share: what it plans must not be more than there are devices.
import { describe, expect, test } from 'vitest';
import type { PolicyDefinition, RunRecord } from '../../../../core/index.ts';
import { SERVED, milliseconds, seconds } from '../../../../core/index.ts';
import { inferline } from '../../../../core/policies/inferline/inferline.ts';
import { torchServe } from '../../../../core/policies/torchserve/torchserve.ts';
import { planOf } from '../../../fixtures/plans.ts';
import { rowsOf, simulate } from '../../../fixtures/runs.ts';
import { PoissonWorkload } from '../../../fixtures/workloads.ts';
import { asFamilies, gpuMachine, onGpu } from '../gpu-world.ts';

const RATE_RPS = 350;

/** One network for batches of 1, 8 and 32, on two GPUs; at most 1000 / 2.6 = 380 inputs/s a GPU. */
function runOf(definition: PolicyDefinition): RunRecord {
  const plan = planOf({
    variants: [1, 8, 32].map((maxBatch) => onGpu(3, 2.5, { maxBatch, accelerators: 0.05 })),
    workers: [0, 1, 0],
    machines: [{ ...gpuMachine(), initial: 2 }],
    policies: { placement: 'spread', batching: 'work-conserving', ...asFamilies(definition) },
    limits: { workersMax: 64 },
    run: { contention: true },
  });
  const fill = (arrival: { latencyNs: number }): void => {
    arrival.latencyNs = milliseconds(60);
  };
  return simulate(plan, new PoissonWorkload({ rateRps: RATE_RPS, count: RATE_RPS * 100, seed: 'devices', fill }));
}

const attainment = (record: RunRecord): number =>
  rowsOf(record).filter(({ outcome }) => outcome === SERVED).length / rowsOf(record).length;

describe('InferLine on two devices that more workers would fit on', () => {
  const tuned = runOf(inferline);

  test('starts no second replica on a device', () => {
    const counts = new Map<string, number>();
    for (const { atNs, decision } of tuned.decisions) {
      if (atNs === 0 || !('machine' in decision)) continue;
      const key = `${'variant' in decision ? decision.variant : ''} ${decision.machine}`;
      const change = decision.kind === 'worker.start' ? 1 : decision.kind === 'worker.drain' ? -1 : 0;
      counts.set(key, (counts.get(key) ?? 0) + change);
      expect(counts.get(key)).toBeLessThanOrEqual(1);
    }
    expect(tuned.decisions.some(({ atNs, decision }) => atNs > 0 && decision.kind === 'worker.start')).toBe(true);
    expect(tuned).toMatchObject({ ending: 'drained', findings: [] });
  });

  test('meets the objective as often as TorchServe with its workers', () => {
    expect(attainment(tuned)).toBeGreaterThan(0.98);
    expect(attainment(tuned)).toBeGreaterThan(attainment(runOf(torchServe)) - 0.005);
  });

  test('has planned long before the whole sample is there', () => {
    const first = tuned.decisions.find(({ decision }) => decision.reason.startsWith('planned '));
    expect(first?.atNs).toBeLessThanOrEqual(seconds(2));
  });
});
