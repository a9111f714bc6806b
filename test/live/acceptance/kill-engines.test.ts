// Engines of a whole server that die, hang, grow too large or never get ready, while others are asked: every request
// gets exactly one answer, the worker is replaced, nobody else notices, and the server stays ready.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countingModel, greedyModel } from '../../backends/onnx/tiny-model.ts';
import { isAlive } from '../../cli/service-runs.ts';
import { ServerProcess, ServiceFolder } from './server-process.ts';
import { modelFiles, spec } from './test-models.ts';

const MODELS = ['counting', 'hanging', 'neighbour'].map((name) => ({
  name,
  bytes: countingModel(),
  inputs: [spec('INPUT0', 'int64', null, 1)],
  outputs: [spec('OUTPUT0', 'int64', null, 1)],
  maxBatch: 4,
}));
const GREEDY = {
  ...MODELS[0],
  name: 'greedy',
  bytes: greedyModel(),
  outputs: [spec('OUTPUT0', 'float32', null, 1)],
};

/** About a microsecond each: these are some 20 ms. */
const STEPS = 20_000;
const HANGS = 1_000_000_000;
/** Of float32 values: 1.2 GB. */
const TOO_MANY = 300_000_000;

interface Answer {
  readonly status: number;
  readonly value: number | undefined;
  readonly error: string;
}

let server: ServerProcess;

beforeAll(async () => {
  const folder = new ServiceFolder(
    {
      catalogue: { files: ['models.yaml'] },
      fleet: { machines: { 'cpu-8': 1 }, workers: { counting: 1, hanging: 1, neighbour: 1, greedy: 1 } },
      service: {
        http: { port: 0 },
        grpc: 'off',
        engines: { batch_timeout: '3 s', memory_max: '600 MB' },
        variants: Object.fromEntries([...MODELS, GREEDY].map(({ name }) => [name, { workers: { least: 1 } }])),
      },
    },
    modelFiles([...MODELS, GREEDY]),
  );
  server = await ServerProcess.start(folder);
}, 60_000);
afterAll(() => server.end());

async function ask(model: string, value: number): Promise<Answer> {
  const body = JSON.stringify({ inputs: [{ name: 'INPUT0', datatype: 'INT64', shape: [1, 1], data: [value] }] });
  const answer = await fetch(`${server.url}/v2/models/${model}/infer`, { method: 'POST', body });
  const json = (await answer.json()) as { error?: string; outputs?: { data: number[] }[] };
  return { status: answer.status, value: json.outputs?.[0].data[0], error: json.error ?? '' };
}

async function isReady(): Promise<boolean> {
  return (await fetch(`${server.url}/v2/health/ready`)).status === 200;
}

/** The process of the worker that a variant has; another one than those given. */
function workerOf(variant: string, others: readonly number[] = []): Promise<number> {
  return poll(async () => (await server.pidsOf(variant)).find((pid) => !others.includes(pid)));
}

async function poll(find: () => Promise<number | undefined>): Promise<number> {
  let found: number | undefined;
  await expect.poll(async () => (found = await find()), { timeout: 20_000, interval: 5 }).toBeDefined();
  return found ?? 0;
}

describe.each([
  ['SIGKILL', 'SIGKILL'],
  ['SIGSEGV', 'SIGSEGV'],
] as const)('an engine that dies by %s while requests run', (_name, signal) => {
  test('costs no request its one right answer, and is replaced', async () => {
    const before = await workerOf('counting');
    const neighbours = Array.from({ length: 20 }, (_, at) => ask('neighbour', at));
    const asked = Array.from({ length: 30 }, (_, at) => ask('counting', STEPS + at));
    await new Promise((resolve) => setTimeout(resolve, 60));
    process.kill(before, signal);
    expect(await isReady()).toBe(true);
    const answers = await Promise.all(asked);
    // A query is tried once more, and one kill cannot cost it both tries.
    expect(answers).toEqual(asked.map((_, at) => ({ status: 200, value: STEPS + at, error: '' })));
    expect((await Promise.all(neighbours)).map(({ value }) => value)).toEqual(neighbours.map((_, at) => at));
    const after = await workerOf('counting', [before]);
    expect(isAlive(before)).toBe(false);
    expect(after).not.toBe(before);
    expect(await ask('counting', 7)).toMatchObject({ status: 200, value: 7 });
  });
});

test('an engine killed again and again answers each request at most twice, and then explicitly', async () => {
  const asked = ask('counting', 600_000);
  const killed: number[] = [];
  for (let kills = 0; kills < 2; kills += 1) {
    const pid = await workerOf('counting', killed);
    await expect
      .poll(async () => (await server.status()).service.workers.find((each) => each.pid === pid)?.running, {
        timeout: 10_000,
      })
      .toBe(1);
    process.kill(pid, 'SIGKILL');
    killed.push(pid);
  }
  expect(await asked).toMatchObject({ status: 500, error: expect.stringContaining('crashed') });
  await workerOf('counting', killed);
  expect(await ask('counting', 8)).toMatchObject({ status: 200, value: 8 });
});

test('an engine that hangs is ended when its batch takes too long, and replaced', async () => {
  const before = await workerOf('hanging');
  const hung = ask('hanging', HANGS);
  const others = Array.from({ length: 10 }, (_, at) => ask('neighbour', at));
  expect((await Promise.all(others)).every(({ status }) => status === 200)).toBe(true);
  expect(await hung).toMatchObject({ status: 504, error: 'the query took longer than the time limit' });
  await workerOf('hanging', [before]);
  expect(isAlive(before)).toBe(false);
  expect(await isReady()).toBe(true);
  expect(await ask('hanging', 9)).toMatchObject({ status: 200, value: 9 });
});

test('an engine that outgrows its memory is ended, and replaced', async () => {
  const before = await workerOf('greedy');
  expect(await ask('greedy', TOO_MANY)).toMatchObject({ status: 500, error: expect.stringContaining('crashed') });
  await workerOf('greedy', [before]);
  expect(isAlive(before)).toBe(false);
  expect(await ask('greedy', 3)).toMatchObject({ status: 200, value: 0 });
});

test('an engine killed while it loads is started anew', async () => {
  await server.call('scale', 'counting', '--replicas', '2', '--wait', '0');
  const killed = await poll(async () => {
    const { workers } = (await server.status()).service;
    return workers.find(({ variant, state }) => variant === 'counting' && state === 'loading')?.pid;
  });
  process.kill(killed, 'SIGKILL');
  await expect.poll(async () => (await server.pidsOf('counting')).length, { timeout: 20_000 }).toBe(2);
  expect(await server.pidsOf('counting')).not.toContain(killed);
  expect(isAlive(killed)).toBe(false);
  expect(await isReady()).toBe(true);
});
