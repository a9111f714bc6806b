// The example queries of INFaaS's README, asked with the command of a running service under its released policy (mode
// 6): of the variants they are about, which exist as their latency tables, and of networks that are executed.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryAnswer } from '../../../live/control/index.ts';
import { folder as bundled, imageAt } from '../../backends/onnx/fixtures.ts';
import { ServerProcess, ServiceFolder } from './server-process.ts';

const INFAAS = [{ name: 'infaas', modules: [{ policy: 'infaas', mode: 'gpu-share-trigger-skip-blacklist' }] }];
const MACHINES = { 'm5.2xlarge': 1, 'p3.2xlarge': 1, 'inf1.2xlarge': 1 };
const LISTENERS = { http: { port: 0 }, grpc: 'off' } as const;
/** A picture of trousers in the bundled test set. */
const TROUSERS = 34;
const TROUSERS_CLASS = 1;

let server: ServerProcess;

/** What the command prints of the answer to a query. */
async function ask(...words: readonly string[]): Promise<QueryAnswer> {
  const asked = await server.call('query', 'online', ...words, '--json');
  expect(asked).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(asked.stdout) as QueryAnswer; // The server's own shape.
}

async function writePicture(folder: ServiceFolder): Promise<string> {
  const image = sharp(imageAt(TROUSERS), { raw: { width: 28, height: 28, channels: 1 } });
  return folder.write('picture.png', await image.png().toBuffer());
}

describe('of the three variants that the README registers', () => {
  let picture: string;
  beforeAll(async () => {
    const folder = new ServiceFolder({
      catalogue: { variants: ['resnet50-tensorflow-cpu4', 'resnet50-tensorrt-b4', 'resnet50-inferentia'] },
      fleet: { machines: MACHINES, start_on_request: true },
      policies: INFAAS,
      service: LISTENERS,
    });
    picture = await writePicture(folder);
    server = await ServerProcess.start(folder);
  }, 60_000);
  afterAll(() => server.end());

  // In this order on one service: the third finds running what the second one started.
  test.each([
    [['-a', 'resnet50', '-l', '300'], 1, 'resnet50-tensorflow-cpu4', 'accelerators are spared'],
    [['-a', 'resnet50', '-l', '50'], 1, 'resnet50-inferentia', 'the smallest largest batch that fits'],
    [['-t', 'classification', '-D', 'imagenet', '-A', '70', '-l', '50'], 1, 'resnet50-inferentia', 'the closest'],
    [['-a', 'resnet50', '-l', '20'], 2, 'resnet50-tensorrt-b4', 'Inferentia takes one input'],
  ])('%s with %i input(s) is answered by %s: %s', async (words, inputs, variant) => {
    const images = Array.from({ length: inputs }, () => ['-i', picture]).flat();
    expect(await ask('-d', '224', ...words, ...images)).toMatchObject({ status: 'SUCCESS', variant });
  });

  test('no variant fits is said as INFaaS says it, with what would fit', async () => {
    const asked = await server.call('query', 'online', '-a', 'resnet50', '-l', '2', '-i', picture);
    expect(asked).toMatchObject({ status: 1, stdout: '' });
    expect(asked.stderr).toContain('no variant fits');
  });
});

describe('of networks that are executed, registered with configs of INFaaS', () => {
  let picture: string;
  beforeAll(async () => {
    const folder = new ServiceFolder({
      catalogue: { variants: ['fmnist-linear-fp32'] },
      fleet: { machines: MACHINES, start_on_request: true },
      policies: INFAAS,
      // What is decided for accelerators is executed by this processor.
      service: { ...LISTENERS, engines: { emulate: { v100: 'cpu', inferentia: 'cpu' } } },
    });
    picture = await writePicture(folder);
    for (const [varname, { file, ...config }] of Object.entries(CONFIGS)) {
      mkdirSync(join(folder.path, varname));
      copyFileSync(join(bundled, file), join(folder.path, varname, file));
      folder.write(`${varname}.config`, configText({ varname, filename: file, ...config }));
    }
    server = await ServerProcess.start(folder);
    for (const varname of Object.keys(CONFIGS)) {
      const { status, stdout } = await server.call('model', 'register', `${varname}.config`, varname);
      if (status !== 0) throw new Error(stdout);
    }
  }, 60_000);
  afterAll(() => server.end());

  test.each([
    [['-a', 'garments', '-l', '300'], 1, 'garments_tensorflow-cpu_4'],
    [['-a', 'garments', '-l', '50'], 1, 'garments_inferentia_1_1'],
    [['-t', 'classification', '-D', 'garments', '-A', '70', '-l', '50'], 1, 'garments_inferentia_1_1'],
    [['-a', 'garments', '-l', '20'], 2, 'garments_tensorrt_4'],
  ])('%s with %i input(s) is answered by %s, which knows trousers', async (words, inputs, variant) => {
    const images = Array.from({ length: inputs }, () => ['-i', picture]).flat();
    const answer = await ask('-d', '28', ...words, ...images);
    expect(answer).toMatchObject({ status: 'SUCCESS', variant });
    const [{ data }] = answer.outputs;
    // One row of logits for each picture.
    expect((data as number[][]).map(best)).toEqual(Array.from({ length: inputs }, () => TROUSERS_CLASS));
    expect(await server.pidsOf(variant)).toHaveLength(1);
  });
});

function best(logits: readonly number[]): number {
  return logits.indexOf(Math.max(...logits));
}

const CPU_LATENCIES = { inflatb1: 250, inflatb4: 793, inflatb8: 1553 };

/** Latencies, largest batches and accuracy are those of the README's variants; the networks are ours. */
const CONFIGS = {
  'garments_tensorflow-cpu_4': {
    file: 'fmnist-linear.onnx',
    framework: 'tensorflow-cpu',
    maxbatch: 128,
    loadlat: 1589,
    compsize: 4,
    ...CPU_LATENCIES,
  },
  garments_tensorrt_4: {
    file: 'fmnist-mlp.onnx',
    framework: 'tensorrt',
    maxbatch: 4,
    loadlat: 1146,
    inflatb1: 3.686,
    inflatb4: 7.837,
  },
  garments_inferentia_1_1: {
    file: 'fmnist-lenet.onnx',
    framework: 'inferentia',
    maxbatch: 1,
    loadlat: 3554,
    inflatb1: 22,
  },
};

function configText(config: object): string {
  const common = { parname: 'garments', dataset: 'garments', task: 'classification', inputdim: 28 };
  const lines = { ...common, accuracy: 71.2, peakmemory: 50_000_000, ...config };
  return Object.entries(lines)
    .map(([key, value]) => `${key} ${String(value)}\n`)
    .join('');
}
