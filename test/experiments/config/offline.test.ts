/** `offline:` in a config: what it says, its defaults, and every mistake in it at once. */
import { describe, expect, test } from 'vitest';
import { NEVER, seconds } from '../../../core/index.ts';
import { SOUND, load, mistakes, soundWith } from './config-files.ts';

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

  test('comes in before the queries end', async () => {
    const late = '    - { name: pile, architecture: linear, files: 100, at: 11 s }\n';
    expect(await mistakes(withOffline(`  jobs:\n${late}`))).toEqual([
      'a.yaml:16: offline.jobs[0].at cannot be used; found "11 s"; expected a time within the duration, 10 s',
    ]);
  });

  test('is refused where no selected variant on CPU has the framework', async () => {
    expect(await mistakes(withOffline(`  framework: onnxruntim\n  jobs:\n${JOB}`))).toEqual([
      'a.yaml:15: offline.framework names no framework of a selected cpu variant; found "onnxruntim"; ' +
        'did you mean "onnxruntime"? expected one of onnxruntime',
    ]);
  });

  test('is refused where its model does not run on CPU, and told which do', async () => {
    const gpu: readonly [string, string] = [
      'variants: [fmnist-linear-fp32]',
      'sampling: mean\n  variants: [fmnist-linear-fp32, resnet50-tensorrt-b8, resnet50-tensorflow-cpu4]',
    ];
    const jobs = `offline:
  framework: onnxruntime
  jobs:
    - { name: pile, architecture: resnet50, files: 1 }
    - { name: heap, variant: resnet50-tensorrt-b8, files: 1, at: 1 min }
`;
    const told = (await mistakes(`${soundWith(gpu)}${jobs}`)).join('\n');
    expect(told).toMatch(
      /:18.*architecture has no selected variant that runs on cpu with onnxruntime; found resnet50, which runs as /,
    );
    expect(told).toMatch(/resnet50-tensorflow-cpu4 \(tensorflow on cpu\).*; expected one of linear/);
    expect(told).toMatch(/:19.*variant has no selected variant that runs on cpu .*expected one of fmnist-linear-fp32/);
    expect(told).toMatch(/:19.*at cannot be used.*within the duration, 10 s/);
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
