// A whole server whose actors fail: a policy that throws, and the thread that wakes them. What is open gets an explicit
// answer, the actors are started anew, and a server that cannot go on says so and still answers.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countingModel } from '../../backends/onnx/tiny-model.ts';
import { isAlive } from '../../cli/service-runs.ts';
import { ServerProcess, ServiceFolder } from './server-process.ts';
import { modelFiles, spec } from './test-models.ts';

const COUNTING = {
  name: 'counting',
  bytes: countingModel(),
  inputs: [spec('INPUT0', 'int64', null, 1)],
  outputs: [spec('OUTPUT0', 'int64', null, 1)],
  maxBatch: 1,
};
/** About a microsecond each. */
const STEPS = 1_000_000;
/** The accuracy that the policy cannot bear. */
const POISON = 13;

const POLICY = `
export const policy = {
  name: 'poisonable', summary: 'Throws at one accuracy.', source: 'a test', families: ['admission'], options: {},
  create: ({ requests }) => ({
    admission: {
      admit(slot) {
        if (requests.accuracyPercent[slot] === ${POISON}) throw new Error('secret: the policy is poisoned');
        return 0;
      },
    },
  }),
};
`;

/** Breaks the alarm's thread, which alone has a due time, when the file is there; the next thread finds it gone. */
const FUSE = `
const { isMainThread, workerData } = require('node:worker_threads');
const { existsSync, unlinkSync } = require('node:fs');
if (!isMainThread && workerData?.dueNs !== undefined) {
  const { wait } = Atomics;
  Atomics.wait = (memory, index, value, ms = 20) => {
    const woken = wait.call(Atomics, memory, index, value, Math.min(ms, 20));
    if (existsSync(process.env.REHEARSE_TEST_FUSE)) {
      unlinkSync(process.env.REHEARSE_TEST_FUSE);
      throw new Error('the thread fails');
    }
    return woken;
  };
}
`;

let server: ServerProcess;
let fuse: string;

beforeAll(async () => {
  const folder = new ServiceFolder(
    {
      catalogue: { files: ['models.yaml'] },
      fleet: { machines: { 'cpu-8': 1 }, workers: { counting: 1 } },
      policies: [{ name: 'own', admission: { module: './poisonable.mjs' } }],
      service: { http: { port: 0 }, grpc: 'off', variants: { counting: { workers: { least: 1 } } } },
    },
    { ...modelFiles([COUNTING]), 'poisonable.mjs': POLICY, 'fuse.cjs': FUSE },
  );
  fuse = join(folder.path, 'burn');
  const env = { NODE_OPTIONS: `--require ${join(folder.path, 'fuse.cjs')}`, REHEARSE_TEST_FUSE: fuse };
  server = await ServerProcess.start(folder, env);
}, 60_000);
afterAll(() => server.end());

interface Answer {
  readonly status: number;
  readonly value: number | undefined;
  readonly error: string;
}

async function ask(value: number, parameters: object = {}): Promise<Answer> {
  const inputs = [{ name: 'INPUT0', datatype: 'INT64', shape: [1, 1], data: [value] }];
  const body = JSON.stringify({ inputs, parameters });
  const answer = await fetch(`${server.url}/v2/models/counting/infer`, { method: 'POST', body });
  const json = (await answer.json()) as { error?: string; outputs?: { data: number[] }[] };
  return { status: answer.status, value: json.outputs?.[0].data[0], error: json.error ?? '' };
}

const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/v2/health/ready`)).status === 200;
const epoch = async (): Promise<number> => (await server.status()).service.epoch;

/** Breaks the actors while a request runs and two wait. */
async function breakWhileBusy(work: () => Promise<unknown>): Promise<void> {
  const [before] = await server.pidsOf('counting');
  const begun = await epoch();
  const asked = [1, 2, 3].map((value) => ask(STEPS + value));
  await expect.poll(async () => (await server.status()).service.openRequests, { timeout: 10_000 }).toBe(3);
  await work();
  for (const answer of await Promise.all(asked)) {
    expect(answer).toMatchObject({ status: 503, error: 'the service failed and is starting anew' });
  }
  await expect.poll(epoch, { timeout: 20_000 }).toBe(begun + 1);
  expect(await isReady()).toBe(true);
  expect(await ask(5)).toMatchObject({ status: 200, value: 5 });
  await expect.poll(() => isAlive(before), { timeout: 10_000 }).toBe(false);
}

test('a policy that throws costs what is open an explicit answer, and a new epoch begins', async () => {
  await breakWhileBusy(async () => {
    expect(await ask(1, { accuracy_percent: POISON })).toMatchObject({
      status: 503,
      error: expect.not.stringContaining('secret'),
    });
  });
});

test('so does the thread that wakes the actors', async () => {
  await breakWhileBusy(async () => {
    server.folder.write('burn', '');
    await expect.poll(() => existsSync(fuse), { timeout: 10_000 }).toBe(false);
  });
});

test('a service that fails again and again gives up, says that it is not ready, and is still alive', async () => {
  const before = await epoch();
  await ask(1, { accuracy_percent: POISON });
  await expect.poll(epoch, { timeout: 20_000 }).toBe(before + 1);
  await ask(1, { accuracy_percent: POISON });
  await expect.poll(isReady, { timeout: 10_000 }).toBe(false);
  expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200);
  expect(await ask(5)).toMatchObject({ status: 503 });
  expect((await server.status()).service.state).toBe('failed');
});
