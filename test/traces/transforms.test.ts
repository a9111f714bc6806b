import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { NEVER, RandomStreams, seconds, Stream } from '../../core/index.ts';
import { readTrace } from '../../traces/index.ts';
import type { TraceRow } from '../../traces/index.ts';
import { bareRow } from '../../traces/readers/trace-row.ts';
import { RowCompleter } from '../../traces/row-completer.ts';
import { sortRows } from '../../traces/sort-rows.ts';
import { scaleRate } from '../../traces/transforms.ts';
import { allRows, collect, failingAfter, messageOf, stream, traceFolder } from './trace-folder.ts';
import { query } from './workload-specs.ts';

const folder = traceFolder();
const path = folder.file('trace.csv', [
  'arrival_s,application,architecture',
  '0,a,x',
  '1,b,x',
  '2,a,y',
  '3,b,y',
  '4,a,x',
]);
const times = (rows: readonly TraceRow[]): number[] => rows.map(({ atNs }) => atNs / 1e9);
const rowsAt = (atS: readonly number[]): TraceRow[] => atS.map((at, index) => bareRow(index + 2, seconds(at)));

describe('transforms', () => {
  test('a filter keeps rows that match in all respects', async () => {
    expect(times(await allRows(path, { filter: { applications: ['a'] } }))).toEqual([0, 2, 4]);
    expect(times(await allRows(path, { filter: { applications: ['a'], architectures: ['x'] } }))).toEqual([0, 4]);
  });

  test('a window has its start and not its end, and starts at 0', async () => {
    expect(times(await allRows(path, { window: { fromNs: seconds(1), toNs: seconds(3) } }))).toEqual([0, 1]);
    expect(times(await allRows(path, { window: { toNs: seconds(1) } }))).toEqual([0]);
  });

  test('a time scale stretches', async () => {
    expect(times(await allRows(path, { timeScale: 0.5 }))).toEqual([0, 0.5, 1, 1.5, 2]);
  });

  test('the window is in the time of the trace, before it is stretched', async () => {
    const window = { fromNs: seconds(1), toNs: seconds(3) };
    expect(times(await allRows(path, { window, timeScale: 10, limit: 5 }))).toEqual([0, 10]);
  });

  test('a limit comes last', async () => {
    expect(times(await allRows(path, { filter: { applications: ['b'] }, limit: 1 }))).toEqual([1]);
  });

  test('options that make no sense are refused with their names', async () => {
    const message = await messageOf(allRows(path, { timeScale: 0, rateScale: -1, window: { fromNs: 5, toNs: 5 } }));
    expect(message).toMatch(/window\.toNs: .*\ntimeScale: .*found 0; expected a factor above 0\nrateScale: /);
  });
});

describe('rate scale', () => {
  const scaled = (rows: readonly TraceRow[], factor: number, seed = 'seed'): Promise<TraceRow[]> =>
    collect(scaleRate(stream(rows), factor, new Stream(seed)));

  test('rows stay in order and their number is the factor times what it was', async () => {
    const input = rowsAt(Array.from({ length: 4000 }, (_, index) => Math.floor(index / 3)));
    for (const factor of [0.25, 0.9, 1, 2, 3.5]) {
      const output = await scaled(input, factor);
      expect(Math.abs(output.length / (4000 * factor) - 1)).toBeLessThan(0.05);
      expect(output.every((row, index) => index === 0 || row.atNs >= output[index - 1].atNs)).toBe(true);
    }
  });

  test('copies fall before the next row, so quiet times stay quiet', async () => {
    const output = times(await scaled(rowsAt([0, 1, 100, 101]), 50));
    expect(output).toHaveLength(200);
    expect(output.filter((at) => at < 1)).toHaveLength(50);
    expect(output.filter((at) => at === 101)).toHaveLength(50);
  });

  test('a factor of 1 changes nothing, and one seed gives one result', async () => {
    const input = rowsAt([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await scaled(input, 1)).toEqual(input);
    expect(await scaled(input, 0.5)).toEqual(await scaled(input, 0.5));
    expect(await scaled(input, 7.3, 'one')).not.toEqual(await scaled(input, 7.3, 'two'));
  });
});

describe('sorting', () => {
  const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('rehearse-sort-'));

  test('in runs on disk gives the same as in memory, and equal times keep their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 7 }), async (atS, runRows) => {
        const input = rowsAt(atS);
        const expected = [...input].sort((left, right) => left.atNs - right.atNs || left.line - right.line);
        expect(await collect(sortRows(stream(input), runRows))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test('no folder is left behind, also when the reading ends early or fails', async () => {
    const before = folders();
    for await (const row of sortRows(stream(rowsAt([3, 2, 1])), 1)) if (row.atNs === seconds(1)) break;
    const failing = failingAfter(rowsAt([2, 1]), 'the disk is gone');
    expect(await messageOf(collect(sortRows(failing, 1)))).toBe('the disk is gone');
    expect(folders().filter((name) => !before.includes(name))).toEqual([]);
  });

  test('a sorted trace without an origin of its own begins at 0', async () => {
    const file = folder.file('unsorted.csv', ['t', '30', '10', '20']);
    const columns = { time: 't', timeUnit: 's' } as const;
    expect(times(await allRows(file, { columns, sort: true }))).toEqual([0, 10, 20]);
  });
});

describe('completing a row', () => {
  const QUERIES = [
    query('x', { latency: { draw: 'fixed', valueNs: 7 } }),
    query('y', { inputs: { draw: 'fixed', value: 3 } }),
  ];
  const arrival = () => ({ atNs: 0, kind: -1, inputs: 0, latencyNs: 0, accuracyPercent: 0, client: -1 });
  const completer = (queries = QUERIES, assign: 'draw' | 'by-application' = 'draw'): RowCompleter =>
    new RowCompleter(
      {
        arrivals: { process: 'trace', file: 'trace.csv', assign },
        queries,
        popularity: { law: 'weights', weights: queries.map((_, index) => index) },
        durationNs: seconds(1),
      },
      new RandomStreams('seed'),
    );

  test('what the row says is kept, what it leaves out comes from the query that asks for the same', () => {
    const rows = completer();
    const into = arrival();
    rows.complete({ ...bareRow(2, 5), application: 'shop', architecture: 'x', inputs: 9 }, into);
    expect(into).toMatchObject({ atNs: 5, kind: 0, inputs: 9, latencyNs: 7 });
    rows.complete({ ...bareRow(3, 6), architecture: 'x', latencyNs: 8, accuracyPercent: 70 }, into);
    expect(into).toMatchObject({ kind: 1, inputs: 1, latencyNs: 8, accuracyPercent: 70 });
    expect(rows.kinds.map(({ application }) => application)).toEqual(['shop', 'default']);
  });

  test('a row that asks for something else has one input and no objectives', () => {
    const rows = completer();
    const into = arrival();
    rows.complete({ ...bareRow(2, 5), variant: 'v' }, into);
    expect(into).toMatchObject({ inputs: 1, latencyNs: NEVER, accuracyPercent: 0 });
    expect(rows.kinds).toEqual([{ application: 'default', useCase: '', architecture: '', variant: 'v' }]);
  });

  test('a row that names nothing gets a query by popularity and keeps its application', () => {
    const rows = completer();
    const into = arrival();
    rows.complete({ ...bareRow(2, 5), application: 'shop' }, into);
    expect(into.inputs).toBe(3);
    expect(rows.kinds).toEqual([{ application: 'shop', useCase: '', architecture: 'y', variant: '' }]);
  });

  test('by application, each application takes the next query and keeps it', () => {
    const rows = completer(QUERIES, 'by-application');
    const asked = ['a', 'b', 'c', 'a', 'b'].map((application, line) => {
      const into = arrival();
      rows.complete({ ...bareRow(line, line), application }, into);
      return rows.kinds[into.kind].architecture;
    });
    expect(asked).toEqual(['x', 'y', 'x', 'x', 'y']);
  });

  test('a row that names nothing needs queries', () => {
    expect(() => completer([]).complete(bareRow(4, 0), arrival())).toThrow(
      /^trace\.csv:4: the row does not say what it asks for; .*list at least one query beside the trace/,
    );
  });
});

test('readTrace stops reading where its consumer stops', async () => {
  let rows = 0;
  for await (const row of readTrace(path)) {
    rows += 1;
    if (row.atNs >= seconds(1)) break;
  }
  expect(rows).toBe(2);
});
