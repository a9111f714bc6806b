// The Twitter-like day as assumed: what is written is what is checked in, and it is what the comments say.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dayFiles } from '../../experiments/configs/infaas/day-files.ts';
import {
  ARCHITECTURES,
  dayCatalogue,
  requestsPerSecond,
  servedBy,
  staticCapacityRps,
  staticWorkers,
} from '../../experiments/configs/infaas/twitter-day.ts';

const catalogue = dayCatalogue();
const served = servedBy(catalogue);
const capacityRps = staticCapacityRps(served);

describe('the day', () => {
  test.each([...dayFiles()])('%s is checked in as it is written', (file, text) => {
    const path = new URL(`../../experiments/configs/infaas/${file}`, import.meta.url);
    expect(readFileSync(fileURLToPath(path), 'utf8')).toBe(text);
  });

  test('has 22 architectures and at least 175 variants on three kinds of hardware', () => {
    expect(ARCHITECTURES).toHaveLength(22);
    expect(catalogue.variants.length).toBeGreaterThanOrEqual(175);
    expect(new Set(catalogue.variants.map(({ hardware }) => hardware)).size).toBe(3);
  });

  test('overloads the static cluster by half at its busiest, and leaves it idle at night', () => {
    const counts = requestsPerSecond(capacityRps);
    expect(counts).toHaveLength(3600);
    expect(Math.max(...counts)).toBe(Math.round(1.5 * capacityRps));
    expect(Math.min(...counts)).toBe(Math.round(0.2 * capacityRps));
  });

  test('can be served: every objective is met by some variant alone', () => {
    const hopeless = served.filter(({ architecture, latencyNs }) =>
      catalogue.ofArchitecture(architecture).every((index) => catalogue.latency[index].expectedBatchNs(1) > latencyNs),
    );
    expect(hopeless).toEqual([]);
  });
});

describe('the developers of the baselines', () => {
  test('leave half of the objective for queueing wherever a batch allows it', () => {
    const tight = served.filter(
      ({ chosen, latencyNs }) => 2 * catalogue.latency[chosen.index].expectedBatchNs(chosen.maxBatch) > latencyNs,
    );
    expect(new Set(tight.map(({ chosen }) => chosen.maxBatch))).toEqual(new Set([1]));
  });

  test('deploy every architecture, four workers for each GPU', () => {
    const workers = staticWorkers(served);
    expect(workers.size).toBe(22);
    expect([...workers.values()].reduce((sum, count) => sum + count, 0)).toBe(28);
  });
});
