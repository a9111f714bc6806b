// Real processes and engines, few of them: what is measured adds up, and what cannot be measured is told before.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../../backends/index.ts';
import { ServingErrors } from '../../../../core/index.ts';
import type { TimingsPhase, TimingsResult } from '../../../../core/index.ts';
import { loadTimingsConfig, runTimings } from '../../../../experiments/measure/timings/index.ts';
import type { TimingsOptions } from '../../../../experiments/measure/timings/index.ts';
import { folderWith } from '../../config/config-files.ts';
import { nodeModel } from '../../../backends/onnx/tiny-model.ts';

const MODEL = '{ variant: fmnist-linear-int8, images: { width: 28, height: 28, count: 4 } }';
const SETTINGS = `init: { processes: 2 }
handle: { requests: 16, every: 5 ms, batch: 4, delay: 10 s, turns: 2, percentiles: [50] }
micro: { rounds: 2, time: 1 ms }
`;
const configText = (models: readonly string[], settings = SETTINGS): string =>
  `question: Does it run?\nmodels:\n${models.map((model) => `  - ${model}\n`).join('')}${settings}`;

async function run(folder: string, options: Partial<TimingsOptions> = {}): Promise<TimingsResult> {
  const config = loadTimingsConfig(join(folder, 'mine.yaml'));
  return runTimings(config, { modelsFolder: join(folder, 'zoo'), command: 'this test', ...options });
}

/** The messages of what is refused before anything is measured, without the path of its folder. */
async function refusals(folder: string): Promise<string[]> {
  const error: unknown = await run(folder).catch((caught: unknown) => caught);
  if (!(error instanceof ServingErrors)) throw error;
  return error.errors.map(({ message }) => message.replaceAll(`${folder}/`, ''));
}

const known = (phase: TimingsPhase | null | undefined): TimingsPhase => {
  if (phase === null || phase === undefined) throw new Error('the phase was not measured');
  return phase;
};

test('every part of every process and request is measured, and the parts add up', async () => {
  const folder = folderWith({
    'mine.yaml': configText(
      [MODEL, '{ network: resnet20-cifar, images: { width: 40, height: 30 } }'],
      `threads: [1, 2]\n${SETTINGS}`,
    ),
  });
  const labels: string[] = [];
  const result = await run(folder, { onProgress: ({ label }) => labels.push(label) });
  expect(result.cells.map(({ label }) => label)).toEqual([
    'fmnist-linear-int8, 1 thread',
    'fmnist-linear-int8, 2 threads',
    'resnet20-cifar fp32, 1 thread',
    'resnet20-cifar fp32, 2 threads',
  ]);
  expect(labels).toContain('fmnist-linear-int8, 2 threads, turn 2 of 2');
  for (const cell of result.cells) {
    const { unit, partsMs } = known(cell.init).samples;
    expect(unit).toEqual([0, 1]);
    for (const at of unit) {
      expect(partsMs['read'][at] + partsMs['create'][at]).toBeCloseTo(partsMs['init'][at], 6);
      const steps = ['start', 'library', 'init', 'first_run'].reduce((sum, part) => sum + partsMs[part][at], 0);
      expect(steps).toBeCloseTo(partsMs['ready'][at], 6);
    }
    const { samples, failed, units } = known(cell.handle);
    expect({ failed, units, requests: samples.unit.length }).toEqual({ failed: {}, units: 2, requests: 16 });
    expect(new Set(samples.batchInputs)).toEqual(new Set([4]));
    for (const at of samples.unit.keys()) {
      const of = (...parts: string[]): number => parts.reduce((sum, part) => sum + samples.partsMs[part][at], 0);
      expect(of('queue', 'to_engine', 'infer', 'back')).toBeCloseTo(of('predict'), 6);
      expect(of('late', 'preprocess', 'predict', 'postprocess')).toBeCloseTo(of('latency'), 6);
      expect(of('infer')).toBeGreaterThan(0);
    }
  }
  expect(result.subjects.map(({ origin }) => origin)).toEqual(['catalogue', 'zoo (untrained)']);
  expect(result.micro.map(({ name }) => name)).toEqual(['normalise', 'softmax', 'argmax', 'top-k', 'copy']);
  expect(result.noise.kernelMs).toHaveLength(16);
  expect(result.verdict.problems.map(({ code }) => code)).toContain('TIMINGS_FEW_PROCESSES');
});

test('a batch leaves when it is full, or when its first request has waited the delay', async () => {
  const settings =
    'measure: [handle]\nhandle: { requests: 6, every: 1 ms, batch: 4, delay: 400 ms, turns: 1, percentiles: [50] }\n';
  const { cells } = await run(folderWith({ 'mine.yaml': configText([MODEL], settings) }));
  const { batchInputs, partsMs, batch } = known(cells[0].handle).samples;
  // Whose image was decoded late may be in the second batch.
  expect([...batchInputs].toSorted((a, b) => a - b)).toEqual([2, 2, 4, 4, 4, 4]);
  expect(new Set(batch).size).toBe(2);
  const waited = partsMs['queue'].filter((_, at) => batchInputs[at] === 2);
  expect(Math.max(...waited)).toBeGreaterThan(395);
});

test('an interrupted run keeps what was finished and says so', async () => {
  const folder = folderWith({ 'mine.yaml': configText([MODEL]) });
  const interrupt = new AbortController();
  const result = await run(folder, {
    signal: interrupt.signal,
    onProgress: ({ label }) => label.includes('turn 2') && interrupt.abort(),
  });
  expect(result.complete).toBe(false);
  expect(known(result.cells[0].init).units).toBe(2);
  expect(known(result.cells[0].handle)).toMatchObject({ units: 1, unitsWanted: 2 });
  expect(known(result.cells[0].handle).samples.unit).toHaveLength(8);
  expect(result.micro).toEqual([]);
  expect(result.verdict.problems[0].message).toBe('the run was interrupted after 2 of 2 processes and 1 of 2 turns');
});

test('an interruption in the middle of a turn ends it at once', async () => {
  const settings = 'measure: [handle]\nhandle: { requests: 100, every: 10 s, batch: 4, turns: 1, percentiles: [50] }\n';
  const folder = folderWith({ 'mine.yaml': configText([MODEL], settings) });
  const interrupt = new AbortController();
  const onProgress = ({ label }: { readonly label: string }): void => {
    if (label.includes('turn 1')) setTimeout(() => interrupt.abort(), 800);
  };
  const result = await run(folder, { signal: interrupt.signal, onProgress });
  expect(known(result.cells[0].handle)).toMatchObject({ units: 0, failed: {}, parts: [] });
});

describe('what cannot be measured is told before anything is, for all models at once', () => {
  test('corrupt files, a pointer, a model that refuses the batch, one without images, damaged images', async () => {
    const tensors = [
      [{ name: 'x', type: 'float32', shape: [1, 3, 8, 8] }],
      [{ name: 'y', type: 'float32', shape: [1, 3, 8, 8] }],
    ] as const;
    const flat = [
      [{ name: 'x', type: 'float32', shape: ['N', 7] }],
      [{ name: 'y', type: 'float32', shape: ['N', 7] }],
    ] as const;
    const model = (name: string, images = '{ width: 8, height: 8, count: 1 }'): string =>
      `{ file: ${name}, images: ${images} }`;
    const folder = folderWith({
      'cut.onnx': '',
      'text.onnx': 'this is no model',
      'pointer.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      'photos/damaged.jpg': 'no picture',
      'mine.yaml': configText([
        ...['cut.onnx', 'text.onnx', 'pointer.onnx', 'half.onnx', 'single.onnx', 'flat.onnx'].map((name) =>
          model(name),
        ),
        '{ variant: fmnist-linear-int8, images: { folder: photos } }',
      ]),
    });
    writeFileSync(join(folder, 'single.onnx'), nodeModel('Relu', tensors[0], tensors[1]));
    writeFileSync(join(folder, 'flat.onnx'), nodeModel('Relu', flat[0], flat[1]));
    const whole = readFileSync(join(repositoryRoot(), 'backends/catalogue/models/fashion-mnist/fmnist-lenet.onnx'));
    writeFileSync(join(folder, 'half.onnx'), whole.subarray(0, whole.length / 2));
    const told = await refusals(folder);
    expect(told.slice(0, 3)).toEqual([
      'mine.yaml:3: cut on cpu: the model cannot be loaded; found the file is empty',
      expect.stringMatching(/^mine.yaml:4: text on cpu: the model cannot be loaded; found /),
      expect.stringContaining(
        'mine.yaml:5: pointer on cpu: the model cannot be loaded; found the file is a Git LFS pointer',
      ),
    ]);
    expect(told[3]).toMatch(/^mine.yaml:6: half on cpu: the model cannot be loaded; found /);
    expect(told[4]).toMatch(/^mine.yaml:7: single on cpu: .*batch/);
    expect(told[5]).toContain('mine.yaml:8: flat: the handler image-classifier does not take the image');
    expect(told[6]).toContain('photos/damaged.jpg: the payload is no image; found 10 bytes of something else');
    expect(told).toHaveLength(7);
  });

  test('hardware that ONNX Runtime does not have here', async () => {
    const folder = folderWith({ 'mine.yaml': configText([MODEL], 'hardware: [abacus]\n') });
    expect((await refusals(folder))[0]).toContain(
      'fmnist-linear-int8 on abacus: the model cannot be loaded; found ONNX Runtime has no execution provider "abacus" here; it has cpu',
    );
  });
});

test('what breaks a run is thrown after what was finished is handed over', async () => {
  const folder = folderWith({ 'mine.yaml': configText([MODEL], `measure: [init]\n${SETTINGS}`) });
  const kept: TimingsResult[] = [];
  const broken = run(folder, {
    onProgress: ({ label }) => {
      if (label.includes('process 2')) throw new Error('the disk is gone');
    },
    onBroken: async (partial) => void kept.push(partial),
  });
  await expect(broken).rejects.toThrow('the disk is gone');
  expect(kept).toMatchObject([{ complete: false, verdict: { valid: false }, cells: [{ init: { units: 1 } }] }]);
});
