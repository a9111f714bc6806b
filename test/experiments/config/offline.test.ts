/** `offline:` in a config: what it says, its defaults, and every mistake in it at once. */
import { describe, expect, test } from 'vitest';
import { NEVER, seconds } from '../../../core/index.ts';
import { SOUND, load, mistakes } from './config-files.ts';

const withOffline = (text: string): string => `${SOUND}offline:\n${text}`;
const JOB = '    - { name: pile, architecture: linear, files: 100 }\n';

describe('offline work', () => {
  test('is none unless the config says so', async () => {
    const { points } = await load(SOUND);
    expect(points[0].scenario.offline).toBeNull();
  });

  test('has the throttle of INFaaS, batches of four and three attempts by default', async () => {
    const { points, resolved } = await load(withOffline(`  jobs:\n${JOB}`));
    const job = { name: 'pile', architecture: 'linear', variant: '', files: 100 };
    expect(points[0].scenario.offline).toEqual({
      throttle: { utilisation: 0.4, flagged: true },
      framework: '',
      jobs: [{ ...job, atNs: 0, cancelNs: NEVER, batch: 4, attemptsMax: 3 }],
    });
    expect(resolved).toMatchObject({
      offline: { throttle: { utilisation: 40, flagged: true }, jobs: [{ at: '0 s' }] },
    });
  });

  test('is read with all its keys', async () => {
    const text = `  throttle: none
  framework: onnxruntime
  jobs:
    - { name: a, variant: fmnist-linear-fp32, files: 7, at: 10 s, cancel: 300 s, batch: 2, attempts: 1 }
`;
    const { points } = await load(withOffline(text));
    const { offline } = points[0].scenario;
    expect(offline?.throttle).toEqual({ utilisation: Infinity, flagged: false });
    expect(offline?.jobs).toEqual([
      {
        name: 'a',
        architecture: '',
        variant: 'fmnist-linear-fp32',
        files: 7,
        atNs: seconds(10),
        cancelNs: seconds(300),
        batch: 2,
        attemptsMax: 1,
      },
    ]);
  });

  test('can be swept by a grid', async () => {
    const { points } = await load(
      `${withOffline(`  jobs:\n${JOB}`)}grid: { offline.throttle.utilisation: [40, "75 %", 100] }\n`,
    );
    expect(points.map(({ scenario }) => scenario.offline?.throttle.utilisation)).toEqual([0.4, 0.75, 1]);
  });

  test('that no selected variant can run on CPU is noted', async () => {
    const { notes } = await load(withOffline(`  framework: pytorch\n  jobs:\n${JOB}`));
    expect(notes.map((note) => note.replace(/^.*?: /, ''))).toEqual([
      'no selected variant runs offline job pile on cpu with pytorch: it will fail',
    ]);
  });

  test('is told all its mistakes at once', async () => {
    const text = `  throttle: { utilization: 40 %, flagged: maybe }
  speed: 3
  jobs:
    - { name: pile, architecture: lineal, files: 0 }
    - { name: pile, variant: fmnist-linear-fp16, files: 5, at: 10 s, cancel: 5 s }
    - { name: both, architecture: linear, variant: fmnist-linear-fp32, files: 5, batch: 0 }
    - { name: none, files: 5, at: 10 }
`;
    const told = await mistakes(withOffline(text));
    expect(told).toHaveLength(10);
    expect(told.join('\n')).toMatch(/:16.*unknown key "speed"/);
    expect(told.join('\n')).toMatch(/:15.*utilization.*utilisation/);
    expect(told.join('\n')).toMatch(/:18.*files/);
    expect(told.join('\n')).toMatch(/:19.*names no selected variant/);
    expect(told.join('\n')).toMatch(/:19.*cancel.*a time not before at, 10 s/);
    expect(told.join('\n')).toMatch(/:20.*an architecture or a variant, one of the two/);
    expect(told.join('\n')).toMatch(/:21.*an architecture or a variant, one of the two/);
  });

  test('needs jobs with names of their own', async () => {
    expect((await mistakes(withOffline('  jobs: []\n')))[0]).toMatch(/a list of offline jobs, at least one/);
    expect((await mistakes(withOffline('  throttle: none\n')))[0]).toMatch(/offline.jobs is missing/);
    const twice = await mistakes(withOffline(`  jobs:\n${JOB}${JOB}`));
    expect(twice.join('\n')).toMatch(/:17.*a name of its own/);
  });

  test('is not offered live', async () => {
    const told = await mistakes(withOffline(`  jobs:\n${JOB}`), {}, { live: true });
    expect(told).toEqual([
      'a.yaml:14: offline has jobs, which a live run cannot keep; found 1 offline job; expected a config without ' +
        'offline work; leave offline out, or run without --live',
    ]);
  });
});
