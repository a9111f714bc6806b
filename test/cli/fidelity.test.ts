// `rehearse fidelity`: one short config simulated and live, compared through the commands, and what cannot be compared.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FidelityResult } from '../../core/index.ts';
import { folderWith } from '../experiments/config/config-files.ts';
import { filesIn } from './command.ts';
import type { Ended } from './command.ts';
import { inProcess } from './in-process.ts';

/** Two seconds of a tiny variant; the queries have time, so that a busy machine does not make them late. */
const CONFIG = {
  name: 'short',
  question: 'Do both worlds answer the same?',
  duration: '2 s',
  replications: 1,
  live: { duration: '2 s' },
  catalogue: { variants: ['fmnist-linear-fp32'] },
  fleet: { machines: { 'cpu-2': 1 }, workers: { 'fmnist-linear-fp32': 1 } },
  workload: {
    arrivals: { process: 'poisson', rate: '100/s' },
    queries: [{ use_case: 'classification-fashion-mnist', latency: '2 s' }],
  },
  policies: [
    { name: 'one-by-one', batching: 'none' },
    { name: 'by-eight', batching: { policy: 'fixed', max_batch: 8 } },
  ],
};

const cwd = folderWith({ 'short.yaml': JSON.stringify(CONFIG) });
const [config, simulated, live] = ['short.yaml', 'simulated', 'live'].map((name) => join(cwd, name));
const fidelity = (...words: readonly string[]): Promise<Ended> => inProcess(['fidelity', ...words]);

const ended = { simulated: -1, live: -1 };
beforeAll(async () => {
  ended.simulated = (await inProcess(['run', config, '--out', simulated])).status ?? -1;
  ended.live = (await inProcess(['run', config, '--live', '--out', live])).status ?? -1;
}, 60_000);

describe('a simulated and a live run of one config', () => {
  test('are both performed; a live one that fell behind on a busy machine is invalid, and compared all the same', () => {
    expect(ended.simulated).toBe(0);
    expect([0, 1]).toContain(ended.live);
  });

  test('are set side by side, and leave a page, a table and a file beside the live folder', async () => {
    const { status, stdout } = await fidelity(simulated, live);
    const out = `${live}-fidelity`;
    expect(filesIn(out)).toEqual(['fidelity.csv', 'fidelity.html', 'fidelity.json']);
    expect(stdout).toContain(join(out, 'fidelity.html'));
    expect(stdout).toMatch(/^cell +quantity +simulated +live +difference +verdict$/m);
    expect(stdout).toMatch(/^one-by-one +SLA attainment, % /m);
    // Written by the command.
    const result = JSON.parse(readFileSync(join(out, 'fidelity.json'), 'utf8')) as FidelityResult;
    expect(result.cells.map(({ label, group }) => [label, group])).toEqual([
      ['one-by-one', 'short'],
      ['by-eight', 'short'],
    ]);
    // Both worlds met the same requests, and answered them; where the live run was invalid there is no pair.
    const answered = result.cells.filter(({ pairs }) => pairs === 1).map(({ answeredMin }) => answeredMin);
    expect(Math.min(...answered, 200)).toBeGreaterThan(150);
    expect(result.cells.flatMap(({ notes }) => notes)).toEqual([]);
    // 200 requests are too few for a p99, so the bar cannot be met.
    expect(result.summary.verdict).not.toBe('met');
    expect(status).toBe(1);
  });

  test('meet a bar that asks for little', async () => {
    const few = ['--latency-percent', '1e9', '--attainment-points', '100', '--attainment-mean-points', '100'];
    const { status, stdout } = await fidelity(
      simulated,
      live,
      '--load',
      '90',
      ...few,
      '--json',
      '--out',
      join(cwd, 'easy'),
    );
    // Above 80 % no latency is judged.
    const { summary, output } = JSON.parse(stdout) as { summary: FidelityResult['summary']; output: string };
    const measured = summary.tallies[0].judged === 2;
    expect([status, summary.verdict]).toEqual(measured ? [0, 'met'] : [1, 'undecided']);
    expect(output).toBe(join(cwd, 'easy'));
  });

  test('have their page made again by rehearse report', async () => {
    const out = join(cwd, 'again');
    await fidelity(simulated, live, '--out', out);
    const page = readFileSync(join(out, 'fidelity.html'), 'utf8');
    rmSync(join(out, 'fidelity.html'));
    const { status, stdout } = await inProcess(['report', out]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(out, 'fidelity.html')}\n` });
    expect(readFileSync(join(out, 'fidelity.html'), 'utf8')).toBe(page);
  });
});

describe('what cannot be compared ends with 2 and writes nothing:', () => {
  const refused = async (...words: readonly string[]): Promise<string> => {
    const out = join(cwd, 'refused');
    const { status, stdout, stderr } = await fidelity(...words, '--out', out);
    expect({ status, stdout, written: existsSync(out) }).toEqual({ status: 2, stdout: '', written: false });
    return stderr;
  };

  test('swapped folders', async () => {
    expect(await refused(live, simulated)).toBe(
      `the folders are swapped; found the live run ${live} first; expected the simulated run first, then the live one; rehearse fidelity ${simulated} ${live}\n`,
    );
  });

  test('a folder that is no result', async () => {
    expect(await refused(cwd, live)).toBe(
      `${join(cwd, 'result.json')}: there is no result here; name the output folder of \`rehearse run\`\n`,
    );
  });

  test('another seed', async () => {
    const other = join(cwd, 'other');
    await inProcess(['run', config, '--seed', '2', '--out', other]);
    expect(await refused(other, live)).toContain('the seeds differ');
  });

  test('a bar that is no number', async () => {
    expect(await refused(simulated, live, '--latency-percent', 'nine')).toContain(
      'found nine; expected a number above 0',
    );
  });
});
