/** What a job may ask for, and the words of a refusal. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobRecord, JobRequest } from '../../../live/offline/index.ts';
import { leaveGrant } from '../../../live/offline/index.ts';
import type { ServedVariant } from '../../../live/service/index.ts';
import { bundledServed, tableServed } from '../service/fixtures.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { LINEAR, requestIn, writePictures } from './fixtures.ts';
import { openJobs } from './open-jobs.ts';
import { StandInActors } from './stand-in-actors.ts';

interface Asking {
  readonly folder: string;
  /** Submits a job that is right but for the changes. */
  readonly ask: (changes?: Partial<JobRequest>, grant?: string) => Promise<JobRecord>;
}

async function asking(
  options: Parameters<typeof openJobs>[1] = {},
  variants: readonly ServedVariant[] = bundledServed(LINEAR),
): Promise<Asking> {
  const folder = temporaryFolder();
  await writePictures(join(folder, 'in'), 2);
  const kept = openJobs(folder, options);
  const actors = new StandInActors(variants);
  kept.begin(actors);
  const ask: Asking['ask'] = (changes, grant) => kept.jobs.submit(requestIn(folder, changes), actors.directory, grant);
  return { folder, ask };
}

const NO_FOLDER = 'is not a valid folder or cannot be accessed by the service';

describe('the folders of a job', () => {
  test('are below the roots, the output made where it is missing', async () => {
    const { folder, ask } = await asking();
    const job = await ask({ output: join(folder, 'deep', 'er', 'out') });
    expect(job).toMatchObject({ input: join(folder, 'in'), output: join(folder, 'deep', 'er', 'out'), total: 2 });
    expect(existsSync(join(folder, 'deep', 'er', 'out'))).toBe(true);
  });

  test('outside the roots are refused as if they were not there, and nothing is made', async () => {
    const outside = temporaryFolder();
    await writePictures(join(outside, 'in'), 1);
    const { ask } = await asking();
    await expect(ask({ input: join(outside, 'in') })).rejects.toThrow(`"${outside}/in" ${NO_FOLDER}`);
    await expect(ask({ input: join(outside, 'missing') })).rejects.toThrow(`"${outside}/missing" ${NO_FOLDER}`);
    await expect(ask({ output: join(outside, 'out') })).rejects.toThrow(`"${outside}/out" ${NO_FOLDER}`);
    expect(readdirSync(outside)).toEqual(['in']);
  });

  test('do not leave the roots by links or by dots', async () => {
    const outside = temporaryFolder();
    await writePictures(join(outside, 'in'), 1);
    const { folder, ask } = await asking();
    symlinkSync(outside, join(folder, 'link'));
    await expect(ask({ input: join(folder, 'link', 'in') })).rejects.toThrow(NO_FOLDER);
    await expect(ask({ output: join(folder, 'link', 'out') })).rejects.toThrow(NO_FOLDER);
    await expect(ask({ output: `${folder}/../escaped` })).rejects.toThrow(NO_FOLDER);
    expect(readdirSync(outside)).toEqual(['in']);
  });

  test('are absolute, are folders, and are two', async () => {
    const { folder, ask } = await asking();
    writeFileSync(join(folder, 'file'), '');
    await expect(ask({ input: 'in' })).rejects.toThrow(`"in" ${NO_FOLDER}`);
    await expect(ask({ input: `${folder}/in\0` })).rejects.toThrow(NO_FOLDER);
    await expect(ask({ input: join(folder, 'file') })).rejects.toThrow(NO_FOLDER);
    await expect(ask({ output: join(folder, 'file') })).rejects.toThrow(NO_FOLDER);
    await expect(ask({ output: join(folder, 'file', 'out') })).rejects.toThrow(NO_FOLDER);
    await expect(ask({ output: join(folder, 'in') })).rejects.toThrow('the answers cannot go into the input folder');
  });

  test('may lie anywhere for who can write into the state folder, once per grant', async () => {
    const outside = temporaryFolder();
    await writePictures(join(outside, 'in'), 1);
    const { folder, ask } = await asking({ roots: [] });
    const asked = { input: join(outside, 'in'), output: join(outside, 'out') };
    const { token } = leaveGrant(join(folder, 'state'));
    await expect(ask(asked, 'f'.repeat(48))).rejects.toThrow(NO_FOLDER);
    await expect(ask(asked, '../server.pid')).rejects.toThrow(NO_FOLDER);
    expect(await ask(asked, token)).toMatchObject({ state: 'queued' });
    await expect(ask({ ...asked, output: join(outside, 'out2') }, token)).rejects.toThrow(NO_FOLDER);
  });

  test('are not shared with a job that has not ended', async () => {
    const { ask } = await asking();
    await ask();
    await expect(ask()).rejects.toThrow('another offline job writes into the output folder');
  });
});

describe('the files of a job', () => {
  test('hold at least one that the model takes', async () => {
    const { folder, ask } = await asking();
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'texts'));
    writeFileSync(join(folder, 'texts', 'a.txt'), 'hello');
    await expect(ask({ input: join(folder, 'empty') })).rejects.toThrow(
      `the input folder has no file that ${LINEAR} takes; found no files; expected files that hold one input each`,
    );
    await expect(ask({ input: join(folder, 'texts') })).rejects.toThrow(
      `the input folder has no file that ${LINEAR} takes; found "a.txt": the payload is no image`,
    );
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('are not more, and not larger, than the service allows', async () => {
    const few = await asking({ filesMax: 1 });
    await expect(few.ask()).rejects.toThrow('the input folder has too many files for one job; expected at most 1');
    const small = await asking({ fileMaxBytes: 10 });
    await expect(small.ask()).rejects.toThrow(/it has \d+ bytes; at most 10 are read/);
  });
});

describe('the model of a job', () => {
  test('is an architecture or a variant that is registered', async () => {
    const { folder, ask } = await asking();
    await expect(ask({ architecture: 'other' })).rejects.toThrow('Parent model has not been registered; found "other"');
    await expect(ask({ architecture: '', variant: 'other' })).rejects.toThrow(
      'Model has not been registered; found "other"',
    );
    await expect(ask({ architecture: '' })).rejects.toThrow('expected either an architecture or a variant');
    await expect(ask({ variant: LINEAR })).rejects.toThrow('expected either an architecture or a variant');
    const output = join(folder, 'out2');
    expect(await ask({ architecture: '', variant: LINEAR, output })).toMatchObject({ variant: LINEAR });
  });

  test('runs on a CPU, with the framework of the config, from a file', async () => {
    const gpu = await asking({}, [tableServed('big', [1], { hardware: 'gpu' })]);
    await expect(gpu.ask({ architecture: 'big-network' })).rejects.toThrow('No model variant for the CPU');
    const framed = await asking({ framework: 'pytorch' });
    await expect(framed.ask()).rejects.toThrow('No model variant with pytorch framework for the CPU');
    const emulated = await asking({}, [tableServed('emulated', [1])]);
    await expect(emulated.ask({ architecture: 'emulated-network' })).rejects.toThrow(
      'variant emulated has no model file, so it has no answers',
    );
  });
});

test('more jobs than the service takes are refused, with when to try again', async () => {
  const { folder, ask } = await asking({ jobsMax: 1 });
  await ask();
  const refused = ask({ output: join(folder, 'out2') });
  await expect(refused).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '60' } });
});
