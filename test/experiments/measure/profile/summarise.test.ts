import { describe, expect, test } from 'vitest';
import { profileProblems } from '../../../../backends/index.ts';
import type { BlockRecord, SampleRecord } from '../../../../experiments/measure/profile/records.ts';
import { profileOf, referenceOf, summaryOf } from '../../../../experiments/measure/profile/summarise.ts';

const BUSY = { kind: 'busy', idleNs: 0, workers: 1 } as const;

function block(round: number, batch: number, timeNs: number, changes: Partial<BlockRecord> = {}): BlockRecord {
  const times = Array.from({ length: 100 }, () => timeNs);
  const host = times.map(() => 10);
  const parts = { packNs: times.map(() => 3), handOutNs: times.map(() => 1) };
  const own = { kernelNs: 1000, inferNs: times, hostNs: host, ...parts };
  return { type: 'block', round, target: 0, ...BUSY, batch, ...own, ...changes };
}

function load(round: number, loadNs: number): SampleRecord {
  const parts = { processNs: loadNs - 30, readNs: 5, createNs: 10, firstRunNs: 15 };
  return { type: 'load', round, target: 0, loadNs, ...parts, peakMemoryBytes: 1000 + round };
}

const environment = { cpu: 'a test' };

describe('normalising', () => {
  // The second round is twice as slow, and so is its kernel.
  const records = [block(0, 1, 100), block(1, 1, 200, { kernelNs: 2000 }), load(0, 100)];

  test('the reference is the median of the kernel over the whole measurement', () => {
    expect(referenceOf(records)).toBe(1500);
  });

  test('by the kernel takes the speed of a block’s minute out of its samples', () => {
    const [cell] = summaryOf(records, 0).cells;
    expect(cell.blockMediansNs).toEqual([150, 150]);
    expect(cell.row).toMatchObject({
      meanNs: 150,
      quantilesNs: [{ probability: 0.05 }, {}, {}, { valueNs: 150 }, {}, {}, {}],
    });
    expect(cell.rawMedianNs).toBe(150);
    expect(cell.hostParts).toEqual({ packNs: 3, hopNs: 7, handOutNs: 1 });
  });

  test('can be left out', () => {
    expect(summaryOf(records, 0, 'none').cells[0].blockMediansNs).toEqual([100, 200]);
  });
});

describe('a profile', () => {
  const idle = { kind: 'idle', idleNs: 2000 } as const;
  const beside = { kind: 'colocated', workers: 2 } as const;
  const records = [
    block(0, 2, 180),
    block(0, 1, 100),
    block(0, 1, 130, idle),
    block(0, 1, 110, beside),
    block(0, 2, 216, beside),
    load(0, 100),
    load(1, 300),
    load(2, 120),
  ];
  const profile = profileOf(summaryOf(records, 0), { threads: 1, environment });

  test('has the batches in order, those after idle times apart, and is sound', () => {
    expect(profile.rows.map(({ batch, meanNs }) => [batch, meanNs])).toEqual([
      [1, 100],
      [2, 180],
    ]);
    expect(profile.afterIdle).toMatchObject([{ idleNs: 2000, rows: [{ batch: 1, meanNs: 130 }] }]);
    expect(profile.rows[0].host?.meanNs).toBe(10);
    expect(profileProblems(profile)).toEqual([]);
  });

  test('has the median load of its processes in parts, and the most memory that one held', () => {
    expect(profile.loadNs).toBe(120);
    expect(profile.loadParts).toEqual({ processNs: 90, readNs: 5, createNs: 10, firstRunNs: 15 });
    expect(profile.peakMemoryBytes).toBe(1002);
  });

  test('tells how much longer batches take beside other workers, on average over their sizes', () => {
    expect(profile.colocated).toEqual([{ workers: 2, slowdown: 1.15 }]);
  });

  test('says how many samples, processes and threads it rests on', () => {
    expect(profile.source).toContain('100 runs of each batch in 3 fresh processes, 1 thread');
    expect(profile).toMatchObject({ synthesised: false, referenceNs: 1000, environment });
  });
});

describe('a batch that could not be measured', () => {
  const failure: SampleRecord = { type: 'failure', target: 0, ...BUSY, batch: 4, cause: 'memory', detail: 'no memory' };

  test('ends the table before it, also where an earlier round had it', () => {
    const records = [block(0, 2, 200), block(0, 4, 400), block(0, 8, 800, { kind: 'colocated', workers: 2 }), failure];
    const { cells, failures } = summaryOf(records, 0);
    expect(cells.map(({ batch }) => batch)).toEqual([2]);
    expect(failures).toEqual([failure]);
  });

  test('beside other workers ends only their table', () => {
    const crowded = { ...failure, kind: 'colocated', workers: 2 } as const;
    const records = [block(0, 4, 400), block(0, 4, 500, { kind: 'colocated', workers: 3 }), crowded];
    expect(summaryOf(records, 0).cells.map(({ kind }) => kind)).toEqual(['busy']);
  });
});
