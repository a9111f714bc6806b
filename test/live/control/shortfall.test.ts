import { expect, test } from 'vitest';
import { shortfall } from '../../../live/control/shortfall.ts';
import type { DecisionSnapshot, VariantSnapshot } from '../../../live/service/index.ts';

const variant: VariantSnapshot = {
  name: 'net',
  version: '1',
  isDefault: true,
  architecture: 'net',
  useCase: 'seeing-things',
  hardware: 'cpu',
  precision: 'fp32',
  accuracyPercent: 90,
  maxBatch: 1,
  source: 'config',
  ready: 2,
  loading: 0,
  draining: 0,
  held: 0,
  queued: 0,
  scaling: { least: 5, most: null },
};
const machine = {
  label: 'host-0',
  type: 'host',
  state: 'up',
  workers: 8,
  coresUsed: 8,
  coresReservable: 8,
  cores: 2,
  memoryUsedBytes: 1e9,
  memoryBytes: 4e9,
} as const;
const short: DecisionSnapshot = { atMs: 0, kind: 'capacity.short', variant: 'net', reason: 'no machine has room' };
const said = (changes: Partial<VariantSnapshot>, decisions: readonly DecisionSnapshot[] = []): string =>
  shortfall({ variants: [{ ...variant, ...changes }], machines: [machine], decisions }, variant);

test('workers that are missing are told with the bounds, the last failure, and what takes time', () => {
  expect(said({ loading: 3 })).toBe('bounds 5:; 2 ready; 3 loading');
  expect(said({ lastFailure: 'bad file' })).toBe('bounds 5:; 2 ready; the last load failed: bad file');
  expect(said({ draining: 1, scaling: { least: 0, most: 1 } })).toBe('bounds 0:1; 2 ready; 1 answering what they took');
});

test('a shortage is told with what the machines have left, until a worker was started after all', () => {
  expect(said({}, [short])).toBe(
    'bounds 5:; 2 ready; capacity is short: no machine has room; host-0 has reserved 8 of 8 cores, 1.0 of 4.0 GB',
  );
  expect(said({}, [short, { ...short, kind: 'worker.start', reason: 'room' }])).toBe('bounds 5:; 2 ready');
  expect(said({}, [{ ...short, variant: 'other' }])).toBe('bounds 5:; 2 ready');
});
