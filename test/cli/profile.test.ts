// `rehearse profile`: bad usage, what it writes, an interruption, and its definitions edited by hand into nonsense.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalogueFiles } from '../../backends/index.ts';
import { readProfile } from '../../live/models/profile-draft.ts';
import { matMulModel } from '../backends/onnx/tiny-model.ts';
import { filesIn, rehearse } from './command.ts';
import type { Surroundings } from './command.ts';
import { inProcess } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));
const model = join(folder, 'net-int8.onnx');
writeFileSync(model, matMulModel(16, 4));

const SAID = ['--accuracy', '90', '--dataset', 'clothes', '--task', 'classification'];
const LITTLE = ['--batches', '1,2', '--samples', '20', '--rounds', '1', '--gaps', 'none', '--no-colocation'];

describe('bad usage', () => {
  test.each([
    [[], 'name a model file, a folder or --variant'],
    [[model], 'a model file does not say it: give --accuracy, --dataset, --task'],
    [[model, '--variant', 'a', ...SAID], 'name files or --variant, not both'],
    [[model, ...SAID, '--batches', '1,0'], 'expected 1, 2, 3'],
    [[model, ...SAID, '--gaps', '5'], 'expected a duration with its unit'],
    [[model, ...SAID, '--accuracy', '101'], 'expected a number from 0 to 100'],
    [[model, ...SAID, '--budget', '0 s'], 'expected more than nothing'],
    [[model, ...SAID, '--shape', 'x'], 'this is no shape of an input'],
    [[model, ...SAID, '--name', 'a b'], 'it cannot be used as a name; found "a b"'],
    [[model, ...SAID, '--name', 'net'], 'the variant would be named as its network; found "net"'],
    [[join(folder, 'none.onnx'), ...SAID], 'none.onnx: there is no such file'],
    [['--variant', 'fmnist-resnet20-int9'], 'did you mean "fmnist-resnet20-int8"?'],
    [['--variant', 'resnet50-cpu-x'], 'unknown variant'],
    [
      ['--variant', 'fmnist-resnet20-int8', ...SAID, '--name', 'x'],
      'with --variant the catalogue says it: leave out --accuracy, --name, --task, --dataset',
    ],
  ])('%j is told and measures nothing', async (words, told) => {
    const out = join(folder, 'nothing');
    const { status, stderr } = await inProcess(['profile', ...words, '--out', out]);
    expect(stderr).toContain(told);
    expect(status).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  test('one name for several models is told', async () => {
    const other = join(folder, 'other.onnx');
    writeFileSync(other, matMulModel(16, 4));
    const { status, stderr } = await inProcess(['profile', model, other, ...SAID, '--name', 'net']);
    rmSync(other);
    expect(stderr).toContain('one name for several models; found 2 models');
    expect(status).toBe(2);
  });
});

describe('a profile', () => {
  const out = join(folder, 'out');
  const definition = join(out, 'net-int8-t1.yaml');
  let printed = '';
  let told = '';

  beforeAll(async () => {
    const args = ['profile', model, ...SAID, ...LITTLE, '--gaps', '1 ms', '--threads', '1,2', '--out', out];
    const { status, stdout, stderr } = await inProcess(args);
    if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`);
    [printed, told] = [stdout, stderr];
  });

  test('is a definition for each number of threads, a table and the samples', () => {
    const files = ['net-int8-t1.yaml', 'net-int8-t2.yaml', 'profile-samples.jsonl', 'profile.csv'];
    expect(filesIn(out)).toEqual(files);
    for (const file of files) expect(printed).toContain(file);
    expect(told).toContain('about 0 s left');
    expect(printed).toContain('a quantile p is told from 10 / (1 - p) samples on');
    expect(printed).toContain('Noise: how far rounds lie apart is unknown: one round');
    expect(printed).toMatch(/pack_ms +hop_ms +hand_out_ms/);
    expect(printed).toContain('decoding of pictures is not in the table');
    const yaml = readFileSync(definition, 'utf8');
    expect(yaml).toMatch(/host at batch 1, medians: pack .*, hop to the engine and back .*, hand out/);
    expect(yaml).toContain('first_run: the first runs: one input, then two');
    const [head, first] = readFileSync(join(out, 'profile.csv'), 'utf8').split('\n');
    expect(head).toContain('variant,threads,condition,batch,idle_ms,workers,samples,raw_p50_ms,infer_mean_ms');
    expect(first).toMatch(/^net-int8-t1,1,busy,1,0,1,20,/);
  });

  test('is what a catalogue takes', () => {
    const { variants } = loadCatalogueFiles([definition]);
    expect(variants).toMatchObject([
      {
        name: 'net-int8-t1',
        useCase: { task: 'classification', dataset: 'clothes' },
        architecture: 'net',
        precision: 'int8',
        maxBatch: 2,
        accuracyPercent: 90,
        resources: { cores: 1 },
        artifact: { path: '../net-int8.onnx' },
        profile: { rows: [{ batch: 1 }, { batch: 2 }], afterIdle: [{ idleNs: 1_000_000 }] },
      },
    ]);
    expect(variants[0].profile.environment).toMatchObject({ node: process.versions.node });
  });

  test('is what a registration takes, with its model', () => {
    const draft = readProfile(readFileSync(definition, 'utf8'), { place: 'net.yaml', folder });
    expect(draft).toMatchObject({ name: 'net-int8-t1', file: { path: model }, profile: { rows: [{}, {}] } });
  });

  const edited = (change: (text: string) => string): string => {
    const path = join(folder, 'edited.yaml');
    const whole = readFileSync(definition, 'utf8');
    const text = change(whole);
    expect(text).not.toBe(whole);
    writeFileSync(path, text);
    return path;
  };
  const lineOf = (path: string, part: string): number =>
    readFileSync(path, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(part)) + 1;

  test.each([
    ['negative', (text: string) => text.replace(/mean: [\d.]+ us/, 'mean: -5 us'), 'mean: -5 us', 'a duration'],
    [
      'empty',
      (text: string) => text.replace(/ {6}rows:\n[^]*?( {6}after_idle)/, '      rows: []\n$1'),
      'rows: []',
      'no rows',
    ],
    [
      'unsorted',
      (text: string) => text.replace('- batch: 1\n', '- batch: 3\n'),
      '- batch: 2',
      'the rows are not in order',
    ],
  ])('edited into a %s table is refused with the place, by catalogues and registrations', (_, change, at, message) => {
    const path = edited(change);
    expect(() => loadCatalogueFiles([path])).toThrow(`edited.yaml:${lineOf(path, at)}`);
    expect(() => loadCatalogueFiles([path])).toThrow(message);
    const text = readFileSync(path, 'utf8');
    expect(() => readProfile(text, { place: 'edited.yaml', folder })).toThrow(`edited.yaml:${lineOf(path, at)}`);
  });

  test('edited until its times fall is taken, and flagged with the place', () => {
    const path = edited((text) => text.replace(/(- batch: 1\n\s+mean: )[^\n]+/, '$19 s'));
    const flag = new RegExp(`edited.yaml:${lineOf(path, '- batch: 2')}.*the mean falls from 9 s at batch 1`);
    const { variants, warnings } = loadCatalogueFiles([path]);
    expect(variants).toHaveLength(1);
    expect(warnings.some((warning) => flag.test(warning))).toBe(true);
    const { notes } = readProfile(readFileSync(path, 'utf8'), { place: 'edited.yaml', folder });
    expect(notes.some((note) => flag.test(note))).toBe(true);
  });
});

describe('a model that takes too much memory to load', () => {
  test('is told before anything is measured, and nothing is written', async () => {
    const target = join(folder, 'greedy');
    const args = ['profile', model, ...SAID, ...LITTLE, '--memory', '30 MB', '--out', target];
    const { status, stderr } = await inProcess(args);
    expect(stderr).toMatch(/net-int8\.onnx: the model cannot be loaded; found .*its limit is 30 MB/);
    expect(status).toBe(2);
    expect(existsSync(target)).toBe(false);
  });
});

describe('a profile that is interrupted', () => {
  test('goes on with --resume, and not with other samples', async () => {
    const args = ['profile', 'net-int8.onnx', ...SAID, '--batches', '1,2', '--rounds', '2', '--no-colocation'];
    const more = ['--gaps', '1 ms,2 ms,4 ms', '--samples', '40', '--out', 'broken-off'];
    let sent = false;
    const onStart: Surroundings['onStart'] = (child) => {
      child.stderr.on('data', (text: string) => {
        if (sent || !text.includes('blocks, about')) return;
        sent = true;
        child.kill('SIGINT');
      });
    };
    const { status, stdout, stderr } = await rehearse([...args, ...more], { cwd: folder, onStart });
    expect(stderr).toContain('interrupted: what is measured is kept in broken-off; --resume goes on with it');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(filesIn(join(folder, 'broken-off'))).toEqual(['profile-samples.jsonl']);

    const others = await rehearse([...args, ...more, '--samples', '50', '--resume'], { cwd: folder });
    expect(others.stderr).toContain(
      'begun with another samplesMax (and idleSamplesMax, colocatedSamplesMax); found 40; expected 50',
    );
    expect(others.status).toBe(2);

    const resumed = await rehearse([...args, ...more, '--resume'], { cwd: folder });
    expect(resumed.stderr).toMatch(/[1-9]\d* blocks were measured before/);
    expect(resumed.status).toBe(0);
    expect(filesIn(join(folder, 'broken-off'))).toContain('net-int8.yaml');
    const yaml = readFileSync(join(folder, 'broken-off', 'net-int8.yaml'), 'utf8');
    expect(yaml).not.toContain('--resume');
    expect(yaml).toMatch(/sittings: "2"/);
  });
});
