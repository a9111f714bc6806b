// A user's day with the command, in its order: serve, look, register, ask, scale, make a key, have a folder run, stop. Each
// command is a process of its own, and says what a person and a script go by.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folder as bundled, imageAt, labels, manifest } from '../../backends/onnx/fixtures.ts';
import type { Ended } from '../../cli/command.ts';
import { isAlive } from '../../cli/service-runs.ts';
import { ServiceFolder } from './server-process.ts';

const PICTURES = 6;
const CONFIG = `parname mine
varname mine_cpu_1
filename fmnist-lenet.onnx
dataset fashion-mnist
task classification
framework onnx
inputdim 28
maxbatch 8
loadlat 30
inflatb1 0.2
inflatb4 0.5
inflatb8 0.9
accuracy 91
compsize 1
peakmemory 40000000
`;

let folder: ServiceFolder;
let pid = 0;
const call = (...words: readonly string[]): Promise<Ended> => folder.call(...words);
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

beforeAll(async () => {
  const config = {
    catalogue: { variants: ['fmnist-mlp-fp32', 'fmnist-lenet-fp32'] },
    fleet: { machines: { 'cpu-8': 1 }, workers: { 'fmnist-mlp-fp32': 1 } },
    service: { http: { port: 0 }, grpc: 'off', offline: { throttle: 'none' } },
  };
  folder = new ServiceFolder(config, {
    'mine.config': CONFIG,
    'wrong.config': CONFIG.replace('accuracy 91', 'accuracy 910'),
  });
  mkdirSync(join(folder.path, 'mine'));
  copyFileSync(join(bundled, 'fmnist-lenet.onnx'), join(folder.path, 'mine', 'fmnist-lenet.onnx'));
  for (let index = 0; index < PICTURES; index += 1) {
    const image = sharp(imageAt(index), { raw: { width: 28, height: 28, channels: 1 } });
    folder.write(`pictures/${index}.png`, await image.toColourspace('b-w').png().toBuffer());
  }
});
afterAll(async () => {
  await call('stop');
  folder.remove();
}, 60_000);

test('serve, and serve again', async () => {
  const started = await call('serve', '--config', 'service.yaml', '--background', '--json');
  expect(started).toMatchObject({ status: 0, stderr: '' });
  expect(json(started.stdout)).toMatchObject({ state: 'ready', started: true });
  pid = Number(json(started.stdout)['pid']);
  const again = await call('serve', '--config', 'service.yaml');
  expect(again).toMatchObject({ status: 0, stderr: '' });
  expect(again.stdout).toContain(`already running on ${folder.state}, process ${pid}`);
  const asked = await call('serve', '--background', '--json');
  expect(json(asked.stdout)).toMatchObject({ pid, started: false });
}, 60_000);

test('status, architectures, and what is behind one', async () => {
  expect((await call('status')).stdout).toMatch(/^state +ready, for \d+ s, process \d+/);
  expect((await call('model', 'archs', 'classification', 'fashion-mnist')).stdout).toBe('mlp\nlenet\n');
  expect((await call('model', 'info', 'lenet')).stdout).toMatch(
    /^lenet: classification of fashion-mnist, 91\.03 % accurate\n/,
  );
}, 60_000);

test('model register says SUCCEEDED, or FAILED and why', async () => {
  const wrong = await call('model', 'register', 'wrong.config', 'mine');
  expect(wrong).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(/^FAILED: wrong\.config:\d+: accuracy cannot be used; found "910"/),
  });
  const right = await call('model', 'register', 'mine.config', 'mine');
  expect(right).toMatchObject({ status: 0, stdout: 'SUCCEEDED: mine_cpu_1, version 1\n' });
  const twice = await call('model', 'register', 'mine.config', 'mine');
  expect(twice).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^FAILED: Model version 1 is already registered/),
  });
}, 60_000);

test('query online, by variant and by use case, and an unknown one', async () => {
  const mine = await call('query', 'online', '-v', 'mine_cpu_1', '-i', 'pictures/0.png', '-i', 'pictures/1.png');
  expect(mine.status).toBe(0);
  expect(mine.stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(mine.stderr).toMatch(/served by mine_cpu_1 in \d/);
  const any = await call(
    'query',
    'online',
    '-t',
    'classification',
    '-D',
    'fashion-mnist',
    '-A',
    '80',
    '-l',
    '500',
    '-i',
    'pictures/0.png',
  );
  expect(any).toMatchObject({ status: 0, stderr: expect.stringMatching(/served by fmnist-(mlp|lenet)-fp32/) });
  const nobody = await call('query', 'online', '-a', 'nobody', '-l', '500', '-i', 'pictures/0.png');
  expect(nobody).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('Parent model has not been registered'),
  });
}, 60_000);

test('scale to a number, and back to the autoscaler', async () => {
  expect(await call('scale', 'mine_cpu_1', '--replicas', '2')).toMatchObject({
    status: 0,
    stdout: 'mine_cpu_1: 2 workers ready\n',
  });
  const status = json((await call('status', '--json')).stdout);
  expect(status).toMatchObject({
    service: {
      variants: expect.arrayContaining([
        expect.objectContaining({ name: 'mine_cpu_1', ready: 2, scaling: { least: 2, most: 2 } }),
      ]),
    },
  });
  expect((await call('scale', 'mine_cpu_1', '--replicas', 'auto')).status).toBe(0);
}, 60_000);

test('query offline runs a folder, and jobs tells of it', async () => {
  const asked = await call('query', 'offline', 'pictures', 'answers', '--variant', 'fmnist-lenet-fp32');
  expect(asked.status).toBe(0);
  const [, id = ''] = /job (\S+), 6 files/.exec(asked.stdout) ?? [];
  const state = async (): Promise<unknown> => {
    const { job } = json((await call('jobs', 'show', id, '--json')).stdout) as {
      readonly job: { readonly state: string };
    };
    return job.state;
  };
  await expect.poll(state, { timeout: 40_000, interval: 500 }).toBe('done');
  const files = readdirSync(join(folder.path, 'answers')).toSorted();
  expect(files).toEqual(Array.from({ length: PICTURES }, (_, index) => `${index}.png.json`));
  const named = files.map((file) => readFileSync(join(folder.path, 'answers', file), 'utf8'));
  expect(named[0]).toContain(manifest.labels[labels[0]]);
  expect((await call('jobs', 'list')).stdout).toContain(id);
  expect((await call('jobs', 'show', 'none')).status).not.toBe(0);
}, 90_000);

test('a key, which is asked for from then on', async () => {
  const made = await call(
    'keys',
    'create',
    '--application',
    'me',
    '--scopes',
    'infer,manage,metrics',
    '--out',
    'me.key',
  );
  expect(made.stdout).toMatch(/me\.key: key AK\w+ of me\n$/);
  const unsigned = async (): Promise<number | null> => (await call('status')).status;
  await expect.poll(unsigned, { timeout: 20_000, interval: 200 }).toBe(1);
  expect((await call('status', '--key-file', 'me.key')).status).toBe(0);
  expect(await call('model', 'unregister', 'mine_cpu_1', '--key-file', 'me.key')).toMatchObject({
    status: 0,
    stdout: 'unregistered: mine_cpu_1\n',
  });
}, 60_000);

test('stop, and nothing is left', async () => {
  expect(await call('stop', '--key-file', 'me.key')).toMatchObject({ status: 0, stdout: 'stopped\n' });
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(folder.state, 'service.json'))).toBe(false);
  expect(await call('stop')).toMatchObject({ status: 0, stdout: 'no service is running\n' });
}, 60_000);
