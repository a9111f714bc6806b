/** The service: each query is answered once, the catalogue changes while it runs, nothing accepted is lost. */
import { afterEach, describe, expect, test } from 'vitest';
import type { ServiceBlueprint } from '../../../live/service/index.ts';
import { Service } from '../../../live/service/index.ts';
import { definePolicy, milliseconds, seconds } from '../../../core/index.ts';
import { blueprintOf, endOf, queryFor, tableServed } from './fixtures.ts';

const running: Service[] = [];

async function start(...args: Parameters<typeof blueprintOf>): Promise<Service> {
  const blueprint: ServiceBlueprint = blueprintOf(...args);
  const service = await Service.start(blueprint);
  running.push(service);
  return service;
}

afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

describe('a query', () => {
  test('is answered by the variant it names, with its outputs and where the time went', async () => {
    const service = await start([tableServed('tiny', [3])]);
    const answer = await service.infer(queryFor(service, 'tiny'));
    expect(endOf(answer)).toBe('served by tiny');
    if (!answer.ok) return;
    expect(answer.outputs.map(({ name, shape, bytes }) => [name, shape, bytes.length])).toEqual([
      ['logits', [1, 10], 40],
    ]);
    expect(answer.worker).toBe('tiny#1');
    const { latencyNs, loadWaitNs, queueNs, preprocessNs, inferNs, postprocessNs } = answer.timings;
    expect(inferNs).toBe(milliseconds(3));
    // A table says what it should have taken; its timer may be late.
    const lateNs = latencyNs - (loadWaitNs + queueNs + preprocessNs + inferNs + postprocessNs);
    expect(lateNs).toBeGreaterThanOrEqual(0);
    expect(lateNs).toBeLessThan(seconds(1));
  });

  test('for an architecture or a use case is answered by one of its variants', async () => {
    const service = await start([tableServed('tiny', [1])]);
    expect(endOf(await service.infer(queryFor(service, 'tiny-network')))).toBe('served by tiny');
    expect(endOf(await service.infer(queryFor(service, 'classification-tiny')))).toBe('served by tiny');
  });

  test('that nothing fits is told what would be', async () => {
    const service = await start([tableServed('tiny', [1])], {}, { selection: ['cheapest'] });
    const answer = await service.infer(queryFor(service, 'tiny-network', { accuracyPercent: 99 }));
    expect(endOf(answer)).toBe('rejected: no-variant');
    expect(answer).toMatchObject({ message: expect.stringContaining('tiny with 90 %') });
  });

  test('beyond the bound on open queries is refused at once, with when to try again', async () => {
    const service = await start([tableServed('slow', [50])], { openMax: 2 });
    const answers = await Promise.all([1, 2, 3].map(() => service.infer(queryFor(service, 'slow'))));
    expect(answers.map(endOf)).toEqual(['served by slow', 'served by slow', 'rejected: too-many-open']);
    expect(answers[2]).toMatchObject({ retryAfterS: 1 });
  });

  test('whose client leaves is cancelled, also before it was sent', async () => {
    const service = await start([tableServed('slow', [200])]);
    const leaving = new AbortController();
    const answer = service.infer(queryFor(service, 'slow', { signal: leaving.signal }));
    setTimeout(() => leaving.abort(), 20);
    expect(endOf(await answer)).toBe('cancelled: client-cancelled');
    expect(endOf(await service.infer(queryFor(service, 'slow', { signal: leaving.signal })))).toMatch(/^cancelled/);
  });

  test('whose client gives up after a time has expired', async () => {
    const service = await start([tableServed('slow', [200])]);
    const answer = await service.infer(queryFor(service, 'slow', { timeoutNs: milliseconds(20) }));
    expect(endOf(answer)).toBe('expired: timeout');
  });

  test('that takes longer than the service allows fails with a timeout', async () => {
    const limits = { holdMax: 10, timeoutNs: milliseconds(30), workersMax: 4, machinesMax: 1, coreOvercommit: 1 };
    const service = await start([tableServed('slow', [300])], { limits });
    expect(endOf(await service.infer(queryFor(service, 'slow')))).toBe('failed: timeout');
  });
});

describe('a change of the catalogue', () => {
  test('lets queries find what was installed, and not what was removed', async () => {
    const service = await start([tableServed('one', [1])]);
    await service.install([tableServed('two', [1])]);
    expect(endOf(await service.infer(queryFor(service, 'two')))).toBe('served by two');
    await service.remove([{ name: 'one' }]);
    expect(service.directory.find('one')).toBeUndefined();
    expect(service.directory.find('two')).toBeDefined();
  });

  test('loses no query that was taken before it', async () => {
    const service = await start([tableServed('slow', [150])]);
    const before = [1, 2, 3].map(() => service.infer(queryFor(service, 'slow')));
    await service.install([tableServed('two', [1])]);
    const after = service.infer(queryFor(service, 'slow'));
    expect((await Promise.all([...before, after])).map(endOf)).toEqual(
      Array.from({ length: 4 }, () => 'served by slow'),
    );
  });

  test('that cannot be carried out changes nothing', async () => {
    const service = await start([tableServed('one', [1])]);
    const other = { inputs: [{ name: 'pixels', type: 'uint8', shape: [null, 2] }] } as const;
    const alike = { architecture: 'one-network', ...other };
    await expect(service.install([tableServed('two', [1], alike)])).rejects.toThrow('its tensors are others');
    expect(service.directory.find('two')).toBeUndefined();
    expect(endOf(await service.infer(queryFor(service, 'one')))).toBe('served by one');
  });

  test('keeps the default version until another is made the default', async () => {
    const service = await start([tableServed('one', [1])]);
    const second = tableServed('one@2', [1], {
      version: '2',
      architecture: 'one-network',
      useCase: { task: 'classification', dataset: 'one' },
    });
    await service.install([{ ...second, name: 'one', isDefault: false }]);
    const entry = service.directory.find('one');
    expect(entry).toMatchObject({ version: '1', versions: ['1', '2'] });
    const named = service.directory.find('one', '2');
    if (named === undefined) throw new Error('version 2 is not found');
    const answer = await service.infer({ ...queryFor(service, 'one'), model: named });
    expect(answer).toMatchObject({ variant: 'one', version: '2' });
  });
});

describe('scaling by hand', () => {
  test('starts and drains workers, and waits until they are what was asked for', async () => {
    const service = await start([tableServed('tiny', [1])]);
    service.scale('tiny', '1', { least: 2, most: 2 });
    expect(await service.settled('tiny', '1', 5000)).toBe('settled');
    expect(service.workersOf('tiny', '1')).toBe(2);
    service.scale('tiny', '1', { least: 0, most: 0 });
    expect(await service.settled('tiny', '1', 5000)).toBe('settled');
    expect(service.workersOf('tiny', '1')).toBe(0);
  });

  test('outlives a change of the catalogue', async () => {
    const service = await start([tableServed('tiny', [1])]);
    service.scale('tiny', '1', { least: 2, most: 2 });
    await service.settled('tiny', '1', 5000);
    await service.install([tableServed('two', [1])]);
    expect(service.workersOf('tiny', '1')).toBe(2);
    expect(service.snapshot().variants[0]).toMatchObject({ name: 'tiny', scaling: { least: 2, most: 2 }, ready: 2 });
  });

  test('names the variants there are when it is asked for another', async () => {
    const service = await start([tableServed('tiny', [1])]);
    expect(() => service.scale('other', '1', 'auto')).toThrow('there is no such variant');
  });
});

describe('stopping', () => {
  test('answers everything that was accepted, and refuses the rest', async () => {
    const service = await start([tableServed('slow', [50])]);
    const accepted = [1, 2, 3].map(() => service.infer(queryFor(service, 'slow')));
    const drained = service.drain(5000);
    expect(endOf(await service.infer(queryFor(service, 'slow')))).toBe('rejected: stopping');
    expect(await drained).toBe(0);
    expect((await Promise.all(accepted)).map(endOf)).toEqual(Array.from({ length: 3 }, () => 'served by slow'));
  });
});

describe('a policy that fails', () => {
  test('costs the queries it had; the service goes on with fresh policies', async () => {
    let calls = 0;
    const brittle = definePolicy({
      name: 'brittle',
      summary: 'Fails on its second query.',
      source: 'the tests',
      families: ['selection'],
      options: {},
      create: () => ({
        selection: {
          select: () => {
            calls += 1;
            if (calls === 2) throw new Error('the policy is broken');
            return 0;
          },
        },
      }),
    });
    const service = await start([tableServed('tiny', [1])], {}, { selection: [brittle] });
    const failures: string[] = [];
    service.observe({ failed: (error) => void failures.push(error?.message ?? '') });
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('failed: service-failed');
    await expect.poll(() => service.isReady, { timeout: 5000 }).toBe(true);
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
    expect(failures).toEqual(['the policy is broken']);
  });
});

describe('observers', () => {
  test('are told of each query and batch once', async () => {
    const service = await start(
      [tableServed('tiny', [1, 2])],
      {},
      { batching: ['fixed', { maxBatch: 2, maxDelay: seconds(1) }] },
    );
    const queries: string[] = [];
    const batches: number[] = [];
    service.observe({
      queryEnded: ({ outcome, batchInputs }) => void queries.push(`${outcome} ${batchInputs}`),
      batchEnded: ({ inputs }) => void batches.push(inputs),
    });
    await Promise.all([service.infer(queryFor(service, 'tiny')), service.infer(queryFor(service, 'tiny'))]);
    // They are told when the answers are on their way.
    await new Promise(setImmediate);
    expect(queries).toEqual(['served 2', 'served 2']);
    expect(batches).toEqual([2]);
    expect(service.snapshot()).toMatchObject({
      state: 'ready',
      openRequests: 0,
      workers: [{ label: 'tiny#1', batches: 1 }],
    });
  });
});
