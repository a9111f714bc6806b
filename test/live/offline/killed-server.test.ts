/** The promise of offline jobs: a server may be killed at any moment, and each file is done and written once. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Stream } from '../../../core/index.ts';
import { openStore } from '../../../live/store/index.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { inodesIn, outputsIn, pictureName, writePictures } from './fixtures.ts';
import { startOfflineService } from './offline-service.ts';
import { requestIn, trueLabels } from './fixtures.ts';

const PROGRAM = fileURLToPath(new URL('jobs-server-process.ts', import.meta.url));
const PICTURES = 600;
const KILLS = 6;

/** Starts a server; it has said that it is ready. */
async function serve(folder: string, ...outputs: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder, ...outputs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await said(child, 'ready');
  return child;
}

function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => {
      if (text.toString().includes(word)) resolve();
    });
    child.once('exit', (code, signal) => reject(new Error(`the server ended with ${code ?? signal}`)));
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

test('a server that is killed again and again does each file of its jobs once', async () => {
  const folder = temporaryFolder();
  await writePictures(join(folder, 'in'), PICTURES);
  const seed = String(Date.now());
  process.stdout.write(`moments of the kills by seed ${seed}\n`);
  const moments = new Stream(seed);
  const written = new Map<string, number>();
  let child = await serve(folder, 'out', 'out2');
  for (let killed = 0; killed < KILLS; killed += 1) {
    // It takes a second until the first batch.
    await new Promise((resolve) => setTimeout(resolve, 900 + moments.int(900)));
    await kill(child);
    for (const output of ['out', 'out2']) {
      for (const [name, inode] of inodesIn(join(folder, output))) {
        if (name.startsWith('.')) continue;
        const place = join(output, name);
        expect(written.get(place) ?? inode).toBe(inode);
        written.set(place, inode);
      }
    }
    child = await serve(folder);
  }
  await said(child, 'ended').catch(() => undefined);
  const wrong: string[] = [];
  for (const output of ['out', 'out2']) {
    const names = readdirSync(join(folder, output)).sort();
    expect(names).toEqual(Array.from({ length: PICTURES }, (_, at) => `${pictureName(at)}.json`));
    for (const [name, inode] of inodesIn(join(folder, output))) {
      if ((written.get(join(output, name)) ?? inode) !== inode) wrong.push(name);
    }
  }
  expect(wrong).toEqual([]);
  const store = openStore(join(folder, 'state'), { role: 'server' });
  const jobs = store.all('SELECT state, total, done, failed, cancelled FROM jobs ORDER BY ordinal');
  const items = store.all('SELECT state, count(*) AS n FROM job_items GROUP BY state');
  store.close();
  const all = { state: 'done', total: PICTURES, done: PICTURES, failed: 0, cancelled: 0 };
  expect(jobs).toEqual([all, all]);
  expect(items).toEqual([{ state: 'done', n: 2 * PICTURES }]);
  await expectSameAsUnharmed(folder);
}, 180_000);

/** The answers are those of a job that nobody disturbed. */
async function expectSameAsUnharmed(folder: string): Promise<void> {
  const { service, jobs, stop } = await startOfflineService(folder);
  const { id } = await jobs.submit(requestIn(folder, { output: join(folder, 'unharmed') }), service.directory);
  await expect.poll(() => jobs.show(id, 1).job.state, { timeout: 60_000 }).toBe('done');
  await stop();
  const indexes = (output: string): unknown[] =>
    [...outputsIn(join(folder, output)).values()]
      .sort((a, b) => (a.file < b.file ? -1 : 1))
      .map(({ answer: { index } }) => index);
  const unharmed = indexes('unharmed');
  expect(indexes('out')).toEqual(unharmed);
  expect(indexes('out2')).toEqual(unharmed);
  const labels = trueLabels();
  const right = unharmed.filter((index, at) => index === labels[at]).length;
  expect(right / PICTURES).toBeGreaterThan(0.8);
}
