// Whole experiments in worker threads: the same result however many there are, whole files whatever happens.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExperimentResult } from '../../../core/index.ts';
import { REQUEST_COLUMNS, ServingError } from '../../../core/index.ts';
import { arrivingAtRandom, echoConfig, echoFolder, performed, readRows, tasksOf } from '../../fixtures/echo.ts';
import { loadConfig } from '../../../experiments/config/load-config.ts';
import { runExperiment } from '../../../experiments/run/run-experiment.ts';
import { runTasks } from '../../../experiments/run/pool.ts';
import { folderWith } from '../config/config-files.ts';

const TWO_POLICIES = {
  replications: 3,
  workload: arrivingAtRandom('80/s', { latency: '30 ms' }),
  policies: [{ name: 'plain' }, { name: 'pairs', batching: { policy: 'fixed', max_batch: 2, max_delay: '2 ms' } }],
};

// Scratch files go to a folder that the test can look into.
const before = process.env['TMPDIR'];
let scratch = '';
beforeEach(() => {
  scratch = echoFolder();
  mkdirSync(join(scratch, 'tmp'));
  process.env['TMPDIR'] = join(scratch, 'tmp');
});
afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
});

/** What the output folder and the scratch folder hold that should not be there; folders of the test itself may. */
function leftovers(out: string): string[] {
  const files = existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }) : [];
  const stray = files.filter((name) => /partial|probe/.test(name));
  return [...stray, ...readdirSync(tmpdir()).filter((name) => /^rehearse-(?!config-)/.test(name))];
}

/** A result without what differs between two runs: times and the name of the moment. */
function timeless(result: ExperimentResult): unknown {
  const { environment, cells, ...rest } = result;
  const { startedAt: _, wallS: __, ...machine } = environment;
  return {
    ...rest,
    machine,
    cells: cells.map(({ replications, ...cell }) => ({
      ...cell,
      replications: replications.map(({ wallS: ___, ...replication }) => replication),
    })),
  };
}

const fileOf = (out: string): ExperimentResult =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as ExperimentResult; // Written by the run.

describe('an experiment', () => {
  test('gives the same with one thread, with two, and once more', async () => {
    const config = await echoConfig(TWO_POLICIES);
    const one = await performed(config, { jobs: 1 });
    const two = await performed(config, { jobs: 2 });
    const again = await performed(config, { jobs: 2 });
    expect(timeless(fileOf(two.out))).toEqual(timeless(fileOf(one.out)));
    expect(timeless(fileOf(again.out))).toEqual(timeless(fileOf(one.out)));
    const rows = readFileSync(join(one.out, 'requests.csv'), 'utf8');
    expect(readFileSync(join(two.out, 'requests.csv'), 'utf8')).toBe(rows);
    expect([...leftovers(one.out), ...leftovers(two.out)]).toEqual([]);
  });

  test('writes what it returns, with rows of every replication in plan order under one header', async () => {
    const config = await echoConfig(TWO_POLICIES);
    const { run, out } = await performed(config, { jobs: 2 });
    expect(fileOf(out)).toEqual(JSON.parse(JSON.stringify(run.result)));
    const path = join(out, 'requests.csv');
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(REQUEST_COLUMNS.join(','));
    const rows = readRows(path);
    const runs = [...new Set(rows.map((row) => `${row.cell}/${row.replication}`))];
    expect(runs).toEqual(['0/0', '0/1', '0/2', '1/0', '1/1', '1/2']);
    for (const { cell, replications } of run.result.cells) {
      for (const { replication, outcomes } of replications) {
        const counted = rows.filter((row) => row.cell === `${cell}` && row.replication === `${replication}`).length;
        expect(counted).toBe(Object.values(outcomes).reduce((sum, count) => sum + count, 0));
      }
    }
  });

  test('shows every policy the same queries', async () => {
    const { out } = await performed(await echoConfig(TWO_POLICIES));
    const rows = readRows(join(out, 'requests.csv'));
    const scheduled = (cell: string): string[] => rows.filter((row) => row.cell === cell).map((row) => row.scheduled_s);
    expect(scheduled('1')).toEqual(scheduled('0'));
  });

  test('depends on its seed, and on its name not at all', async () => {
    const short = { ...TWO_POLICIES, replications: 1, duration: '0.5 s' };
    const digest = async (changes: object): Promise<string> =>
      (await performed(await echoConfig({ ...short, ...changes }))).run.result.digest;
    const plain = await digest({});
    expect(await digest({ name: 'other', question: 'Another?' })).toBe(plain);
    expect(await digest({ seed: 2 })).not.toBe(plain);
  });

  test('is run again by its own resolved config, with the same digest', async () => {
    const config = await echoConfig({
      ...TWO_POLICIES,
      duration: '0.5 s',
      warm_up: '20 ms',
      network: { delay: '1 ms', jitter: true },
      faults: [{ fault: 'slow-machine', mean_between: '100 ms', speed: 0.5, lasts: '50 ms' }],
      limits: { timeout: '1 s' },
    });
    const first = await performed(config);
    const folder = folderWith({
      'echo.yaml': readFileSync(join(config.file, '..', 'echo.yaml'), 'utf8'),
      'resolved.yaml': JSON.stringify(fileOf(first.out).config),
    });
    const second = await performed(await loadConfig(join(folder, 'resolved.yaml')));
    expect(second.run.result.digest).toBe(first.run.result.digest);
    expect(second.run.result.configHash).toBe(first.run.result.configHash);
  });

  test('tells how far it is, and keeps the timeline of its first run when asked', async () => {
    const steps: string[] = [];
    const { run } = await performed(await echoConfig({ ...TWO_POLICIES, replications: 2 }), {
      timeline: true,
      onProgress: ({ finished, total, label, replication }) =>
        steps.push(`${finished}/${total} ${label} ${replication}`),
    });
    expect(steps).toEqual(['1/4 plain 0', '2/4 plain 1', '3/4 pairs 0', '4/4 pairs 1']);
    const batches = run.result.cells[0].replications[0].batches.count.reduce((sum, count) => sum + count, 0);
    expect(run.timeline?.batches).toHaveLength(batches);
  });
});

describe('the pool', () => {
  test('answers in plan order, whoever finishes first', async () => {
    const grid = { duration: ['1500 s', '20 ms'] };
    const config = await echoConfig({ grid, request_rows: 0, workload: arrivingAtRandom('50/s') });
    const order: number[] = [];
    const tasks = tasksOf(config, folderWith({}));
    const outputs = await runTasks(tasks, { jobs: 2, onFinished: ({ cell }) => order.push(cell.cell) });
    expect(order).toEqual([1, 0]);
    const durations = outputs.map((output) =>
      output !== undefined && 'result' in output ? output.result.durationS : 0,
    );
    expect(durations.map((durationS) => durationS > 1)).toEqual([true, false]);
  });

  test('stopped before it began runs nothing', async () => {
    const tasks = tasksOf(await echoConfig(TWO_POLICIES), folderWith({}));
    const outputs = await runTasks(tasks, { jobs: 2, signal: AbortSignal.abort() });
    expect(outputs).toEqual(tasks.map(() => undefined));
  });
});

describe('an interrupted experiment', () => {
  test('keeps what was finished, says that it is not all, and leaves nothing half-written', async () => {
    const interrupt = new AbortController();
    // The second task would take minutes.
    const grid = { duration: ['100 ms', '100000 s'] };
    const config = await echoConfig({ grid, request_rows: 1000, workload: arrivingAtRandom('50/s') });
    const { run, out } = await performed(config, { signal: interrupt.signal, onProgress: () => interrupt.abort() });
    expect(run.result.complete).toBe(false);
    expect(run.result.verdict.valid).toBe(false);
    expect(run.result.verdict.problems.map(({ code }) => code)).toEqual(['RUN_INCOMPLETE']);
    expect(run.result.cells.map(({ label }) => label)).toEqual(['plain, duration 100 ms']);
    expect(fileOf(out).complete).toBe(false);
    expect(new Set(readRows(join(out, 'requests.csv')).map((row) => row.cell))).toEqual(new Set(['0']));
    expect(leftovers(out)).toEqual([]);
  });

  test('of which nothing was finished has no cells, and the header of its rows', async () => {
    const { run, out } = await performed(await echoConfig(TWO_POLICIES), { signal: AbortSignal.abort() });
    expect(run.result).toMatchObject({ complete: false, cells: [], comparisons: [] });
    expect(readFileSync(join(out, 'requests.csv'), 'utf8')).toBe(`${REQUEST_COLUMNS.join(',')}\n`);
    expect(leftovers(out)).toEqual([]);
  });
});

describe('a policy of the user’s own', () => {
  const own = (body: string): Readonly<Record<string, string>> => ({
    'package.json': '{"type":"module"}',
    'own.ts': `interface Unused {\n  readonly a: number;\n}\nexport const policy = {\n  name: 'own',\n  families: ['dispatch'],\n  create: () => ({\n    dispatch: {\n      assign() {\n        ${body}\n      },\n    },\n  }),\n};\n`,
  });
  const OWN = { policies: [{ name: 'plain' }, { name: 'mine', dispatch: { module: 'own.ts' } }] };

  test('decides in worker threads', async () => {
    const { run } = await performed(await echoConfig(OWN, own('return 0;')));
    const [plain, mine] = run.result.cells;
    expect(mine.replications[0].metrics).toEqual(plain.replications[0].metrics);
  });

  test.each([
    [
      "throw new TypeError('no luck');",
      'RUN_POLICY_FAILED',
      ':10: dispatch.assign() of policy own threw; found TypeError: no luck',
    ],
    ["throw 'a text';", 'RUN_POLICY_FAILED', ": dispatch.assign() of policy own threw; found 'a text'"],
    [
      "throw new Error('a', { cause: () => 1 });",
      'RUN_POLICY_FAILED',
      ':10: dispatch.assign() of policy own threw; found Error: a',
    ],
    [
      'return 7;',
      'RUN_POLICY_ANSWER',
      ': dispatch.assign() of policy own answered what cannot be; found 7; expected a ready worker',
    ],
    [
      '',
      'RUN_POLICY_ANSWER',
      ': dispatch.assign() of policy own answered what cannot be; found undefined; expected a ready worker',
    ],
  ])('that does “%s” spoils its own cells, with one error', async (body, code, message) => {
    const { run, out } = await performed(await echoConfig({ ...OWN, replications: 2 }, own(body)), {});
    const { cells, verdict, complete } = run.result;
    expect(cells.map(({ label, replications }) => [label, replications.length])).toEqual([['plain', 2]]);
    expect([cells[0].verdict.valid, verdict.valid, complete]).toEqual([true, false, true]);
    const [problem] = verdict.problems;
    expect(verdict.problems).toHaveLength(1);
    expect(problem).toMatchObject({ code, advice: 'mend the policy file and run again' });
    expect(problem.message).toMatch(/^mine: replication 0: /);
    expect(problem.message.slice(problem.message.indexOf('own.ts') + 'own.ts'.length)).toContain(message);
    expect(problem.message).not.toMatch(/\n|\bat /);
    expect(fileOf(out).verdict).toEqual(verdict);
    expect(leftovers(out)).toEqual([]);
  });

  test('that fails in one replication only makes its cell invalid', async () => {
    // The first thread to make this folder is the one that fails.
    const mark = JSON.stringify(join(scratch, 'failed-once'));
    const files = own(`if (fails) throw new Error('no luck');\n        return 0;`);
    const once = `import { mkdirSync } from 'node:fs';\nconst first = () => {\n  try {\n    mkdirSync(${mark});\n    return true;\n  } catch {\n    return false;\n  }\n};\nlet fails = false;\n`;
    const text = once + files['own.ts'].replace('assign() {', 'assign() {\n        fails = first();');
    const { run } = await performed(await echoConfig({ ...OWN, replications: 3 }, { ...files, 'own.ts': text }), {});
    const [plain, mine] = run.result.cells;
    expect([plain.verdict.valid, mine.verdict.valid, mine.replications.length]).toEqual([true, false, 2]);
    expect(mine.verdict.problems).toMatchObject([{ code: 'RUN_POLICY_FAILED' }]);
    expect(run.result.verdict.problems).toHaveLength(1);
  });

  test('alone with its failure ends the run with one error of its own', async () => {
    const config = await echoConfig({ policies: OWN.policies.slice(1) }, own("throw new TypeError('no luck');"));
    const out = folderWith({});
    const error: unknown = await performed(config, { directory: out }).catch((cause: unknown) => cause);
    if (!(error instanceof ServingError)) throw error;
    expect(error.code).toBe('RUN_POLICY_FAILED');
    expect(error.message).not.toMatch(/\n|\bat /);
    expect(readdirSync(out)).toEqual([]);
    expect(leftovers(out)).toEqual([]);
  });
});

describe('an output folder that cannot be written', () => {
  const refused = async (directory: string): Promise<ServingError> => {
    let ran = 0;
    const error: unknown = await performed(await echoConfig(), { directory, onProgress: () => (ran += 1) }).catch(
      (cause: unknown) => cause,
    );
    expect(ran).toBe(0);
    if (!(error instanceof ServingError)) throw error;
    expect(error.code).toBe('OUTPUT_UNWRITABLE');
    return error;
  };

  test('because a file is in the way is told before anything runs', async () => {
    const folder = folderWith({ 'a-file': 'kept' });
    const { message } = await refused(join(folder, 'a-file'));
    expect(message).toBe(
      `${folder}/a-file: cannot write into the output folder; found a file in the way (EEXIST); name another folder with --out`,
    );
    await refused(join(folder, 'a-file', 'below'));
    expect(readFileSync(join(folder, 'a-file'), 'utf8')).toBe('kept');
  });

  test.skipIf(process.platform !== 'linux')('[needs Linux] in /proc is told, and does not hang', async () => {
    expect((await refused('/proc/rehearse/out')).message).toContain('found a place where nothing can be made (ENOENT)');
  });

  test.skipIf(process.getuid?.() === 0)('[needs a user other than root] because it is read-only is told', async () => {
    const folder = folderWith({});
    mkdirSync(join(folder, 'locked'), { mode: 0o500 });
    expect((await refused(join(folder, 'locked'))).message).toContain(
      'found a folder that may not be written (EACCES)',
    );
  });

  test('at its end, because a folder has the name of the result, leaves no part of it', async () => {
    const out = folderWith({ 'result.json/in-the-way': '' });
    const error: unknown = await performed(await echoConfig(), { directory: out }).catch((cause: unknown) => cause);
    if (!(error instanceof ServingError)) throw error;
    expect(error.message).toBe(
      `${out}/result.json: cannot write the file; found a folder in the way (EISDIR); make room, or name another place`,
    );
    expect(leftovers(out)).toEqual([]);
  });
});

test('a folder for temporary files that is not there is told before anything runs', async () => {
  process.env['TMPDIR'] = join(scratch, 'gone');
  const folder = join(scratch, 'out');
  const config = await loadConfig(join(scratch, 'echo-run.yaml'));
  const running = runExperiment(config, { directory: folder, jobs: 1, command: 'the test' });
  await expect(running).rejects.toThrow(
    `${scratch}/gone: cannot make a scratch folder; found a place where nothing can be made (ENOENT); make room there, ` +
      'or name another folder for temporary files in TMPDIR',
  );
});

test('a second run into the same folder replaces the first one’s files', async () => {
  const out = folderWith({});
  await performed(await echoConfig(), { directory: out });
  writeFileSync(join(out, 'mine.txt'), 'kept');
  await performed(await echoConfig({ duration: '100 ms' }), { directory: out });
  expect(readRows(join(out, 'requests.csv'))).toHaveLength(5);
  expect(fileOf(out).config).toMatchObject({ duration: '100 ms' });
  expect(readdirSync(out).toSorted()).toEqual(['mine.txt', 'requests.csv', 'result.json']);
});
