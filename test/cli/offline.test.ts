// `rehearse query offline` and `rehearse jobs`, on a service that runs.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobDetail, JobView } from '../../live/offline/index.ts';
import type { Ended } from './command.ts';
import { startService, temporaryFolder, writePicture } from './service-runs.ts';
import type { RunningService } from './service-runs.ts';

const folder = temporaryFolder();
const input = join(folder, 'pictures');
let service: RunningService;

beforeAll(async () => {
  mkdirSync(input);
  for (const index of [34, 35, 36, 37, 38]) await writePicture(input, index);
  service = await startService();
}, 120_000);

afterAll(async () => {
  await service.end();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function submit(...args: readonly string[]): Promise<JobView> {
  const { status, stdout, stderr } = await service.call('query', 'offline', '--json', ...args);
  expect([status, stderr]).toEqual([0, '']);
  // As the service prints it.
  return (JSON.parse(stdout) as { readonly job: JobView }).job;
}

async function shown(id: string): Promise<JobDetail> {
  return (JSON.parse((await service.call('jobs', 'show', id, '--json')).stdout) as { readonly job: JobDetail }).job;
}

function hasEnded(id: string): Promise<void> {
  return expect.poll(async () => (await shown(id)).endedMs, { timeout: 25_000, interval: 200 }).toBeDefined();
}

describe('an offline job', () => {
  test('is accepted, run and shown', async () => {
    const output = join(folder, 'answers');
    const { status, stdout } = await service.call('query', 'offline', input, output, '--architecture', 'linear');
    expect(status).toBe(0);
    const [, id] = /^Request accepted: job ([0-9a-f]{12}), 5 files; see rehearse jobs show \1\n$/.exec(stdout) ?? [];
    await hasEnded(id);
    expect(readdirSync(output).sort()).toEqual([34, 35, 36, 37, 38].map((index) => `picture-${index}.png.json`));
    const answer: unknown = JSON.parse(readFileSync(join(output, 'picture-34.png.json'), 'utf8'));
    expect(answer).toMatchObject({ job: id, file: 'picture-34.png', model: 'linear', answer: { label: 'Trouser' } });
    const text = (await service.call('jobs', 'show', id)).stdout;
    expect(text).toContain(`job      ${id} of default, done\nmodel    linear\ninput    ${input}\n`);
    expect(text).toContain('files    5: 5 done, 0 failed, 0 cancelled, 0 waiting\n');
    expect((await service.call('jobs', 'list')).stdout).toMatch(
      new RegExp(`^${id} +default +linear +done +5 +5 +0 +0 `, 'm'),
    );
  });

  test('that has a bad file ends as failed, with the reason and status 1', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    await writePicture(mixed, 34);
    writeFileSync(join(mixed, 'a.txt'), 'no picture');
    const { id } = await submit(mixed, join(folder, 'mixed-answers'), '--variant', 'fmnist-linear-int8');
    await hasEnded(id);
    const { status, stdout } = await service.call('jobs', 'show', id);
    expect(status).toBe(1);
    expect(stdout).toContain('reason   1 of 2 files failed\n');
    expect(stdout).toMatch(/^a\.txt +1 +the payload is no image/m);
  });

  test('can be cancelled, and is refused a second end', async () => {
    const { id } = await submit(input, join(folder, 'cancelled'), '--architecture', 'resnet20');
    expect((await service.call('jobs', 'cancel', id)).stdout).toMatch(
      new RegExp(`^${id}: cancelled, \\d of 5 files are done\n$`),
    );
    await hasEnded(id);
    expect(await shown(id)).toMatchObject({ state: 'cancelled' });
    expect((await service.call('jobs', 'cancel', id)).status).toBe(0);
  });
});

describe('what cannot be', () => {
  const cases: readonly (readonly [what: string, args: readonly string[], status: number, said: string])[] = [
    [
      'an unknown architecture',
      [input, 'out', '-a', 'other'],
      1,
      'Parent model has not been registered; found "other"',
    ],
    ['no model', [input, 'out'], 2, 'either --architecture or --variant'],
    ['two models', [input, 'out', '-a', 'linear', '-v', 'x'], 2, 'either --architecture or --variant'],
    [
      'a missing folder',
      ['/no/such', 'out', '-a', 'linear'],
      2,
      '"/no/such" is not a valid folder or cannot be accessed',
    ],
  ];
  test.each(cases)('%s is told', async (_what, args, status, said) => {
    const ended: Ended = await service.call('query', 'offline', ...args);
    expect(ended.stderr).toContain(said);
    expect(ended.status).toBe(status);
  });

  test('an unknown job is told', async () => {
    const { status, stderr } = await service.call('jobs', 'show', 'ffffffffffff');
    expect(stderr).toContain('there is no such offline job; see rehearse jobs list for those there are');
    expect(status).toBe(1);
  });

  test('a client without the state folder may name no folder that the config does not', async () => {
    const body = JSON.stringify({ input, output: join(folder, 'x'), architecture: 'linear' });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${service.url}/rehearse/v1/jobs`, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'OFFLINE_FOLDER' });
    const broken = await fetch(`${service.url}/rehearse/v1/jobs?limit=0`);
    expect([broken.status, await broken.json()]).toMatchObject([400, { expected: 'a whole number from 1 to 1000' }]);
  });
});
