/** The keeper by itself: what it accepts, how jobs end, what an epoch and a server leave to the next. */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobRecord } from '../../../live/offline/index.ts';
import type { OfflineFiles } from '../../../live/service/index.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { inodesIn, outputsIn, pictureName, requestIn, writePictures } from './fixtures.ts';
import { openJobs } from './open-jobs.ts';
import type { KeptJobs } from './open-jobs.ts';
import { StandInActors } from './stand-in-actors.ts';

interface Scene extends KeptJobs {
  readonly folder: string;
  readonly actors: StandInActors;
  readonly files: OfflineFiles;
  readonly job: JobRecord;
}

/** A folder with pictures and a job for them that nobody has begun. */
async function submitted(pictures: number, changes: Parameters<typeof openJobs>[1] = {}): Promise<Scene> {
  const folder = temporaryFolder();
  await writePictures(join(folder, 'in'), pictures);
  const kept = openJobs(folder, changes);
  const { actors, files } = epoch(kept);
  const job = await kept.jobs.submit(requestIn(folder), actors.directory);
  return { folder, actors, files, job, ...kept };
}

function epoch({ begin }: Pick<KeptJobs, 'begin'>): Pick<Scene, 'actors' | 'files'> {
  const actors = new StandInActors();
  return { actors, files: begin(actors) };
}

/** Ends the keeper, then opens another on the same folder. */
async function restarted({ folder, close }: Pick<Scene, 'folder' | 'close'>): Promise<KeptJobs> {
  await close();
  return openJobs(folder);
}

function ended({ jobs, job }: Pick<Scene, 'jobs' | 'job'>): Promise<JobRecord> {
  return expect
    .poll(() => jobs.show(job.id, 1).job.endedMs, { timeout: 5000 })
    .toBeDefined()
    .then(() => jobs.show(job.id, 1).job);
}

describe('a job', () => {
  test('writes an answer for each file, by the name of the file', async () => {
    const scene = await submitted(6);
    await scene.actors.all(scene.files);
    expect(await ended(scene)).toMatchObject({ state: 'done', reason: '', total: 6, done: 6, failed: 0 });
    const outputs = outputsIn(join(scene.folder, 'out'));
    expect([...outputs.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5].map(pictureName));
    const { job, model, variant, version, answer } = outputs.get(pictureName(3)) ?? {};
    expect({ job, model, variant, version }).toEqual({
      job: scene.job.id,
      model: 'linear',
      variant: 'fmnist-linear-fp32',
      version: '1',
    });
    expect(answer).toMatchObject({ index: expect.any(Number), label: expect.any(String) });
    expect(scene.actors.added).toEqual(['linear: 6 by 4']);
  });

  test('is queued, then running, then done, and says when', async () => {
    const scene = await submitted(6);
    expect(scene.jobs.list(10)).toMatchObject([{ state: 'queued', startedMs: undefined, endedMs: undefined }]);
    await scene.actors.batch(scene.files);
    expect(scene.jobs.list(10)).toMatchObject([{ state: 'running', done: 4, startedMs: expect.any(Number) }]);
    await scene.actors.all(scene.files);
    expect((await ended(scene)).state).toBe('done');
  });

  test('whose file is no picture loses that file alone, and tells why', async () => {
    const folder = temporaryFolder();
    await writePictures(join(folder, 'in'), 4);
    writeFileSync(join(folder, 'in', 'notes.txt'), 'no picture');
    writeFileSync(join(folder, 'in', 'cut.png'), readFileSync(join(folder, 'in', pictureName(0))).subarray(0, 100));
    symlinkSync('/etc/passwd', join(folder, 'in', 'link.png'));
    mkdirSync(join(folder, 'in', 'inner'));
    const kept = openJobs(folder);
    const { actors, files } = epoch(kept);
    const job = await kept.jobs.submit(requestIn(folder), actors.directory);
    await actors.all(files);
    expect(await ended({ ...kept, job })).toMatchObject({ state: 'failed', reason: '3 of 7 files failed', done: 4 });
    const { failures } = kept.jobs.show(job.id, 10);
    expect(Object.fromEntries(failures.map(({ file, reason }) => [file, reason]))).toEqual({
      'notes.txt': 'the payload is no image; found 10 bytes of something else; expected a JPEG, PNG, WebP or GIF image',
      'cut.png': 'the image cannot be decoded; found a damaged or unusual PNG file; expected a whole image',
      'link.png': 'it is a link, and links are not followed',
    });
    expect(readdirSync(join(folder, 'out'))).toHaveLength(4);
  });

  test('whose model crashes on a batch tries its files alone before it gives them up', async () => {
    const scene = await submitted(4, { attemptsMax: 2 });
    await scene.actors.batch(scene.files, 'crash');
    await scene.actors.batch(scene.files, 'crash');
    await expect.poll(() => scene.actors.added, { timeout: 5000 }).toEqual(['linear: 4 by 4', 'linear: 4 by 1']);
    for (let time = 0; time < 2; time += 1) await scene.actors.batch(scene.files, 'crash');
    await scene.actors.all(scene.files);
    expect(await ended(scene)).toMatchObject({ state: 'failed', done: 3, failed: 1, reason: '1 of 4 files failed' });
    const [failure] = scene.jobs.show(scene.job.id, 10).failures;
    expect(failure).toMatchObject({ attempts: 4, reason: 'it could not be run: worker-crashed' });
  });

  test('that the actors refuse fails as a whole, with their reason', async () => {
    const folder = temporaryFolder();
    await writePictures(join(folder, 'in'), 3);
    const kept = openJobs(folder);
    const { actors } = epoch(kept);
    actors.refusal = 'no machine type has room';
    const job = await kept.jobs.submit(requestIn(folder), actors.directory);
    expect(await ended({ ...kept, job })).toMatchObject({ state: 'failed', reason: actors.refusal, failed: 3 });
    expect(kept.jobs.show(job.id, 1).failures).toMatchObject([{ attempts: 0, reason: actors.refusal }]);
  });

  test('whose model cannot be loaded is given up after sixty loads', async () => {
    const scene = await submitted(3);
    scene.actors.loads = { count: 5, detail: 'no memory' };
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(scene.jobs.list(1)).toMatchObject([{ state: 'queued' }]);
    scene.actors.loads = { count: 65, detail: 'no memory' };
    expect(await ended(scene)).toMatchObject({ state: 'failed', reason: 'its model cannot be loaded: no memory' });
  });

  test('replaces answers of other jobs, and nothing else', async () => {
    const scene = await submitted(2);
    await scene.actors.all(scene.files);
    await ended(scene);
    writeFileSync(join(scene.folder, 'out', `${pictureName(0)}.json`), '{"mine":1}');
    const job = await scene.jobs.submit(requestIn(scene.folder), scene.actors.directory);
    await scene.actors.all(scene.files);
    expect(await ended({ ...scene, job })).toMatchObject({ done: 1, failed: 1 });
    expect(readFileSync(join(scene.folder, 'out', `${pictureName(0)}.json`), 'utf8')).toBe('{"mine":1}');
    expect(outputsIn(join(scene.folder, 'out')).get(pictureName(1))?.job).toBe(job.id);
    expect(scene.jobs.show(job.id, 1).failures[0].reason).toContain(`there is another ${pictureName(0)}.json`);
  });
});

describe('cancelling', () => {
  test('ends what waits, keeps what is done, and can be said twice', async () => {
    const scene = await submitted(10);
    await scene.actors.batch(scene.files);
    expect(await scene.jobs.cancel(scene.job.id)).toMatchObject({ state: 'cancelled' });
    expect(await ended(scene)).toMatchObject({ state: 'cancelled', done: 4, cancelled: 6, failed: 0 });
    expect(await scene.jobs.cancel(scene.job.id)).toMatchObject({ state: 'cancelled' });
    expect(readdirSync(join(scene.folder, 'out'))).toHaveLength(4);
  });

  test('lets the batch that runs finish', async () => {
    const scene = await submitted(10);
    const numbers = [0, 1, 2, 3];
    await scene.files.prepare(numbers, 'fmnist-linear-fp32');
    await scene.jobs.cancel(scene.job.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(scene.jobs.list(1)).toMatchObject([{ state: 'cancelled', endedMs: undefined }]);
    await scene.files.commit(
      numbers,
      numbers.map(() => logits()),
      'fmnist-linear-fp32',
    );
    expect(await ended(scene)).toMatchObject({ done: 4, cancelled: 6 });
  });

  test('is refused for a job that has ended and for one that never was', async () => {
    const scene = await submitted(1);
    await scene.actors.all(scene.files);
    await ended(scene);
    await expect(scene.jobs.cancel(scene.job.id)).rejects.toThrow(
      'the job has ended and cannot be cancelled; found a job that is done',
    );
    await expect(scene.jobs.cancel('0123456789ab')).rejects.toThrow('there is no such offline job');
  });
});

describe('the end of an epoch', () => {
  test('leaves the next one what is not done', async () => {
    const scene = await submitted(10);
    await scene.actors.batch(scene.files);
    const next = epoch(scene);
    expect(next.actors.added).toEqual([]);
    await scene.files.end();
    await expect.poll(() => next.actors.added).toEqual(['linear: 6 by 4']);
    const before = inodesIn(join(scene.folder, 'out'));
    await next.actors.all(next.files);
    expect(await ended(scene)).toMatchObject({ state: 'done', done: 10 });
    const after = inodesIn(join(scene.folder, 'out'));
    expect([...before].every(([name, inode]) => after.get(name) === inode)).toBe(true);
  });

  test('waits for the batch that runs, and begins no other', async () => {
    const scene = await submitted(10);
    const numbers = [0, 1, 2, 3];
    await scene.files.prepare(numbers, 'fmnist-linear-fp32');
    let isOver = false;
    const over = scene.files.end().then(() => (isOver = true));
    expect(await scene.files.prepare([4, 5], 'fmnist-linear-fp32')).toEqual([undefined, undefined]);
    expect(isOver).toBe(false);
    await scene.files.commit(
      numbers,
      numbers.map(() => logits()),
      'fmnist-linear-fp32',
    );
    await over;
    expect(scene.jobs.list(1)).toMatchObject([{ done: 4, state: 'running' }]);
  });

  test('drops answers that come too late: the next one makes them again', async () => {
    const scene = await submitted(4, { finishMs: 50 });
    const numbers = [0, 1, 2, 3];
    await scene.files.prepare(numbers, 'fmnist-linear-fp32');
    await scene.files.end();
    await scene.files.commit(
      numbers,
      numbers.map(() => logits()),
      'fmnist-linear-fp32',
    );
    expect(readdirSync(join(scene.folder, 'out'))).toEqual([]);
    const next = epoch(scene);
    await expect.poll(() => next.actors.added).toEqual(['linear: 4 by 4']);
  });

  test('that never began costs nobody the jobs', async () => {
    const scene = await submitted(4);
    const failed = epoch(scene);
    await failed.files.end();
    await scene.actors.all(scene.files);
    expect(await ended(scene)).toMatchObject({ state: 'done' });
    expect(failed.actors.added).toEqual([]);
  });
});

describe('a restart', () => {
  test('goes on with what is not done, jobs in their order', async () => {
    const scene = await submitted(10);
    await writePictures(join(scene.folder, 'in2'), 3);
    const second = requestIn(scene.folder, { input: join(scene.folder, 'in2'), output: join(scene.folder, 'out2') });
    const { id } = await scene.jobs.submit(second, scene.actors.directory);
    await scene.actors.batch(scene.files);
    const again = await restarted(scene);
    const { actors, files } = epoch(again);
    await expect.poll(() => actors.added).toEqual(['linear: 6 by 4', 'linear: 3 by 4']);
    await actors.all(files);
    expect(await ended({ ...again, job: scene.job })).toMatchObject({ state: 'done', done: 10 });
    expect(await ended({ ...again, job: { ...scene.job, id } })).toMatchObject({ state: 'done', done: 3 });
  });

  test('takes an answer that lies there as done, though that was not noted', async () => {
    const scene = await submitted(3);
    await scene.actors.all(scene.files);
    await ended(scene);
    // As if the server had been killed between the writing of the answers and the noting.
    scene.store.run('UPDATE job_items SET state = ?, output = NULL', ['waiting']);
    scene.store.run('UPDATE jobs SET state = ?, done = 0, ended_ms = NULL', ['running']);
    const before = inodesIn(join(scene.folder, 'out'));
    const again = await restarted(scene);
    const { actors, files } = epoch(again);
    await expect.poll(() => actors.added).toEqual(['linear: 3 by 4']);
    expect(await actors.batch(files)).toEqual([]);
    expect(await ended({ ...again, job: scene.job })).toMatchObject({ state: 'done', done: 3 });
    expect(inodesIn(join(scene.folder, 'out'))).toEqual(before);
  });

  test('removes what was half written, and jobs that were never accepted', async () => {
    const scene = await submitted(3);
    await scene.files.end();
    const half = join(scene.folder, 'out', `.rehearse-${scene.job.id}-1.tmp`);
    writeFileSync(half, '{"job":');
    const columns = 'id, application, input, output, architecture, variant, batch, attempts_max, state, created_ms';
    scene.store.run(`INSERT INTO jobs (${columns}) VALUES ('cut', 'a', 'i', 'o', 'a', '', 4, 3, 'queued', 1)`);
    scene.store.run(`INSERT INTO job_items (job, number, file) SELECT ordinal, 0, 'x' FROM jobs WHERE id = 'cut'`);
    const again = await restarted(scene);
    const { actors } = epoch(again);
    await expect.poll(() => actors.added).toEqual(['linear: 3 by 4']);
    expect(readdirSync(join(scene.folder, 'out'))).toEqual([]);
    expect(again.store.all('SELECT id FROM jobs')).toEqual([{ id: scene.job.id }]);
    expect(again.store.get('SELECT count(*) AS n FROM job_items')).toEqual({ n: 3 });
  });

  test('ends a job that was cancelled just before', async () => {
    const scene = await submitted(10);
    await scene.actors.batch(scene.files);
    scene.jobs.list(1);
    scene.store.run('UPDATE jobs SET state = ?', ['cancelled']);
    const again = await restarted(scene);
    const { actors } = epoch(again);
    expect(await ended({ ...again, job: scene.job })).toMatchObject({ state: 'cancelled', done: 4, cancelled: 6 });
    expect(actors.added).toEqual([]);
  });
});

describe('an output folder that cannot be written', () => {
  test('fails the job when it stays so, and tells why', async () => {
    const scene = await submitted(8, { attemptsMax: 2 });
    await scene.actors.batch(scene.files);
    renameSync(join(scene.folder, 'out'), join(scene.folder, 'kept'));
    writeFileSync(join(scene.folder, 'out'), 'a file');
    await scene.actors.batch(scene.files);
    await scene.actors.batch(scene.files);
    expect(await ended(scene)).toMatchObject({
      state: 'failed',
      done: 4,
      failed: 4,
      reason: 'the output folder cannot be written: it is not there any more, or something else is',
    });
    expect(readFileSync(join(scene.folder, 'out'), 'utf8')).toBe('a file');
  });

  test('costs nothing when it is mended in time', async () => {
    const scene = await submitted(4);
    renameSync(join(scene.folder, 'out'), join(scene.folder, 'kept'));
    await scene.actors.batch(scene.files);
    renameSync(join(scene.folder, 'kept'), join(scene.folder, 'out'));
    await scene.actors.all(scene.files);
    expect(await ended(scene)).toMatchObject({ state: 'done', done: 4 });
  });

  test('is not written through a link that was put in its place', async () => {
    const scene = await submitted(4, { attemptsMax: 1 });
    rmSync(join(scene.folder, 'out'), { recursive: true });
    mkdirSync(join(scene.folder, 'elsewhere'));
    symlinkSync(join(scene.folder, 'elsewhere'), join(scene.folder, 'out'));
    await scene.actors.all(scene.files);
    expect(await ended(scene)).toMatchObject({ state: 'failed', done: 0 });
    expect(readdirSync(join(scene.folder, 'elsewhere'))).toEqual([]);
  });
});

describe('a big job', () => {
  test('is accepted without keeping the server waiting', async () => {
    const folder = temporaryFolder();
    await writePictures(join(folder, 'in'), 1);
    for (let at = 1; at < 20_000; at += 1) {
      linkSync(join(folder, 'in', pictureName(0)), join(folder, 'in', `${at}-copy.png`));
    }
    const kept = openJobs(folder);
    const { actors } = epoch(kept);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const job = await kept.jobs.submit(requestIn(folder), actors.directory);
    isOver = true;
    expect(job.total).toBe(20_000);
    expect(actors.added).toEqual(['linear: 20000 by 4']);
    // In one transaction it would be a second; a step of 500 files is some milliseconds.
    expect(turns).toBeGreaterThan(20_000 / 500);
  });

  test('keeps as many jobs as it was told after they have ended', async () => {
    const scene = await submitted(1, { endedKept: 2 });
    await scene.actors.all(scene.files);
    await ended(scene);
    for (let more = 0; more < 3; more += 1) {
      const job = await scene.jobs.submit(requestIn(scene.folder), scene.actors.directory);
      await scene.actors.all(scene.files);
      await ended({ ...scene, job });
    }
    await expect.poll(() => scene.jobs.list(10).length).toBe(2);
    expect(scene.store.get('SELECT count(*) AS n FROM job_items')).toEqual({ n: 2 });
  });
});

function logits(): [{ name: string; type: 'float32'; shape: number[]; bytes: Uint8Array }] {
  return [{ name: 'logits', type: 'float32', shape: [1, 10], bytes: new Uint8Array(40) }];
}
