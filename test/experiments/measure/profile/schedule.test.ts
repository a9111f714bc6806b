import { describe, expect, test } from 'vitest';
import { filledOptions } from '../../../../experiments/measure/profile/options.ts';
import { cellsOf, unitsOf } from '../../../../experiments/measure/profile/schedule.ts';
import { QUICK } from './models.ts';

const options = filledOptions({ ...QUICK, batches: [1, 4, 8, 16], gapsNs: [1000, 4000], rounds: 2, workersMax: 3 });

describe('cells', () => {
  test('are every batch back to back and beside others, and two batches after each idle time', () => {
    const cells = cellsOf({ maxBatch: 16 }, options);
    const batches = (kind: string): number[] => cells.filter((cell) => cell.kind === kind).map(({ batch }) => batch);
    expect(batches('busy')).toEqual([1, 4, 8, 16]);
    expect(batches('idle')).toEqual([1, 8, 1, 8]);
    expect(batches('colocated')).toEqual([1, 4, 8, 16, 1, 4, 8, 16]);
  });

  test.each([
    [1, []],
    [2, [2]],
    [5, [2, 4, 5]],
    [7, [2, 4, 6, 7]],
    [65, [2, 4, 8, 16, 32, 64, 65]],
  ])('beside others have crowds that double up to the cores, and one more (%i workers)', (workersMax, crowds) => {
    const cells = cellsOf({ maxBatch: 1 }, { ...options, workersMax });
    const found = cells.filter(({ kind }) => kind === 'colocated').map(({ workers }) => workers);
    expect(found).toEqual(crowds);
  });

  test('leave out batches above the maximum', () => {
    const busy = cellsOf({ maxBatch: 4 }, options).filter(({ kind }) => kind === 'busy');
    expect(busy.map(({ batch }) => batch)).toEqual([1, 4]);
    expect(cellsOf({ maxBatch: 6, batches: [6] }, options)[0]).toMatchObject({ kind: 'busy', batch: 6 });
  });
});

describe('rounds', () => {
  const units = unitsOf([{ maxBatch: 4 }, { maxBatch: 4 }], options);

  test('visit every variant, and every second round goes the other way', () => {
    expect(units.map(({ round, target }) => [round, target])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 0],
    ]);
    expect(units[0].cells.slice(0, 2).map(({ batch }) => batch)).toEqual([1, 4]);
    expect(units[2].cells.slice(0, 2).map(({ batch }) => batch)).toEqual([4, 1]);
  });

  test('measure co-location last: other processes take memory', () => {
    for (const { cells } of units) {
      const first = cells.findIndex(({ kind }) => kind === 'colocated');
      expect(cells.slice(first).every(({ kind }) => kind === 'colocated')).toBe(true);
    }
  });
});
