// What a result says of offline jobs and rollouts, on a service small enough to work out by hand.
import { describe, expect, test } from 'vitest';
import { echoConfig, simulated } from '../../fixtures/echo.ts';

/** The worker of the job takes 15 ms for two files, and 1 ms to load. */
const pile = { name: 'pile', architecture: 'mirror', files: 10, batch: 2, at: '1 s' };

describe('offline jobs in a result', () => {
  test('are none without any, and their metric is null', async () => {
    const { result } = await simulated();
    expect([result.offline, result.metrics.offline_files_per_s]).toEqual([[], null]);
  });

  test('say what became of their files, and how fast', async () => {
    const { result } = await simulated({ offline: { throttle: 'none', jobs: [pile] } });
    expect(result.offline).toEqual([
      {
        name: 'pile',
        variant: 'echo',
        files: 10,
        done: 10,
        failed: 0,
        cancelled: 0,
        unfinished: 0,
        retries: 0,
        startedS: 1.001,
        endedS: 1.076,
        filesPerS: 10 / 0.075,
        reason: '',
      },
    ]);
    expect(result.metrics.offline_files_per_s).toBeCloseTo(10 / result.durationS, 12);
    expect(result.verdict.valid).toBe(true);
  });

  test('leave the batches of the service as they are', async () => {
    const { result } = await simulated({ offline: { throttle: 'none', jobs: [pile] } });
    expect(result.batches).toEqual({ inputs: [1], count: [100] });
  });

  test('that are cut off count what is not finished', async () => {
    const { result } = await simulated({ offline: { throttle: 'none', jobs: [{ ...pile, files: 1000 }] } });
    const [{ done, unfinished, endedS, filesPerS }] = result.offline;
    expect([done + unfinished, endedS]).toEqual([1000, null]);
    expect(filesPerS).toBeCloseTo(2 / 0.015, -1);
  });

  test('that no selected variant could run are refused before the run', async () => {
    const run = simulated({ offline: { framework: 'pytorch', jobs: [pile] } });
    await expect(run).rejects.toThrow(
      /offline\.framework names no framework of a selected cpu variant; found "pytorch"/,
    );
  });
});

test('a rollout that failed, or is not over at the end, is noted', async () => {
  const second = { ...(await firstVariant()), name: 'echo-2' };
  const files = { 'second.yaml': JSON.stringify({ variants: [second] }) };
  const catalogue = { files: ['echo.yaml', 'second.yaml'], sampling: 'mean' };
  const run = async (rollout: object): Promise<readonly string[]> => {
    const rollouts = [{ from: 'echo', to: 'echo-2', ...rollout }];
    const { result } = await simulated({ catalogue, rollouts }, files);
    return result.verdict.notes.filter((note) => note.includes('rollout'));
  };
  expect(await run({ at: '1.5 s' })).toEqual([
    'the rollout of echo-2 still waited for its workers to get ready when the run ended',
  ]);
  const both = [
    { from: 'echo', to: 'echo-2', at: '1.5 s' },
    { from: 'echo-2', to: 'echo', at: '1.6 s' },
  ];
  const { result: open } = await simulated({ catalogue, rollouts: both }, files);
  expect(open.verdict.notes).toContain('the rollout of echo had not begun when the run ended');
  const faults = [{ fault: 'failed-load', probability: 1 }];
  const rollouts = [{ from: 'echo', to: 'echo-2', at: '0.2 s', patience: '0.5 s' }];
  const { result } = await simulated({ catalogue, rollouts, faults }, files);
  expect(result.verdict.notes).toContain(
    'the rollout of echo-2 failed: no worker of it got ready in time, echo served on',
  );
  const back = [...rollouts, { from: 'echo-2', to: 'echo', at: '0.3 s' }];
  const { result: failed } = await simulated({ catalogue, rollouts: back, faults }, files);
  expect(failed.verdict.notes).toContain(
    'the rollout of echo was not needed: echo-2, which it replaces, did not serve',
  );
  const { result: late } = await simulated({ catalogue, rollouts: back, duration: '30 s' }, files);
  expect(late.verdict.notes.filter((note) => note.includes('rollout'))).toEqual([
    'the rollout of echo-2 began at 200 ms, served from 1.2 s and was done at 3.2 s',
    'the rollout of echo was due at 300 ms and began at 3.3 s, after an earlier one',
    'the rollout of echo began at 3.3 s, served from 4.3 s and was done at 6.3 s',
  ]);
});

/** The definition of the service's variant, as its catalogue file has it. */
async function firstVariant(): Promise<object> {
  const { file } = await echoConfig();
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(file.replace('echo-run.yaml', 'echo.yaml'), 'utf8');
  return (JSON.parse(text) as { variants: object[] }).variants[0];
}
