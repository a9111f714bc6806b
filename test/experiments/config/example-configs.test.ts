// The configs in experiments/configs: each asks a question, loads without a mistake, and runs. The one with a policy of
// its own shows that such a policy decides differently from a built-in one and answers every request.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../backends/index.ts';
import { milliseconds } from '../../../core/index.ts';
import { loadConfig } from '../../../experiments/config/load-config.ts';
import { policy } from '../../../experiments/policies/least-expected-wait.ts';
import { expectedArrivals } from '../../../traces/index.ts';
import { simulateSet } from './simulate-set.ts';

const folder = join(repositoryRoot(), 'experiments', 'configs');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

describe.each(files)('%s', (file) => {
  test('asks a question, compares policies and loads without a note', async () => {
    const config = await loadConfig(join(folder, file));
    expect(config.question).toMatch(/\?$/);
    expect(config.name).toBe(file.replace('.yaml', ''));
    expect(config.policies.length).toBeGreaterThan(1);
    expect(config.notes).toEqual([]);
  });

  test('opens with what it is about', () => {
    expect(readFileSync(join(folder, file), 'utf8')).toMatch(/^# \S/);
  });

  test('every policy set answers requests and passes the audit', async () => {
    const { points } = await loadConfig(join(folder, file));
    for (const set of points[0].policies) {
      const record = await simulateSet(points[0], set, 2);
      expect(record.ending).toBe('drained');
      expect(record.findings).toEqual([]);
      expect(record.serving.requests.opened).toBeGreaterThan(10);
    }
  });
});

test('the quickstart is small enough for a demo, and can run live on two cores', async () => {
  const config = await loadConfig(join(folder, 'quickstart.yaml'), { live: true });
  expect(config.policies).toHaveLength(3);
  const [{ scenario }] = config.points;
  expect(scenario.workers.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(2);
  const requests = expectedArrivals(scenario.workload) * config.replications * config.policies.length;
  expect(requests).toBeLessThan(5_000_000);
});

test('the example policy takes the worker that should be free first, not the one with the fewest inputs', () => {
  // Worker 0 runs a batch of 8, worker 1 has five single requests queued. A batch takes 1 ms and 0.5 ms an input.
  const columns = { queued: [0, 5], running: [8, 0] };
  const fleet = { ready: () => ({ length: 2, at: (index: number) => index }), ...columns };
  const table = { expectedBatchNs: (inputs: number) => milliseconds(1 + inputs / 2) };
  const catalogue = { latency: [table], variants: [{ maxBatch: 8 }] };
  const worker = (runningShare: number): number | undefined => {
    // The policy reads nothing else of its context.
    const context = { options: { runningShare }, fleet, catalogue } as unknown as Parameters<typeof policy.create>[0];
    return policy.create(context).dispatch?.assign(0, 0, 0);
  };
  expect(worker(0.5)).toBe(0);
  expect(worker(1)).toBe(1);
});

test('a policy of one’s own decides by its own rule', async () => {
  const { points } = await loadConfig(join(folder, 'own-policy.yaml'));
  const [point] = points;
  const runs = await Promise.all(point.policies.map((set) => simulateSet(point, set, 2)));
  const opened = runs.map(({ serving }) => serving.requests.opened);
  expect(new Set(opened).size).toBe(1);
  const digests = runs.map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(runs.length);
  const again = await simulateSet(point, point.policies[2], 2);
  expect(again.digest).toBe(digests[2]);
});
