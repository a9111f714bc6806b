/** How one epoch takes over from another: what goes on, what a change that fails leaves, what an end leaves. */
import { afterEach, describe, expect, test } from 'vitest';
import { definePolicy, milliseconds, seconds } from '../../../core/index.ts';
import type { LeftOut, ServedVariant, ServiceBlueprint } from '../../../live/service/index.ts';
import { Service } from '../../../live/service/index.ts';
import { blueprintOf, bundledServed, endOf, queryFor, tableServed } from './fixtures.ts';

const running: Service[] = [];

async function start(...args: Parameters<typeof blueprintOf>): Promise<Service> {
  return startOn(blueprintOf(...args));
}

async function startOn(blueprint: ServiceBlueprint, ...more: [ServedVariant[]?, ((each: LeftOut) => void)?]) {
  const service = await Service.start(blueprint, ...more);
  running.push(service);
  return service;
}

afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A model whose file is not there, with a worker that ought to be loaded. */
function broken(name: string, least = 1): ServedVariant {
  const [{ definition }] = bundledServed('fmnist-linear-fp32');
  const own = { name, architecture: `${name}-network`, useCase: { task: 'classification', dataset: name } };
  const artifact = { path: `/no/such/folder/${name}.onnx`, sha256: '0'.repeat(64), bytes: 1 };
  return {
    name,
    definition: { ...definition, ...own, artifact },
    isDefault: true,
    source: 'registered',
    workers: { least, most: Infinity },
  };
}

describe('a change of the catalogue', () => {
  test('that fails keeps the bounds that were set by hand while it was under way', async () => {
    const service = await start([tableServed('tiny', [1])]);
    const failing = service.install([broken('none')]);
    service.scale('tiny', '1', { least: 2, most: 3 });
    await expect(failing).rejects.toMatchObject({ code: 'LIVE_LOAD_FAILED' });
    expect(service.snapshot().variants).toMatchObject([{ name: 'tiny', scaling: { least: 2, most: 3 } }]);
    expect(await service.settled('tiny', '1', 5000)).toBe('settled');
  });

  test('keeps the bounds that were set by hand while it was under way, in place of those it brings', async () => {
    const service = await start([tableServed('tiny', [1]), tableServed('one', [1])]);
    const changing = service.install([{ ...tableServed('tiny', [1]), workers: { least: 1, most: 1 } }]);
    service.scale('tiny', '1', { least: 2, most: 2 });
    service.scale('one', '1', { least: 3, most: 3 });
    await changing;
    expect(await service.settled('tiny', '1', 5000)).toBe('settled');
    expect(await service.settled('one', '1', 5000)).toBe('settled');
    expect([service.workersOf('tiny', '1'), service.workersOf('one', '1')]).toEqual([2, 3]);
  });

  test('forgets the bounds of what it takes away', async () => {
    const service = await start([tableServed('tiny', [1]), tableServed('one', [1])]);
    service.scale('one', '1', { least: 1, most: 1 });
    await service.remove([{ name: 'one' }]);
    await service.install([tableServed('one', [1])]);
    expect(service.snapshot().variants.at(-1)).toMatchObject({ name: 'one', scaling: 'auto', ready: 0 });
  });

  test('tells no path of a model that does not load', async () => {
    const service = await start([tableServed('tiny', [1])]);
    const failure = await service.install([broken('none')]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ parts: { found: 'none: there is no such file' } });
  });

  test('is made although a worker of another variant does not load any more', async () => {
    const service = await startOn(blueprintOf([tableServed('tiny', [1])]), [broken('none')]);
    await service.install([tableServed('two', [1])]);
    expect(service.directory.find('two')).toBeDefined();
    expect(service.snapshot().variants[1]).toMatchObject({ name: 'none', ready: 0, lastFailure: expect.any(String) });
  });

  test('starts no more than ran before, and raises no floor', async () => {
    const scaling = { period: milliseconds(50) };
    const service = await start(
      [tableServed('tiny', [1])],
      { workers: [{ variant: 'tiny', count: 1 }] },
      { 'model-scaling': ['fixed', scaling] },
    );
    service.scale('tiny', '1', { least: 3, most: 3 });
    await service.settled('tiny', '1', 5000);
    await service.install([tableServed('two', [1])]);
    expect(service.workersOf('tiny', '1')).toBe(3);
    service.scale('tiny', '1', 'auto');
    // The policy brings back what the config says: the floor is not what ran at the change.
    await expect.poll(() => service.workersOf('tiny', '1'), { timeout: 5000 }).toBe(1);
  });

  test('costs no query that waits for a load, is in a queue, or in a batch', async () => {
    const service = await start([
      tableServed('slow', [60], {
        profile: { ...tableServed('slow', [60]).definition.profile, loadNs: milliseconds(150) },
      }),
    ]);
    const waiting = [1, 2, 3].map(() => service.infer(queryFor(service, 'slow')));
    await service.install([tableServed('two', [1])]);
    // What was loading is there after the change.
    expect(service.workersOf('slow', '1')).toBe(1);
    await service.install([tableServed('three', [1])]);
    expect((await Promise.all(waiting)).map(endOf)).toEqual(Array.from({ length: 3 }, () => 'served by slow'));
  });

  test('leaves a query that was made for the catalogue before it to the one after it', async () => {
    const service = await start([tableServed('tiny', [1]), tableServed('other', [1])]);
    const [same, gone, changed] = ['tiny', 'other', 'tiny'].map((name) => queryFor(service, name));
    await service.remove([{ name: 'other' }]);
    expect(endOf(await service.infer(same))).toBe('served by tiny');
    expect(endOf(await service.infer(gone))).toBe('rejected: no-variant');
    await service.install([
      tableServed('tiny', [1], { inputs: [{ name: 'pixels', type: 'uint8', shape: [null, 2] }] }),
    ]);
    expect(endOf(await service.infer(changed))).toBe('rejected: no-variant');
  });

  test('that takes a variant away while its workers are waited for ends the wait', async () => {
    const service = await start([tableServed('tiny', [1]), tableServed('other', [1])]);
    service.scale('other', '1', { least: 99, most: 99 });
    const waiting = service.settled('other', '1', 20_000);
    await service.remove([{ name: 'other' }]);
    expect(await waiting).toBe('failed');
  });
});

describe('a start', () => {
  test('does without the workers of a registered model that does not load, and says why', async () => {
    const service = await startOn(blueprintOf([tableServed('tiny', [1])]), [broken('none')]);
    expect(service.isReady).toBe(true);
    expect(service.snapshot().variants[1]).toMatchObject({
      name: 'none',
      ready: 0,
      lastFailure: 'none: there is no such file',
      scaling: { least: 1, most: null },
    });
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
  });

  test('does without a registered variant that does not go with the config any more', async () => {
    const inputs = [{ name: 'pixels', type: 'uint8', shape: [null, 2] }] as const;
    const odd = { ...tableServed('odd', [1], { architecture: 'tiny-network', inputs }), source: 'registered' as const };
    const good = { ...tableServed('good', [1]), source: 'registered' as const };
    const told: LeftOut[] = [];
    const service = await startOn(blueprintOf([tableServed('tiny', [1])]), [odd, good], (each) => told.push(each));
    expect(told).toMatchObject([
      { name: 'odd', version: '1', reason: expect.stringContaining('its tensors are others') },
    ]);
    expect(service.directory.find('odd')).toBeUndefined();
    expect(endOf(await service.infer(queryFor(service, 'good')))).toBe('served by good');
  });

  test('with a config that cannot be served fails, and so does one whose workers do not load', async () => {
    const { workers, ...bad } = broken('none');
    void workers;
    const config = blueprintOf([{ ...bad, source: 'config' }], { workers: [{ variant: 'none', count: 1 }] });
    await expect(Service.start(config)).rejects.toMatchObject({ code: 'LIVE_LOAD_FAILED' });
  });

  test('does without workers that bounds demand and no machine has room for', async () => {
    const crowd = { ...tableServed('tiny', [1]), workers: { least: 30, most: 30 } };
    const limits = { holdMax: 10, timeoutNs: seconds(5), workersMax: 4, machinesMax: 1, coreOvercommit: 1 };
    const service = await start([crowd], { limits, workers: [{ variant: 'tiny', count: 1 }] });
    expect(service.workersOf('tiny', '1')).toBe(4);
  });
});

describe('an end', () => {
  test('in the middle of a change ends the epoch that was about to begin, and refuses changes', async () => {
    const [linear] = bundledServed('fmnist-linear-fp32');
    const service = await start([tableServed('tiny', [1])]);
    const changes = [
      service.install([{ ...linear, workers: { least: 1, most: 1 } }]),
      service.install([tableServed('two', [1])]),
    ].map((change) =>
      change.then(
        () => 'made',
        (error: { code?: string }) => error.code,
      ),
    );
    await pause(10);
    await service.stop();
    const late = service.install([tableServed('three', [1])]).catch((error: { code?: string }) => error.code);
    expect(await Promise.all([...changes, late])).toEqual(Array.from({ length: 3 }, () => 'SERVICE_STOPPING'));
    expect(service.snapshot().workers.filter(({ pid }) => pid !== undefined)).toEqual([]);
  });

  test('does not wait for what an epoch that was replaced still has, and answers it', async () => {
    const service = await start([tableServed('slow', [20_000])]);
    const answer = service.infer(queryFor(service, 'slow'));
    await service.install([tableServed('two', [1])]);
    const startedMs = Date.now();
    await service.stop();
    expect(Date.now() - startedMs).toBeLessThan(3000);
    expect(endOf(await answer)).toBe('failed: service-failed');
  });
});

/** Fails on every query but those for which it is told not to. */
function brittle(isBroken: () => boolean) {
  return definePolicy({
    name: 'brittle',
    summary: 'Fails when it is told to.',
    source: 'the tests',
    families: ['selection'],
    options: {},
    create: () => ({
      selection: {
        select: () => {
          if (isBroken()) throw new Error('the policy is broken');
          return 0;
        },
      },
    }),
  });
}

describe('actors that fail', () => {
  test('answer all that was open, once, and observers are told of each', async () => {
    let isBroken = false;
    const service = await start([tableServed('slow', [500])], {}, { selection: [brittle(() => isBroken)] });
    const ends: string[] = [];
    service.observe({
      queryEnded: ({ ordinal, outcome, reason }) => void ends.push(`${ordinal} ${outcome}: ${reason}`),
    });
    const before = [1, 2].map(() => service.infer(queryFor(service, 'slow', { timeoutNs: seconds(10) })));
    await pause(30);
    isBroken = true;
    const last = service.infer(queryFor(service, 'slow'));
    const answers = await Promise.all([...before, last]);
    isBroken = false;
    expect(answers.map(endOf)).toEqual(Array.from({ length: 3 }, () => 'failed: service-failed'));
    expect(service.snapshot().openRequests).toBe(0);
    await expect.poll(() => service.isReady, { timeout: 5000 }).toBe(true);
    expect(ends.toSorted()).toEqual([0, 1, 2].map((ordinal) => `${ordinal} failed: service-failed`));
  });

  test('too often are left alone, which readiness and answers tell; a change brings fresh ones', async () => {
    let isBroken = true;
    const service = await start([tableServed('tiny', [1])], {}, { selection: [brittle(() => isBroken)] });
    for (let failure = 0; failure < 4; failure += 1) {
      await expect.poll(() => service.isReady, { timeout: 5000 }).toBe(true);
      expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('failed: service-failed');
    }
    await expect.poll(() => service.snapshot().state, { timeout: 5000 }).toBe('failed');
    await pause(100);
    expect(service.isReady).toBe(false);
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('failed: service-failed');
    isBroken = false;
    await service.install([tableServed('two', [1])]);
    expect(service.isReady).toBe(true);
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
  });

  test('get the workers that they had', async () => {
    let isBroken = false;
    const service = await start([tableServed('tiny', [1])], {}, { selection: [brittle(() => isBroken)] });
    await service.infer(queryFor(service, 'tiny'));
    isBroken = true;
    await service.infer(queryFor(service, 'tiny'));
    isBroken = false;
    await expect.poll(() => service.isReady, { timeout: 5000 }).toBe(true);
    expect(service.workersOf('tiny', '1')).toBe(1);
  });
});

describe('time', () => {
  test('a new epoch begins when one has lasted its period, and loses nothing', async () => {
    const service = await start([tableServed('tiny', [1])], { renewalMs: 100 });
    await service.infer(queryFor(service, 'tiny'));
    const ends: string[] = [];
    while (service.snapshot().epoch < 4) ends.push(endOf(await service.infer(queryFor(service, 'tiny'))));
    expect(new Set(ends)).toEqual(new Set(['served by tiny']));
    await service.drain(1000);
    const { epoch } = service.snapshot();
    await pause(250);
    expect(service.snapshot().epoch).toBe(epoch);
  });

  test('a client that gives more time than a timer can count is not given up at once', async () => {
    const service = await start([tableServed('slow', [50])]);
    const answer = await service.infer(queryFor(service, 'slow', { timeoutNs: 60 * 86_400 * 1e9 }));
    expect(endOf(answer)).toBe('served by slow');
  });
});
