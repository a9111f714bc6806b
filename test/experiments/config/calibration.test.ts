// The calibration that a config names: a file or a map, what it does to a scenario, and what can be wrong with it.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Calibration } from '../../../core/index.ts';
import { milliseconds } from '../../../core/index.ts';
import { loadConfig } from '../../../experiments/config/load-config.ts';
import { calibrationData } from '../../../experiments/config/schema/calibration.ts';
import { scenarioCatalogue } from '../../../experiments/plan/scenario-catalogue.ts';
import { SOUND, errorsOf, folderWith, mistakes } from './config-files.ts';

const CALIBRATION: Calibration = {
  source: 'a test',
  afterIdle: [
    { idleNs: 0, inferFactor: 2, extra: { meanNs: 50_000, quantilesNs: [{ probability: 0.5, valueNs: 120_500 }] } },
    { idleNs: milliseconds(3), inferFactor: 1.5, extra: { meanNs: 70_000, quantilesNs: [] } },
  ],
  wakeUp: { meanNs: 90_000, quantilesNs: [{ probability: 0.995, valueNs: 400_000 }] },
  pauses: { overNs: milliseconds(3000), events: [{ atNs: 12_500_000, lastsNs: 3_100_000 }] },
  contention: 0.125,
};
const FILE = stringify(calibrationData(CALIBRATION));

async function loaded(calibration: string, files: Readonly<Record<string, string>> = {}) {
  const folder = folderWith({ 'a.yaml': `${SOUND}calibration: ${calibration}\n`, ...files });
  return loadConfig(join(folder, 'a.yaml'));
}

describe('a calibration', () => {
  test('that was written is read as it was', async () => {
    const config = await loaded('c.yaml', { 'c.yaml': FILE });
    expect(config.points[0].scenario.calibration).toEqual(CALIBRATION);
  });

  test('is none unless it is named', async () => {
    const config = await loadConfig(join(folderWith({ 'a.yaml': SOUND }), 'a.yaml'));
    expect(config.points[0].scenario.calibration).toBeNull();
  });

  test('stands in the result with its figures, not with the name of its file', async () => {
    const { resolved } = await loaded('c.yaml', { 'c.yaml': FILE });
    expect(resolved).toMatchObject({ calibration: { contention: 0.125, wake_up: { mean: '90 us' } } });
  });

  test('changes what policies predict, in both worlds', async () => {
    const { points } = await loaded('c.yaml', { 'c.yaml': FILE });
    const { scenario } = points[0];
    const [calibrated] = scenarioCatalogue(scenario).latency;
    const [plain] = scenarioCatalogue({ ...scenario, calibration: null }).latency;
    expect(calibrated.expectedBatchNs(1)).toBeGreaterThan(1.5 * plain.expectedBatchNs(1));
  });
});

describe('a calibration that is wrong', () => {
  test('is told by the line of its own file', async () => {
    const text = FILE.replace('infer_factor: 2', 'infer_factor: -2').replace('contention: 0.125', 'contention: much');
    const errors = await errorsOf(loaded('c.yaml', { 'c.yaml': text }));
    expect(errors.map(({ message }) => message.replace(/^.*\//, ''))).toEqual([
      'c.yaml:4: after_idle[0].infer_factor cannot be used; found -2; expected a factor above 0',
      'c.yaml:22: contention cannot be used; found "much"; expected a number from 0',
    ]);
  });

  test('is refused when its idle times do not ascend from 0', async () => {
    const text = FILE.replace('idle: 0 ns', 'idle: 1 ms');
    const [error] = await errorsOf(loaded('c.yaml', { 'c.yaml': text }));
    expect(error.message).toMatch(
      /after_idle cannot be used; .*expected entries by ascending idle time, the first with 0 s/,
    );
  });

  test.each([
    [
      'wake-ups that descend',
      { wake_up: { mean: '9 us', quantiles: { p50: '9 us', p99: '8 us' } } },
      'quantiles that do not descend',
    ],
    ['no quantiles', { wake_up: { mean: '9 us', quantiles: {} } }, 'at least one quantile, or none of this'],
    [
      'a percentile twice',
      { wake_up: { mean: '9 us', quantiles: { p50: '9 us', 'p50.0': '9 us' } } },
      'each percentile once',
    ],
    [
      'a percentile of a batch twice',
      { after_idle: [{ idle: '0 s', infer_factor: 1, extra_us: { mean: 1, p5: 1, p05: 1 } }] },
      'each percentile once',
    ],
    ['no pauses', { pauses: { over: '3 s', at_ms: [], last_ms: [] } }, 'at least one pause, or none of this'],
    ['pauses out of order', { pauses: { over: '3 s', at_ms: [5, 4], last_ms: [1, 1] } }, 'at_ms in ascending order'],
    ['pauses beyond their time', { pauses: { over: '3 s', at_ms: [3001], last_ms: [1] } }, 'at_ms up to `over`'],
  ] as const)('is refused with %s', async (_, part, expected) => {
    const text = stringify({ ...calibrationData(CALIBRATION), ...part });
    const errors = await errorsOf(loaded('c.yaml', { 'c.yaml': text }));
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(`; expected ${expected}$`)]);
  });

  test('is told of in words, whatever is wrong beside it', async () => {
    const part = {
      wake_up: { mean: '9 us', quantiles: { p50: 'x', p99: '8 us' } },
      pauses: { over: 'x', at_ms: [-1, 2], last_ms: [0] },
    };
    const text = stringify({ ...calibrationData(CALIBRATION), ...part });
    const told = (await errorsOf(loaded('c.yaml', { 'c.yaml': text }))).map(({ message }) => message).join('\n');
    for (const path of ['wake_up.quantiles.p50', 'pauses.over', 'pauses.at_ms[0]', 'pauses.last_ms[0]']) {
      expect(told).toContain(path);
    }
  });

  test('is refused when there is no such file', async () => {
    expect(await mistakes(`${SOUND}calibration: none.yaml\n`)).toEqual([
      expect.stringMatching(/^a\.yaml:14: calibration: .*none\.yaml: the config cannot be read$|found no such file/),
    ]);
  });

  test('is refused when it is a map of something else', async () => {
    expect((await mistakes(`${SOUND}calibration: { factor: 2 }\n`)).join('\n')).toMatch(
      /unknown key "factor" in calibration; expected one of source, after_idle, wake_up, pauses, contention/,
    );
  });
});
