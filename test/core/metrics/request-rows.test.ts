/** Request rows: all of them while they fit, else a sample that depends on ordinals and salt alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestRows, emptyRow } from '../../../core/index.ts';
import type { RequestRow } from '../../../core/index.ts';

const CHECK = { seed: 20_260_311, numRuns: 200 };

function rowOf(ordinal: number): RequestRow {
  return {
    ...emptyRow(),
    ordinal,
    scheduledNs: ordinal * 10,
    latencyNs: ordinal + 0.5,
    worker: ordinal % 7,
    inputs: 2,
  };
}

function offered(maximum: number, salt: number, ordinals: readonly number[]): RequestRows {
  const rows = new RequestRows(maximum, salt);
  for (const ordinal of ordinals) rows.offer(rowOf(ordinal));
  return rows;
}

function ordinalsOf(rows: RequestRows): number[] {
  return Array.from({ length: rows.length }, (_, at) => rows.read(at, emptyRow()).ordinal).sort((a, b) => a - b);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, ordinal) => ordinal);

describe('rows that fit', () => {
  test('are all kept, in the order they ended, over several chunks', () => {
    const rows = offered(30_000, 5, upTo(20_000));
    expect([rows.length, rows.offered, rows.complete]).toEqual([20_000, 20_000, true]);
    for (const at of [0, 8191, 8192, 16_384, 19_999]) expect(rows.read(at, emptyRow())).toEqual(rowOf(at));
  });

  test('keep every field', () => {
    const row: RequestRow = {
      ordinal: 4_000_000_123,
      objectiveNs: -1,
      scheduledNs: 9e15,
      queueNs: 3,
      loadWaitNs: 4,
      preprocessNs: 5,
      inferNs: 6,
      postprocessNs: 7,
      latencyNs: 8,
      kind: 9,
      variant: 10,
      worker: -1,
      machine: 12,
      inputs: 13,
      batchInputs: 14,
      outcome: 5,
      reason: 15,
    };
    const rows = new RequestRows(3, 1);
    rows.offer(row);
    expect(rows.read(0, emptyRow())).toEqual(row);
  });

  test('none are kept when none are wanted, and it says so', () => {
    const rows = offered(0, 5, upTo(10));
    expect([rows.length, rows.offered, rows.complete]).toEqual([0, 10, false]);
  });
});

describe('a sample', () => {
  test('has at most the maximum, and at least a third of it on any large run', () => {
    for (const salt of [1, 2, 3, -77, 123_456_789]) {
      const rows = offered(1000, salt, upTo(100_000));
      expect(rows.length).toBeLessThanOrEqual(1000);
      expect(rows.length).toBeGreaterThan(333);
      expect(rows.complete).toBe(false);
    }
  });

  test('holds whole rows', () => {
    const rows = offered(500, 9, upTo(20_000));
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows.read(at, emptyRow());
      expect(row).toEqual(rowOf(row.ordinal));
    }
  });

  test('does not depend on the order in which requests end: two policies keep the same requests', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer(), fc.integer({ min: 0, max: 60 }))
      .chain(([maximum, salt, count]) =>
        fc.record({
          maximum: fc.constant(maximum),
          salt: fc.constant(salt),
          order: fc.shuffledSubarray(upTo(count), { minLength: count }),
          other: fc.shuffledSubarray(upTo(count), { minLength: count }),
        }),
      );
    fc.assert(
      fc.property(cases, ({ maximum, salt, order, other }) => {
        expect(ordinalsOf(offered(maximum, salt, order))).toEqual(ordinalsOf(offered(maximum, salt, other)));
      }),
      { ...CHECK, numRuns: 2000 },
    );
  });

  test('of another salt is another sample', () => {
    expect(ordinalsOf(offered(100, 1, upTo(2000)))).not.toEqual(ordinalsOf(offered(100, 2, upTo(2000))));
  });

  test('is spread over the run like the run itself', () => {
    const kept = ordinalsOf(offered(10_000, 4, upTo(100_000)));
    const inTenth = Array.from({ length: 10 }, (_, tenth) =>
      kept.filter((ordinal) => Math.floor(ordinal / 10_000) === tenth),
    );
    const expected = kept.length / 10;
    // Five standard deviations of a binomial count.
    for (const { length } of inTenth) expect(Math.abs(length - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });
});
