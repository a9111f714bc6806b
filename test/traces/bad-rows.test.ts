import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ServingError } from '../../core/index.ts';
import { describeTrace, openTrace } from '../../traces/index.ts';
import { allRows, collect, messageOf, traceFolder } from './trace-folder.ts';

const folder = traceFolder();
const HEADER = 'arrival_s,architecture,inputs,latency_ms,accuracy_percent';
const GOOD = '1,resnet50,1,50,75';

/** Each bad row, its kind, and what the message says after file and line. */
const BAD_ROWS = [
  ['1,resnet50', 'columns', 'the row has the wrong number of columns; found 2 (1,resnet50); expected 5'],
  ['1,resnet50,1,50,75,9', 'columns', 'found 6 (1,resnet50,1,50,75,9); expected 5, as in the header'],
  ['NaN,resnet50,1,50,75', 'time', 'column arrival_s holds no time; found "NaN"; expected a time in s, 0 or more'],
  ['-3,resnet50,1,50,75', 'time', 'found "-3"'],
  [',resnet50,1,50,75', 'time', 'found an empty cell'],
  ['9e99,resnet50,1,50,75', 'time', 'found "9e99"; expected a time in s, 0 or more and within 104 days'],
  ['0.5,resnet50,1,50,75', 'order', 'the row is out of order; found 0.5 s before the row above it; expected rows in'],
  ['2,resnet50,-1,50,75', 'inputs', 'column inputs cannot be used; found "-1"; expected a whole number of at least 1'],
  ['2,resnet50,0,50,75', 'inputs', 'found "0"'],
  ['2,resnet50,1.5,50,75', 'inputs', 'found "1.5"'],
  ['2,resnet50,many,50,75', 'inputs', 'found "many"'],
  ['2,resnet50,1,0,75', 'latency', 'column latency_ms cannot be used; found "0"; expected a number above 0'],
  ['2,resnet50,1,-5,75', 'latency', 'found "-5"'],
  ['2,resnet50,1,NaN,75', 'latency', 'found "NaN"'],
  ['2,resnet50,1,50,101', 'accuracy', 'found "101"; expected a number of at least 0 and at most 100'],
  ['2,resnet50,1,50,-1', 'accuracy', 'column accuracy_percent cannot be used; found "-1"'],
] as const;

describe('a bad row', () => {
  test.each(BAD_ROWS)('%s stops the reading with file and line (%s)', async (row, kind, text) => {
    const path = folder.file('bad.csv', [HEADER, GOOD, row]);
    const message = await messageOf(allRows(path));
    expect(message).toContain(`${path}:3: `);
    expect(message).toContain(text);
    const error = await allRows(path).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ServingError);
    expect(error).toMatchObject({ code: `TRACE_ROW_${kind.toUpperCase()}` });
  });

  test.each(BAD_ROWS)('%s is skipped and counted on demand (%s)', async (row, kind) => {
    const path = folder.file('bad.csv', [HEADER, GOOD, row, GOOD]);
    const { rows, badRows } = await openTrace(path, { badRows: 'skip' });
    expect((await collect(rows)).map(({ line }) => line)).toEqual([2, 4]);
    expect(badRows.summary).toMatchObject({ total: 1, byKind: { [kind]: 1 } });
    expect(badRows.summary.first).toContain(`${path}:3: `);
  });

  test('a line that is no JSON is one of them', async () => {
    const columns = { time: 't', timeUnit: 's' } as const;
    const path = folder.file('bad.jsonl', ['{"t": 1}', '{"t": 2', '[3]', '"4"', '{"t": null}', '{"t": 5}']);
    expect(await messageOf(allRows(path, { columns }))).toContain('bad.jsonl:2: the line is no JSON object');
    const description = await describeTrace(path, { columns, badRows: 'skip' });
    expect(description).toMatchObject({ rows: 2, badRows: { total: 4, byKind: { syntax: 3, time: 1 } } });
  });

  test('the next step of a row out of order is to sort', async () => {
    const path = folder.file('order.csv', ['arrival_s', '2', '1']);
    expect(await messageOf(allRows(path))).toContain('rehearse trace convert --sort');
    expect((await allRows(path, { sort: true })).map(({ atNs }) => atNs / 1e9)).toEqual([1, 2]);
  });

  test('equal times are in order', async () => {
    expect(await allRows(folder.file('equal.csv', ['arrival_s', '2', '2']))).toHaveLength(2);
  });
});

describe('any text', () => {
  const rowText = fc.array(
    fc.oneof(fc.string(), fc.constantFrom('1', '-1', '2.5', '1e9', '"', ',', '{"t":1}', 'null')),
  );
  const texts = fc.array(rowText.map((cells) => cells.join(',')));

  test('gives rows in order or an error with the name of the file, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom('fail', 'skip'), fc.boolean(), async (lines, badRows, json) => {
        const columns = { time: 't', timeUnit: 's', architecture: 'm', inputs: 'n' } as const;
        const path = folder.file('any.txt', json ? lines : ['t,m,n', ...lines]);
        const result = await allRows(path, { format: json ? 'jsonl' : 'csv', columns, badRows }).catch(
          (error: unknown) => error,
        );
        const told = result instanceof ServingError && result.parts.place?.includes('any.txt') === true;
        expect(told || Array.isArray(result)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a trace without rows', () => {
  test.each([
    ['no line', [], 'the trace is empty; found no line of text'],
    ['blank lines', ['', '   '], 'the trace is empty'],
    ['only a header', ['arrival_s'], 'the trace has no rows; found no arrival below the header'],
  ])('%s is an error', async (_, lines, text) => {
    expect(await messageOf(allRows(folder.file('empty.csv', lines)))).toContain(text);
  });

  test('only bad rows are an error that shows the first', async () => {
    const path = folder.file('allbad.csv', ['arrival_s', 'x', 'y']);
    expect(await messageOf(allRows(path, { badRows: 'skip' }))).toMatch(
      /the trace has no rows; found 2 bad rows and no good one \(.*allbad\.csv:2: .*found "x"/,
    );
  });

  test('a window or a filter that leaves nothing is told apart', async () => {
    const path = folder.file('left.csv', ['arrival_s,application', '1,a']);
    const window = { fromNs: 5e9 };
    expect(await messageOf(allRows(path, { window }))).toContain(
      'no row of the trace is left; found 0 rows after filter',
    );
    expect(await messageOf(allRows(path, { filter: { applications: ['b'] } }))).toContain(
      'no row of the trace is left',
    );
  });
});
