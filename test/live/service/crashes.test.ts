/** What observers are told of engines that die: who, of what, and that their queries were tried once more. */
import { expect, onTestFinished, test } from 'vitest';
import { seconds } from '../../../core/index.ts';
import type { WorkerCrash } from '../../../live/service/index.ts';
import { Service } from '../../../live/service/index.ts';
import { blueprintOf, bundledServed, endOf, queryFor } from './fixtures.ts';

const TIMEOUT = { timeout: 60_000 };
const NAME = 'fmnist-linear-fp32';
const IMAGE = { name: 'input', type: 'float32', shape: [1, 1, 28, 28], bytes: new Uint8Array(4 * 28 * 28) } as const;

async function watched(workers: number): Promise<{
  readonly service: Service;
  readonly crashes: WorkerCrash[];
  readonly retries: string[];
}> {
  const limits = { loadTimeoutNs: seconds(60), batchTimeoutNs: seconds(60), memoryMaxBytes: 4e9 };
  const [variant] = bundledServed(NAME);
  const initial = workers === 0 ? [] : [{ variant: NAME, count: workers }];
  const service = await Service.start(blueprintOf([variant], { engines: limits, workers: initial }));
  onTestFinished(() => service.stop());
  const [crashes, retries]: [WorkerCrash[], string[]] = [[], []];
  service.observe({
    crashed: (crash) => crashes.push(crash),
    retried: (name, version) => retries.push(`${name} ${version}`),
  });
  return { service, crashes, retries };
}

test(
  'an engine that is killed under a query is told with its signal, and the query is tried again',
  TIMEOUT,
  async () => {
    const { service, crashes, retries } = await watched(1);
    const [{ pid = 0, label }] = service.snapshot().workers;
    process.kill(pid, 'SIGSTOP');
    const answer = service.infer(queryFor(service, NAME, { tensors: [IMAGE] }));
    await expect.poll(() => service.snapshot().workers[0]?.running, { timeout: 20_000 }).toBe(1);
    process.kill(pid, 'SIGKILL');
    expect(endOf(await answer)).toBe(`served by ${NAME}`);
    expect(retries).toEqual([`${NAME} 1`]);
    const who = { variant: NAME, version: '1', worker: label };
    expect(crashes).toEqual([
      { ...who, cause: 'crashed', signal: 'SIGKILL', detail: 'the engine process ended by SIGKILL' },
    ]);
  },
);

test('a worker that is drained is no crash', TIMEOUT, async () => {
  const { service, crashes } = await watched(1);
  service.scale(NAME, '1', { least: 0, most: 0 });
  await expect.poll(() => service.snapshot().workers, { timeout: 20_000 }).toEqual([]);
  expect(crashes).toEqual([]);
});
