// `rehearse timings` and `rehearse timings compare`: what they print and write, and what they say to bad input.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TimingsResult } from '../../core/index.ts';
import { writeTimings } from '../../reports/index.ts';
import { folderWith } from '../experiments/config/config-files.ts';
import { timingsResult } from '../reports/timings/timings-fixture.ts';
import { filesIn, rehearse } from './command.ts';
import { inProcess } from './in-process.ts';

const TINY = `question: Does the command run?
measure: [init, handle]
models:
  - { variant: fmnist-linear-int8, images: { width: 28, height: 28, count: 2 } }
init: { processes: 12, percentiles: [50] }
handle: { requests: 12, every: 4 ms, batch: 2, delay: 1 s, turns: 2, percentiles: [50] }
`;

const FILES = ['summary.csv', 'timings.csv', 'timings.html', 'timings.json'];

async function folderOf(result: TimingsResult): Promise<string> {
  const folder = folderWith({});
  await writeTimings(folder, result);
  return folder;
}

describe('timings', () => {
  test('prints medians with intervals and the verdict, and writes its files', async () => {
    const folder = folderWith({ 'tiny.yaml': TINY });
    const out = join(folder, 'out');
    const { status, stdout, stderr } = await inProcess([
      'timings',
      join(folder, 'tiny.yaml'),
      '--out',
      out,
      '--seed',
      '3',
    ]);
    // Twelve processes give intervals, and are too few for a verdict.
    expect(status).toBe(1);
    expect(stdout).toContain(
      'problem: init was taken in 12 processes of each model and setting; set init.processes to 20 or more',
    );
    expect(stdout).toMatch(/^= init +[\d.]+ \[[\d.]+, [\d.]+\]$/m);
    expect(stdout).toMatch(/^= latency +[\d.]+$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(join(out, 'timings.html'));
    expect(stderr).toContain('blocks, about');
    expect(filesIn(out)).toEqual(FILES);
    const result = JSON.parse(readFileSync(join(out, 'timings.json'), 'utf8')) as TimingsResult; // Just written.
    expect(result).toMatchObject({ name: 'tiny', seed: '3', complete: true });
    expect(result.command).toContain('--seed 3');
  });

  test('--json prints one object and nothing else', async () => {
    const text = TINY.replace('[init, handle]', '[init]').replace('{ processes: 12', '{ processes: 1');
    const folder = folderWith({ 'tiny.yaml': text });
    const { status, stdout } = await inProcess([
      'timings',
      join(folder, 'tiny.yaml'),
      '--out',
      join(folder, 'o'),
      '--json',
    ]);
    expect(status).toBe(1);
    const summary = JSON.parse(stdout) as object; // Checked next.
    expect(summary).toMatchObject({
      name: 'tiny',
      complete: true,
      verdict: { valid: false },
      cells: [{ label: 'fmnist-linear-int8', handle: null }],
    });
  });

  test('mistakes of the config are told at once, and nothing is written', async () => {
    const folder = folderWith({ 'bad.yaml': TINY.replace('int8,', 'int9,').replace('batch: 2', 'batch: 0') });
    const out = join(folder, 'out');
    const { status, stdout, stderr } = await inProcess(['timings', join(folder, 'bad.yaml'), '--out', out]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('bad.yaml:4: models[0].variant names no variant; found "fmnist-linear-int9"');
    expect(stderr).toContain('bad.yaml:6: handle.batch cannot be used; found 0');
    expect(stderr).toContain('2 errors');
    expect(filesIn(folder)).toEqual(['bad.yaml']);
  });

  test('a corrupt model is told with its place in the config, before anything is measured', async () => {
    const text = TINY.replace('variant: fmnist-linear-int8', 'file: broken.onnx');
    const folder = folderWith({ 'bad.yaml': text, 'broken.onnx': 'not a model' });
    const { status, stderr } = await inProcess(['timings', join(folder, 'bad.yaml'), '--out', join(folder, 'out')]);
    expect(status).toBe(2);
    expect(stderr).toContain('bad.yaml:4: broken on cpu: the model cannot be loaded; found ');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('an output folder that cannot be made is told before minutes of measuring', async () => {
    const folder = folderWith({ 'tiny.yaml': TINY, file: '' });
    const { status, stderr } = await inProcess([
      'timings',
      join(folder, 'tiny.yaml'),
      '--out',
      join(folder, 'file', 'out'),
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot write the file; found a file in the way');
    expect(stderr).not.toContain('blocks');
  });

  test('Ctrl-C keeps what was finished, in whole files', async () => {
    const text = TINY.replace('[init, handle]', '[handle]')
      .replace('every: 4 ms', 'every: 1 s')
      .replace('turns: 2', 'turns: 12');
    const cwd = folderWith({ 'tiny.yaml': text });
    let sent = false;
    const { status, stdout, stderr } = await rehearse(['timings', 'tiny.yaml', '--out', 'out'], {
      cwd,
      onStart: (child) =>
        child.stderr.on('data', (said: string) => {
          if (sent || !said.includes('turn 3 of')) return;
          sent = true;
          child.kill('SIGINT');
        }),
    });
    expect(status).toBe(1);
    expect(stderr).toContain('interrupted: what is finished is kept');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toMatch(/problem: the run was interrupted after [1-9] of 12 turns; run it again/);
    expect(filesIn(join(cwd, 'out'))).toEqual(FILES);
  });
});

describe('timings compare', () => {
  test('tells for each part whether the second run is faster, and writes where it is told to', async () => {
    const [a, b] = [await folderOf(timingsResult()), await folderOf(timingsResult({ factor: 0.5 }))];
    const out = join(folderWith({}), 'compared');
    const { status, stdout } = await inProcess(['timings', 'compare', a, b, '--out', out]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^init create session .* faster$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(join(out, 'comparison.html'));
    expect(filesIn(out)).toEqual(['comparison.csv', 'comparison.html', 'comparison.json']);
    const json = await inProcess(['timings', 'compare', a, b, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'timings-comparison', confidence: 0.95 });
  });

  test('of a folder with itself, with nothing, and with what is cut off is refused', async () => {
    const a = await folderOf(timingsResult());
    const empty = folderWith({});
    const cut = folderWith({});
    writeFileSync(join(cut, 'timings.json'), readFileSync(join(a, 'timings.json'), 'utf8').slice(0, 1000));
    const words = async (b: string): Promise<string> => {
      const { status, stderr } = await inProcess(['timings', 'compare', a, b]);
      expect(status).toBe(2);
      return stderr;
    };
    expect(await words(a)).toContain('a run cannot be compared with itself');
    expect(await words(empty)).toContain('there is no timing here; name the output folder of `rehearse timings`');
    expect(await words(cut)).toContain('the timing ends in the middle');
  });
});

test('report makes the page and the tables of timings again, and leaves the samples alone', async () => {
  const folder = await folderOf(timingsResult());
  const [page, json] = ['timings.html', 'timings.json'].map((name) => join(folder, name));
  const before = readFileSync(json, 'utf8');
  writeFileSync(page, 'lost');
  const { status, stdout } = await inProcess(['report', folder]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${page}\n` });
  expect(readFileSync(page, 'utf8')).toContain('made-up');
  expect(readFileSync(json, 'utf8')).toBe(before);
});
