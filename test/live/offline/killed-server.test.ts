/** The promise of offline jobs: a server may be killed at any moment, and each file is done and written once. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { builtEntry } from '../../../backends/index.ts';
import { Stream } from '../../../core/index.ts';
import { openStore } from '../../../live/store/index.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { inodesIn, outputsIn, pictureName, requestIn, trueLabels, writePictures } from './fixtures.ts';
import { startOfflineService } from './offline-service.ts';

const PICTURES = 1000;
const OUTPUTS = ['out', 'out2', 'out3'];
const KILLS = 6;
/** A server needs about a second until its first batch. */
const LIFE_MS = { least: 800, more: 900 };

/** Starts a server; it has said that it is ready. */
async function serve(folder: string, ...outputs: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [builtEntry(import.meta.url, 'jobs-server-process'), folder, ...outputs], {
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
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Answers that lie there, whole: none may ever be written again. */
function answersIn(folder: string): ReadonlyMap<string, number> {
  const places = OUTPUTS.flatMap((output) =>
    [...inodesIn(join(folder, output))].map(([name, inode]) => [join(output, name), inode] as const),
  );
  return new Map(places);
}

function writtenAgain(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...before].filter(([place, inode]) => after.get(place) !== inode).map(([place]) => place);
}

test('a server that is killed again and again does each file of its jobs once', async () => {
  const folder = temporaryFolder();
  await writePictures(join(folder, 'in'), PICTURES);
  const seed = String(Date.now());
  process.stdout.write(`moments of the kills by seed ${seed}\n`);
  const moments = new Stream(seed);
  let child = await serve(folder, ...OUTPUTS);
  let before = answersIn(folder);
  for (let killed = 0; killed < KILLS; killed += 1) {
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS.least + moments.int(LIFE_MS.more)));
    await kill(child);
    const after = answersIn(folder);
    expect(writtenAgain(before, after)).toEqual([]);
    before = after;
    child = await serve(folder);
  }
  const killedAt = before.size;
  await said(child, 'ended');
  expect(writtenAgain(before, answersIn(folder))).toEqual([]);
  expect(killedAt).toBeGreaterThan(0);
  const all = Array.from({ length: PICTURES }, (_, at) => `${pictureName(at)}.json`);
  for (const output of OUTPUTS) expect(readdirSync(join(folder, output)).sort()).toEqual(all);
  const store = openStore(join(folder, 'state'));
  const jobs = store.all('SELECT state, total, done, failed, cancelled FROM jobs ORDER BY ordinal');
  const items = store.all('SELECT state, count(*) AS n FROM job_items GROUP BY state');
  store.close();
  const job = { state: 'done', total: PICTURES, done: PICTURES, failed: 0, cancelled: 0 };
  expect(jobs).toEqual(OUTPUTS.map(() => job));
  expect(items).toEqual([{ state: 'done', n: OUTPUTS.length * PICTURES }]);
  await expectSameAsUnharmed(folder, child);
}, 180_000);

/** The answers are those of a job that nobody disturbed. */
async function expectSameAsUnharmed(folder: string, child: ChildProcess): Promise<void> {
  // Until it has given the state folder back.
  await expect.poll(() => child.exitCode, { timeout: 20_000 }).toBe(0);
  const { service, jobs, stop } = await startOfflineService(folder);
  onTestFinished(stop);
  const { id } = await jobs.submit(requestIn(folder, { output: join(folder, 'unharmed') }), service.directory);
  await expect.poll(() => jobs.show(id, 1).job.state, { timeout: 60_000 }).toBe('done');
  const indexes = (output: string): unknown[] =>
    [...outputsIn(join(folder, output)).values()]
      .sort((a, b) => (a.file < b.file ? -1 : 1))
      .map(({ answer: { index } }) => index);
  const unharmed = indexes('unharmed');
  for (const output of OUTPUTS) expect(indexes(output)).toEqual(unharmed);
  const labels = trueLabels();
  const right = unharmed.filter((index, at) => index === labels[at]).length;
  expect(right / PICTURES).toBeGreaterThan(0.8);
}
