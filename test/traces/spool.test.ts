import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../core/index.ts';
import { emptyArrival, NEVER, RandomStreams, seconds } from '../../core/index.ts';
import { compileTrace, readTrace, spooledWorkload } from '../../traces/index.ts';
import type { TraceArrivals, TraceWorkloadSpec } from '../../traces/index.ts';
import { RowCompleter } from '../../traces/row-completer.ts';
import { messageOf, traceFolder } from './trace-folder.ts';
import { drain, query } from './workload-specs.ts';

const folder = traceFolder();
// More than two blocks of records, with a rest.
const ROWS = 10_001;
const file = folder.file('trace.csv', [
  'arrival_s,application,architecture,inputs,latency_ms,accuracy_percent',
  ...Array.from({ length: ROWS }, (_, n) => {
    const objectives = n % 4 === 0 ? ',,' : `${(n % 9) + 1},${n % 50}.25,${n % 100}`;
    return `${n / 100},app-${n % 5},${n % 3 === 0 ? '' : `model-${n % 7}`},${objectives}`;
  }),
]);

function specOf(arrivals: Partial<TraceArrivals> = {}, parts: Partial<TraceWorkloadSpec> = {}): TraceWorkloadSpec {
  return {
    arrivals: { process: 'trace', file, ...arrivals },
    queries: [query('a', { latency: { draw: 'exponential', meanNs: seconds(1) } }), query('model-1')],
    popularity: { law: 'zipf', exponent: 1 },
    durationNs: seconds(1000),
    ...parts,
  };
}

/** What the spool should hold, without a spool. */
async function direct(
  spec: TraceWorkloadSpec,
  seed: string,
): Promise<{ arrivals: Arrival[]; completer: RowCompleter }> {
  const completer = new RowCompleter(spec, new RandomStreams(seed));
  const arrivals: Arrival[] = [];
  for await (const row of readTrace(file, spec.arrivals, seed)) {
    const arrival = emptyArrival();
    completer.complete(row, arrival);
    arrivals.push(arrival);
  }
  return { arrivals, completer };
}

describe('a compiled trace', () => {
  test('replays exactly what reading the trace gives', async () => {
    const spec = specOf({ rateScale: 1.5 });
    const { arrivals, completer } = await direct(spec, 'seed');
    const compiled = await compileTrace(spec, folder.path, { seed: 'seed', name: 'exact' });
    const workload = spooledWorkload(compiled);
    expect(drain(workload)).toEqual(arrivals);
    expect(workload.kinds).toEqual(completer.kinds);
    expect(compiled).toMatchObject({
      rows: arrivals.length,
      format: 'rehearse',
      firstNs: 0,
      lastNs: arrivals.at(-1)?.atNs,
    });
  });

  test('is the same for the same seed and another for another', async () => {
    const replay = async (seed: string, name: string): Promise<Arrival[]> =>
      drain(spooledWorkload(await compileTrace(specOf(), folder.path, { seed, name })));
    expect(await replay('one', 'first')).toEqual(await replay('one', 'second'));
    expect(await replay('one', 'first')).not.toEqual(await replay('two', 'third'));
  });

  test('several cursors read one file, each from its start, with one arrival object each', async () => {
    const compiled = await compileTrace(specOf(), folder.path, { seed: 'seed' });
    const [left, right] = [spooledWorkload(compiled), spooledWorkload(compiled)];
    const object = left.next;
    drain(left, 5000);
    expect(left.next).toBe(object);
    expect(drain(right)).toHaveLength(ROWS);
    expect(drain(left)).toHaveLength(ROWS - 5000);
    expect(left.next.atNs).toBe(NEVER);
    left.close?.();
  });

  test('can be sent to a thread', async () => {
    const compiled = await compileTrace(specOf(), folder.path, { seed: 'seed' });
    expect(structuredClone(compiled)).toEqual(compiled);
    const code = `const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage(workerData.rows);`;
    const answer = await new Promise((resolve, reject) => {
      new Worker(code, { eval: true, workerData: compiled }).once('message', resolve).once('error', reject);
    });
    expect(answer).toBe(ROWS);
  });

  test('stops at the duration, the limit of the workload and the limit of the trace', async () => {
    const rowsOf = async (spec: TraceWorkloadSpec): Promise<number> =>
      (await compileTrace(spec, folder.path, { seed: 'seed' })).rows;
    expect(await rowsOf(specOf({}, { durationNs: seconds(2) }))).toBe(200);
    expect(await rowsOf(specOf({ limit: 30 }, { limit: 20 }))).toBe(20);
    expect(await rowsOf(specOf({ limit: 10 }, { limit: 20 }))).toBe(10);
  });

  test('counts the rows it skipped', async () => {
    const broken = folder.file('broken.csv', ['arrival_s,architecture', '1,a', 'x,a', '2,a']);
    const spec = specOf({ file: broken, badRows: 'skip' });
    const compiled = await compileTrace(spec, folder.path, { seed: 'seed' });
    expect(compiled).toMatchObject({ rows: 2, badRows: { total: 1, byKind: { time: 1 } } });
  });

  test('leaves no file when the trace is bad', async () => {
    const out = join(folder.path, 'failed');
    const late = folder.file('late.csv', ['arrival_s,architecture', ...Array(9000).fill('1,a'), 'x,a']);
    expect(await messageOf(compileTrace(specOf({ file: late }), out, { seed: 'seed' }))).toContain('late.csv:9002: ');
    expect(readdirSync(out)).toEqual([]);
  });

  test('refuses a run in which nothing arrives', async () => {
    const late = folder.file('tomorrow.csv', ['arrival_s,architecture', '86400,a']);
    const spec = specOf({ file: late }, { durationNs: seconds(60) });
    const out = join(folder.path, 'nothing');
    expect(await messageOf(compileTrace(spec, out, { seed: 'seed' }))).toMatch(
      /tomorrow\.csv: no row of the trace falls into the run; found 0 rows before 60 s/,
    );
    expect(readdirSync(out)).toEqual([]);
  });

  test('that is gone, cut short or another is told from a good one', async () => {
    const compiled = await compileTrace(specOf(), folder.path, { seed: 'seed', name: 'damaged' });
    const workload = spooledWorkload(compiled);
    truncateSync(compiled.path, 200_000);
    expect(() => drain(workload)).toThrow(/damaged\.spool: the file is cut short; expected the 10001 arrivals/);
    workload.close?.();
    writeFileSync(compiled.path, 'something else entirely, longer than a header');
    expect(() => spooledWorkload(compiled)).toThrow(/this is not the trace that was compiled/);
    rmSync(compiled.path);
    expect(() => spooledWorkload(compiled)).toThrow(/cannot be opened/);
  });
});
