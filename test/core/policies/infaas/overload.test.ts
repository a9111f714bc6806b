import { describe, expect, test } from 'vitest';
import { flagAfter, isHardlyUsed } from '../../../../core/policies/infaas/overload.ts';
import type { InstanceFigures } from '../../../../core/policies/infaas/overload.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA } from '../../../../core/policies/infaas/variant-facts.ts';

const CALM = { averageLatencyMs: 0, qps: 0, inFlight: 0, averageSloMs: 0 };

/**
 * The table of section 4.6, in figures: predicted latency, then the thresholds of latency (ms), of requests per second
 * and replica, of requests in flight, and of the latency (ms) below which it has recovered.
 */
const CASES: readonly (readonly [string, Pick<InstanceFigures, 'kind' | 'replicas' | 'expectedMs'>, number[]])[] = [
  ['CPU, one replica', { kind: ON_CPU, replicas: 1, expectedMs: 250 }, [1000, 4, 4.4, 375]],
  ['CPU, two replicas', { kind: ON_CPU, replicas: 2, expectedMs: 250 }, [625, 2, 6.4, 375]],
  ['Inferentia', { kind: ON_INFERENTIA, replicas: 1, expectedMs: 20 }, [50, 25, 40, 30]],
  ['GPU of 10 ms', { kind: ON_GPU, replicas: 1, expectedMs: 10 }, [15, 30, 80, 12.5]],
  ['GPU of 8 ms', { kind: ON_GPU, replicas: 1, expectedMs: 8 }, [15, 37.5, 100, 10]],
  ['GPU of 2 ms', { kind: ON_GPU, replicas: 1, expectedMs: 2 }, [10, 150, 400, 2.5]],
];

describe.each(CASES)('%s', (_name, instance, [latencyMs, rate, inFlight, recoveredMs]) => {
  const after = (isFlagged: boolean, figures: Partial<InstanceFigures>): boolean =>
    flagAfter(isFlagged, { ...CALM, ...instance, ...figures });
  const above = (value: number): number => value * (1 + 1e-9);
  const below = (value: number): number => value * (1 - 1e-9);
  const perSecond = rate * instance.replicas;

  test('is flagged when it is slow at a rate, and not for one of the two', () => {
    expect(after(false, { averageLatencyMs: above(latencyMs), qps: above(perSecond) })).toBe(true);
    expect(after(false, { averageLatencyMs: latencyMs, qps: above(perSecond) })).toBe(false);
    expect(after(false, { averageLatencyMs: above(latencyMs), qps: perSecond })).toBe(false);
  });

  test('is flagged when too much is in flight, however fast it is', () => {
    expect(after(false, { inFlight: above(inFlight) })).toBe(true);
    expect(after(false, { inFlight })).toBe(false);
  });

  test('keeps its flag until little is in flight and it is fast again', () => {
    const calm = { averageLatencyMs: below(recoveredMs), inFlight: below(inFlight) };
    expect(after(true, calm)).toBe(false);
    expect(after(true, { ...calm, averageLatencyMs: recoveredMs })).toBe(true);
    expect(after(true, { ...calm, inFlight })).toBe(true);
  });
});

describe('an accelerator is hardly used', () => {
  // 20 ms predicted: 50 requests a second at most.
  const used = (kind: typeof ON_GPU | typeof ON_INFERENTIA, averageSloMs: number, qps: number): boolean =>
    isHardlyUsed({ ...CALM, kind, replicas: 1, expectedMs: 20, averageSloMs, qps });

  test('on a GPU below 3 % of its rate, with objectives above ten times its latency', () => {
    expect(used(ON_GPU, 200.1, 1.49)).toBe(true);
    expect(used(ON_GPU, 200, 1.49)).toBe(false);
    expect(used(ON_GPU, 200.1, 1.5)).toBe(false);
  });

  test('on Inferentia below 20 % of its rate, with objectives above five times its latency', () => {
    expect(used(ON_INFERENTIA, 100.1, 9.9)).toBe(true);
    expect(used(ON_INFERENTIA, 100, 9.9)).toBe(false);
    expect(used(ON_INFERENTIA, 100.1, 10)).toBe(false);
  });
});
