import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServingError } from '../../core/index.ts';
import { readResult } from '../../reports/result-file.ts';
import { writeReport } from '../../reports/write-report.ts';
import { expectation, servedExpectation } from './expected.ts';
import { experimentResult } from './fixture.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rehearse-report-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const put = (text: string): Promise<void> => writeFile(join(directory, 'result.json'), text);

async function refusal(): Promise<ServingError> {
  const error: unknown = await writeReport(directory).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ServingError)) throw new Error(`expected a ServingError, found ${String(error)}`);
  return error;
}

describe('a report', () => {
  test('is written whole beside its result', async () => {
    await put(JSON.stringify(experimentResult({ bins: 10 })));
    const files = await writeReport(directory);
    expect(files).toContain(join(directory, 'report.html'));
    expect((await readdir(directory)).sort()).toEqual(['figures', 'report.html', 'result.json', 'summary.csv']);
    expect((await readdir(join(directory, 'figures'))).sort()).toEqual([
      'attainment-over-time.svg',
      'attainment.svg',
      'batch-sizes.svg',
      'cost-attainment.svg',
      'latency-cdf.svg',
      'latency-over-time.svg',
      'queue-over-time.svg',
      'throughput-over-time.svg',
      'workers-over-time.svg',
    ]);
  });

  test('is the same when it is made again', async () => {
    await put(JSON.stringify(experimentResult({ bins: 10, rates: [100, 200] })));
    const files = await writeReport(directory);
    const first = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    await writeReport(directory);
    expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).toEqual(first);
  });

  test('removes figures the result no longer has, and no file that is not its own', async () => {
    await mkdir(join(directory, 'figures'));
    for (const name of ['cost-attainment.svg', 'mine.svg']) await writeFile(join(directory, 'figures', name), 'old');
    await put(JSON.stringify(experimentResult({ policies: ['none'], bins: 10 })));
    await writeReport(directory);
    const figures = await readdir(join(directory, 'figures'));
    expect(figures).toContain('mine.svg');
    expect(figures).not.toContain('cost-attainment.svg');
  });

  test('reads back what was written, and fills in metrics that an older version did not have', async () => {
    const result = experimentResult({ bins: 3, applications: ['a', 'b'] });
    await put(JSON.stringify(result));
    expect(await readResult(directory)).toEqual(result);
    await put(JSON.stringify(result).replaceAll(/"energy_joules":(?:\{[^}]*\}|[^,}]*)/g, '"other":1'));
    const [cell] = (await readResult(directory)).cells;
    expect(cell.metrics.energy_joules.mean).toBeNull();
    expect(cell.replications[0].metrics.energy_joules).toBeNull();
  });
});

test('a result from before there were expectations and applications is read as one without', async () => {
  const { expectations: _, ...result } = experimentResult({ bins: 3, policies: ['a', 'b'] });
  const older = {
    ...result,
    cells: result.cells.map(({ metricsByApplication: _none, ...cell }) => cell),
    comparisons: result.comparisons.map(({ application: _total, ...comparison }) => comparison),
  };
  await put(JSON.stringify(older));
  expect(await readResult(directory)).toEqual({ ...result, expectations: [] });
});

test('expectations are read back, and those from before they had kinds as comparisons', async () => {
  const expectations = [expectation(), servedExpectation()];
  const result = experimentResult({ bins: 3, policies: ['a'], expectations });
  await put(JSON.stringify(result));
  expect(await readResult(directory)).toEqual(result);
  const { kind: _, ...older } = expectation();
  await put(JSON.stringify({ ...result, expectations: [older] }));
  expect((await readResult(directory)).expectations).toEqual([expectation()]);
  await put(JSON.stringify({ ...result, expectations: [{ ...servedExpectation(), variants: 'cpu4' }] }));
  expect((await refusal()).message).toContain('expectations[0].variants');
});

describe('an unusable result', () => {
  const whole = JSON.stringify(experimentResult({ bins: 2, replications: 1 }));

  test.each([
    ['', 'RESULT_TRUNCATED', 'the result is empty; run the experiment again'],
    [whole.slice(0, 5000), 'RESULT_TRUNCATED', 'the result ends in the middle; found …'],
    ['# notes {}', 'RESULT_FOREIGN', 'this is not JSON; found …# notes {}'],
    ['[1, 2]', 'RESULT_FOREIGN', 'this is not a result of Rehearse; found a list; expected an object with a version'],
    ['null', 'RESULT_FOREIGN', 'found null'],
    ['{}', 'RESULT_FOREIGN', 'found an empty object'],
    ['{"name":"x","version":"1.0"}', 'RESULT_FOREIGN', 'found an object with name, version; expected'],
    [
      whole.replace('"version":1', '"version":2'),
      'RESULT_VERSION',
      'a newer Rehearse; found results version 2; expected version 1; update Rehearse',
    ],
    [whole.replace('"version":1', '"version":0'), 'RESULT_VERSION', 'an older Rehearse'],
    [whole.replace('"binS":1', '"binS":"1"'), 'RESULT_MALFORMED', 'damaged at cells[0].replications[0].series.binS'],
    [whole.replace('"policy":"none"', '"policy":null'), 'RESULT_MALFORMED', 'damaged at cells[0].policy'],
  ])('%.20s is refused with what is wrong and what to do', async (text, code, message) => {
    await put(text);
    const error = await refusal();
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^.*result\.json: /);
    expect(error.parts.next).toBeDefined();
    expect(await readdir(directory)).toEqual(['result.json']);
  });

  test('a folder without a result is told from one that cannot be read', async () => {
    expect((await refusal()).message).toContain('there is no result here; name the output folder of `rehearse run`');
    await mkdir(join(directory, 'result.json'));
    expect((await refusal()).code).toBe('RESULT_UNREADABLE');
  });

  test('a file that cannot take its name leaves no part of it behind', async () => {
    await put(whole);
    await mkdir(join(directory, 'report.html', 'in-the-way'), { recursive: true });
    expect((await refusal()).code).toBe('OUTPUT_UNWRITABLE');
    expect((await readdir(directory)).filter((name) => name.includes('.partial'))).toEqual([]);
  });

  test('a place where nothing can be written is named', async () => {
    await put(whole);
    await writeFile(join(directory, 'figures'), 'a file where a folder should be');
    const error = await refusal();
    expect(error.code).toBe('OUTPUT_UNWRITABLE');
    expect(error.message).toContain(directory);
  });
});
