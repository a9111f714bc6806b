// A matrix as it is loaded, and everything that can be wrong with its file or with the scenarios it names.
import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../../../core/index.ts';
import { loadMatrix } from '../../../../experiments/index.ts';
import { errorsOf } from '../../config/config-files.ts';
import { SCENARIO, matrixFile } from './matrix-files.ts';

/** Without the folder and the line, which are those of JSON on one line. */
async function mistakes(...parts: Parameters<typeof matrixFile>): Promise<string[]> {
  const errors = await errorsOf(loadMatrix(matrixFile(...parts)));
  return errors.map(({ message }) => message.replace(/^\S*\/([^/]+):1: /, '$1: '));
}

const bursts = (height: number, name = 'bursts') => ({ name, kind: 'bursts', height, every: '1 s', lasts: '250 ms' });

describe('a matrix', () => {
  test('is loaded with its scenarios, its loads in ascending order', async () => {
    const config = await loadMatrix(matrixFile({ loads: [90, 30, 60], calibration_load: 45, arrivals: [bursts(1.6)] }));
    expect(config.loadsPercent).toEqual([30, 60, 90]);
    expect(config.arrivals).toEqual([
      { name: 'bursts', kind: 'bursts', height: 1.6, everyNs: milliseconds(1000), lastsNs: milliseconds(250) },
    ]);
    expect(config.scenarios.map(({ name }) => name)).toEqual(['tiny']);
  });
});

describe('all that is wrong is told at once', () => {
  test('in the file', async () => {
    const told = await mistakes({
      loads: [30, 60, 30],
      calibration_load: 60,
      warm_up: '1 s',
      arrivals: [bursts(4), bursts(2)],
      zoo: { folder: 'zoo', models: [{ network: 'resnet19', precision: 'fp32' }] },
      scenarios: ['tiny.yaml', 'none.yaml'],
    });
    expect(told.toSorted()).toEqual([
      expect.stringMatching(/arrivals\[0\]\.height cannot be used; found 4; expected less than every \/ lasts/),
      expect.stringMatching(/arrivals\[1\]\.name cannot be used; found "?bursts"?; expected a name that no other/),
      expect.stringMatching(/calibration_load cannot be used; found 60; expected a load that is not among `loads`/),
      expect.stringMatching(/loads\[2\] cannot be used; found 30; expected loads that differ/),
      expect.stringMatching(/scenarios\[1\] cannot be used; found "?none\.yaml"?; expected an experiment config that/),
      expect.stringMatching(/warm_up cannot be used; found "?1 s"?; expected less than the duration/),
      expect.stringMatching(/zoo\.models\[0\]\.network cannot be used; found "?resnet19"?/),
    ]);
  });

  test('in loads that are none', async () => {
    const told = await mistakes({ loads: [0, 201, 'half'] });
    expect(told).toHaveLength(3);
    for (const each of told) expect(each).toMatch(/expected a load in percent of capacity, above 0 and up to 200$/);
  });

  test('in the scenarios', async () => {
    const [one] = SCENARIO.policies;
    const told = await mistakes(
      { scenarios: ['tiny.yaml', 'grid.yaml', 'sets.yaml', 'broken.yaml', 'again.yaml'] },
      {
        'grid.yaml': { ...SCENARIO, name: 'grid', grid: { 'workload.arrivals.rate': ['1/s', '2/s'] } },
        'sets.yaml': { ...SCENARIO, name: 'sets', policies: [one, { name: 'other', batching: 'none' }] },
        'broken.yaml': { ...SCENARIO, name: 'broken', duration: 'long' },
        'again.yaml': SCENARIO,
      },
    );
    expect(told).toEqual([
      'matrix.yaml: grid sweeps a grid; found 2 points; expected a config without grid',
      'matrix.yaml: sets compares policies; found 2 policy sets; expected a config with one',
      expect.stringMatching(/^broken\.yaml: duration cannot be used/),
      'matrix.yaml: two scenarios have the same name; found tiny; expected a name of its own for each',
    ]);
  });
});
