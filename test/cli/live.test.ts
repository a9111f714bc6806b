// `rehearse run --live`: the same files from the wall clock and real engines, and no process left behind.
import { readFileSync, readdirSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ExperimentResult } from '../../core/index.ts';
import { folderWith } from '../experiments/config/config-files.ts';
import { echoFolder, readRows } from '../fixtures/echo.ts';
import { filesIn, rehearse } from './command.ts';
import type { Surroundings } from './command.ts';

/** Twenty queries in a second to one engine. */
const CONFIG = {
  question: 'Does it run live?',
  duration: '1 s',
  live: { duration: '1 s' },
  catalogue: { variants: ['fmnist-linear-fp32'] },
  fleet: { machines: { 'cpu-2': 1 }, workers: { 'fmnist-linear-fp32': 1 } },
  workload: {
    arrivals: { process: 'constant', rate: '20/s' },
    queries: [{ use_case: 'classification-fashion-mnist', latency: '500 ms' }],
  },
  policies: [{ name: 'plain' }],
};
const LONG = { ...CONFIG, duration: '60 s', live: { duration: '60 s' } };

const folderOf = (config: object, files = {}): string => folderWith({ 'live.yaml': JSON.stringify(config), ...files });
const resultIn = (out: string): ExperimentResult =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as ExperimentResult; // Written by the command.

/** Processes of this machine that were started with the mark in their environment; those of other users do not count. */
function processesWith(mark: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

describe('a live run', () => {
  test('writes the files of a simulated one', async () => {
    const cwd = folderOf(CONFIG);
    const mark = randomUUID();
    const args = ['run', 'live.yaml', '--live', '--out', 'out', '--json'];
    const { status, stdout } = await rehearse(args, { cwd, env: { REHEARSE_TEST: mark } });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ world: 'live', complete: true, verdict: { valid: true } });
    const out = join(cwd, 'out');
    const kinds = new Set(filesIn(out).map((file) => file.replace(/\/.*/, '/')));
    expect([...kinds]).toEqual(['figures/', 'report.html', 'requests.csv', 'result.json', 'summary.csv']);
    const rows = readRows(join(out, 'requests.csv'));
    expect(rows).toHaveLength(20);
    expect(rows.map((row) => Number(row.scheduled_s))).toEqual(rows.map((_, at) => at / 20));
    expect(rows.every((row) => row.variant === 'fmnist-linear-fp32' && Number(row.infer_ms) > 0)).toBe(true);
    expect(resultIn(out).command).toBe('npx rehearse run live.yaml --live');
    expect(processesWith(mark)).toEqual([]);
  });

  test('that is interrupted is incomplete, keeps what was answered, and takes its engines with it', async () => {
    const cwd = folderOf(LONG);
    const mark = randomUUID();
    const onStart: Surroundings['onStart'] = (child) => {
      child.once('exit', () => clearInterval(watch));
      const watch = setInterval(() => {
        // The command, and its engine: the run is about to begin.
        if (process.platform === 'linux' && processesWith(mark).length < 2) return;
        clearInterval(watch);
        setTimeout(() => child.kill('SIGINT'), 1500);
      }, 50);
    };
    const args = ['run', 'live.yaml', '--live', '--out', 'out'];
    const { status, stderr } = await rehearse(args, { cwd, env: { REHEARSE_TEST: mark }, onStart });
    expect(status).toBe(1);
    expect(stderr).toContain('interrupted: what is finished is kept');
    const { complete, verdict, cells } = resultIn(join(cwd, 'out'));
    expect(complete).toBe(false);
    expect(verdict.problems.map(({ code }) => code)).toContain('RUN_INCOMPLETE');
    expect(cells[0].replications[0].ending).toBe('interrupted');
    expect(processesWith(mark)).toEqual([]);
  });

  test('has the policy file of each grid point', async () => {
    const own = (name: string): string =>
      `export const policy = { name: '${name}', families: ['dispatch'], create: () => ({ dispatch: { assign: () => 0 } }) };`;
    const config = {
      ...CONFIG,
      duration: '100 ms',
      policies: [{ name: 'own', dispatch: { module: 'a.mjs' } }],
      grid: { 'policies.own.dispatch.module': ['a.mjs', 'b.mjs'] },
    };
    const cwd = folderOf(config, { 'a.mjs': own('first'), 'b.mjs': own('second') });
    const { status, stderr } = await rehearse(['run', 'live.yaml', '--live', '--out', 'out'], { cwd });
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(0);
    const answered = resultIn(join(cwd, 'out')).cells.map(
      ({ replications: [{ outcomes }] }) => outcomes.served + outcomes.late,
    );
    expect(answered).toEqual([2, 2]);
  });

  test('whose policy throws ends with one line and without a process', async () => {
    const own = `export const policy = { name: 'own', families: ['dispatch'], create: () => ({ dispatch: { assign() {\n  throw new Error('no luck');\n} } }) };`;
    const cwd = folderOf(
      { ...CONFIG, policies: [{ name: 'own', dispatch: { module: 'own.mjs' } }] },
      { 'own.mjs': own },
    );
    const mark = randomUUID();
    const { status, stdout, stderr } = await rehearse(['run', 'live.yaml', '--live', '--out', 'out'], {
      cwd,
      env: { REHEARSE_TEST: mark },
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      'own.mjs:2: dispatch.assign() of policy own threw; found Error: no luck; mend the policy file and run again\n',
    );
    expect(processesWith(mark)).toEqual([]);
  });
});

describe('a config that cannot run live here names why, and ends with 2:', () => {
  test('a variant without a model file', async () => {
    const cwd = echoFolder({});
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--live'], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^echo-run\.yaml:\d+: catalogue\.variants selects echo, which cannot run live here; found no model file; expected an artifact; .*\n$/,
    );
  });

  test('hardware that is not there', async () => {
    const cwd = folderOf({
      ...CONFIG,
      catalogue: { variants: ['resnet50-tensorrt-b8'], sampling: 'mean' },
      fleet: { machines: { 'p3.2xlarge': 1 }, workers: { 'resnet50-tensorrt-b8': 1 } },
      workload: { ...CONFIG.workload, queries: [{ use_case: 'classification-imagenet-224' }] },
    });
    const { status, stdout, stderr } = await rehearse(['run', 'live.yaml', '--live'], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /selects resnet50-tensorrt-b8, which cannot run live here; found hardware v100; expected .*cpu/,
    );
    expect(filesIn(cwd)).toEqual(['live.yaml']);
  });
});
