// A small matrix of one tiny service, written beside its scenario, with only what a test is about changed.
import { join } from 'node:path';
import { folderWith } from '../../config/config-files.ts';

/** One worker of a tiny variant; the queries have time, so that a busy machine does not make them late. */
export const SCENARIO = {
  name: 'tiny',
  question: 'Does it answer?',
  duration: '1 s',
  catalogue: { variants: ['fmnist-linear-fp32'] },
  fleet: { machines: { 'cpu-2': 1 }, workers: { 'fmnist-linear-fp32': 1 } },
  workload: {
    arrivals: { process: 'poisson', rate: '100/s' },
    queries: [{ use_case: 'classification-fashion-mnist', latency: '2 s' }],
  },
  policies: [{ name: 'one-by-one', batching: 'none' }],
};

export const MATRIX = {
  name: 'short',
  question: 'Do both worlds answer the same?',
  rounds: 1,
  loads: [10],
  calibration_load: 30,
  duration: '1 s',
  warm_up: '100 ms',
  capacity: '300 ms',
  calibration: '3 s',
  arrivals: [{ name: 'poisson', kind: 'poisson' }],
  profile: { batches: [1], gaps: ['1 ms'], samples: 30, cell_budget: '100 ms' },
  scenarios: ['tiny.yaml'],
};

/** The folder of `matrix.yaml`, of `tiny.yaml` and of more files. */
export function matrixFolder(
  changes: Readonly<Record<string, unknown>> = {},
  files: Readonly<Record<string, object>> = {},
): string {
  const all = { 'matrix.yaml': { ...MATRIX, ...changes }, 'tiny.yaml': SCENARIO, ...files };
  return folderWith(Object.fromEntries(Object.entries(all).map(([name, data]) => [name, JSON.stringify(data)])));
}

export function matrixFile(...parts: Parameters<typeof matrixFolder>): string {
  return join(matrixFolder(...parts), 'matrix.yaml');
}
