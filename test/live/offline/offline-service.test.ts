/** Offline jobs on a whole service and a real model: right answers, and nothing lost when the ground moves. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobRecord } from '../../../live/offline/index.ts';
import { inferPayloads } from '../../../live/payloads/index.ts';
import { NEVER, definePolicy } from '../../../core/index.ts';
import { readFileSync } from 'node:fs';
import { queryFor, tableServed } from '../service/fixtures.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { LINEAR, handlers, inodesIn, outputsIn, pictureName, requestIn, writePictures } from './fixtures.ts';
import { startOfflineService } from './offline-service.ts';
import type { OfflineService } from './offline-service.ts';

async function started(folder: string, ...rest: [Parameters<typeof startOfflineService>[1]?]): Promise<OfflineService> {
  const running = await startOfflineService(folder, ...rest);
  onTestFinished(() => running.stop());
  return running;
}

async function picturesIn(count: number): Promise<string> {
  const folder = temporaryFolder();
  await writePictures(join(folder, 'in'), count);
  return folder;
}

function submit({ jobs, service }: OfflineService, folder: string): Promise<JobRecord> {
  return jobs.submit(requestIn(folder), service.directory);
}

async function until({ jobs }: OfflineService, id: string, isSo: (job: JobRecord) => boolean): Promise<JobRecord> {
  await expect.poll(() => isSo(jobs.show(id, 1).job), { timeout: 20_000, interval: 20 }).toBe(true);
  return jobs.show(id, 1).job;
}

const hasEnded = ({ endedMs }: JobRecord): boolean => endedMs !== undefined;

/** What the service answers to each picture when it is asked online. */
async function onlineLabels({ service }: OfflineService, folder: string, count: number): Promise<string[]> {
  const labels: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const bytes = readFileSync(join(folder, 'in', pictureName(at)));
    const { model } = queryFor(service, LINEAR);
    const wish = { application: 'default', model, latencyNs: NEVER, accuracyPercent: 0, top: 1 };
    const payloads = [{ name: '', contentType: 'image/png', bytes }];
    const result = await inferPayloads({ service, handlers: handlers() }, { ...wish, payloads });
    if (!('answers' in result) || result.answers[0].kind !== 'classification') throw new Error('no classification');
    labels.push(result.answers[0].top[0].label);
  }
  return labels;
}

function offlineLabels(folder: string, count: number): (string | undefined)[] {
  const outputs = outputsIn(join(folder, 'out'));
  return Array.from({ length: count }, (_, at) => outputs.get(pictureName(at))?.answer.label);
}

describe('a job on a service', () => {
  test('answers as the service does online', async () => {
    const folder = await picturesIn(30);
    const running = await started(folder);
    const { id } = await submit(running, folder);
    expect(await until(running, id, hasEnded)).toMatchObject({ state: 'done', done: 30 });
    expect(offlineLabels(folder, 30)).toEqual(await onlineLabels(running, folder, 30));
  });

  test('tries the batch again whose worker was killed, and nothing else', async () => {
    const folder = await picturesIn(400);
    const running = await started(folder);
    const { id } = await submit(running, folder);
    await until(running, id, ({ done }) => done >= 20);
    const before = inodesIn(join(folder, 'out'));
    const [pid] = running.service.snapshot().workers.flatMap((worker) => worker.pid ?? []);
    process.kill(pid, 'SIGKILL');
    expect(await until(running, id, hasEnded)).toMatchObject({ state: 'done', done: 400 });
    const after = inodesIn(join(folder, 'out'));
    expect([...before].filter(([name, inode]) => after.get(name) !== inode)).toEqual([]);
    const again = running.store.get('SELECT count(*) AS n FROM job_items WHERE attempts > 1')?.['n'];
    expect(again).toBeLessThanOrEqual(4);
  });

  test('is carried on by the epoch that follows a change of the catalogue', async () => {
    const folder = await picturesIn(300);
    const running = await started(folder);
    const { id } = await submit(running, folder);
    await until(running, id, ({ done }) => done >= 20);
    await running.service.install([tableServed('other', [1])]);
    await until(running, id, ({ done }) => done >= 60);
    await running.service.remove([{ name: 'other' }]);
    expect(await until(running, id, hasEnded)).toMatchObject({ state: 'done', done: 300 });
    const attempts = running.store.get('SELECT max(attempts) AS most FROM job_items');
    expect(attempts).toEqual({ most: 1 });
  });

  test('whose model is removed fails for what is not done', async () => {
    const folder = await picturesIn(200);
    const running = await started(folder);
    const { id } = await submit(running, folder);
    await until(running, id, ({ done }) => done >= 4);
    await running.service.install([tableServed('other', [1])]);
    await running.service.remove([{ name: LINEAR }]);
    const job = await until(running, id, hasEnded);
    expect(job).toMatchObject({ state: 'failed', reason: 'no variant of linear runs on cpu' });
    expect(job.done + job.failed).toBe(200);
  });

  test('outlives actors that fail', async () => {
    const brittle = definePolicy({
      name: 'brittle',
      summary: 'Fails on every query.',
      source: 'the tests',
      families: ['selection'],
      options: {},
      create: () => ({
        selection: {
          select: () => {
            throw new Error('the policy is broken');
          },
        },
      }),
    });
    const folder = await picturesIn(200);
    const running = await started(folder, { policies: { selection: [brittle] } });
    const { id } = await submit(running, folder);
    await until(running, id, ({ done }) => done >= 4);
    await running.service.infer(queryFor(running.service, LINEAR));
    expect(await until(running, id, hasEnded)).toMatchObject({ state: 'done', done: 200 });
  });

  test('is left to the next server when the service stops, its running batch finished', async () => {
    const folder = await picturesIn(300);
    const first = await started(folder);
    const { id } = await submit(first, folder);
    await until(first, id, ({ done }) => done >= 20);
    await first.stop();
    const before = inodesIn(join(folder, 'out'));
    expect(before.size % 4).toBe(0);
    const second = await started(folder);
    expect(second.jobs.show(id, 1).job).toMatchObject({ state: 'running', done: before.size });
    expect(await until(second, id, hasEnded)).toMatchObject({ state: 'done', done: 300 });
    const after = inodesIn(join(folder, 'out'));
    expect([...before].every(([name, inode]) => after.get(name) === inode)).toBe(true);
  });

  test('comes after the job that was sent before it', async () => {
    const folder = await picturesIn(40);
    const running = await started(folder);
    const first = await submit(running, folder);
    const second = await running.jobs.submit(
      requestIn(folder, { output: join(folder, 'out2') }),
      running.service.directory,
    );
    const ended = await until(running, second.id, hasEnded);
    const { endedMs = NaN } = running.jobs.show(first.id, 1).job;
    expect(ended.startedMs).toBeGreaterThanOrEqual(endedMs - 150);
  });

  test('waits while the machine is busy with queries, and goes on afterwards', async () => {
    const folder = await picturesIn(2000);
    const busy = tableServed('busy', [50], { resources: { cores: 4, memoryBytes: 1, accelerators: 0 } });
    const running = await started(folder, { options: { throttle: { utilisation: 0.4, flagged: true } } });
    await running.service.install([busy]);
    const { id } = await submit(running, folder);
    const loading = new AbortController();
    const load = (async () => {
      while (!loading.signal.aborted) await running.service.infer(queryFor(running.service, 'busy'));
    })();
    // The load of machines is sampled every 2.5 s.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const { done: before, total } = running.jobs.show(id, 1).job;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const paused = running.jobs.show(id, 1).job.done;
    loading.abort();
    await load;
    expect(before).toBeLessThan(total);
    expect(paused).toBe(before);
    await until(running, id, ({ done }) => done > paused);
  }, 60_000);
});
