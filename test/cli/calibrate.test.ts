// `rehearse calibrate`: a short live run, the fit to it, its judgement on another config, and what is refused.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FidelityResult } from '../../core/index.ts';
import { loadConfig } from '../../experiments/config/load-config.ts';
import { judgeCalibration } from '../../experiments/index.ts';
import { refuseInvalid } from '../../experiments/measure/calibration/calibrate.ts';
import { folderWith } from '../experiments/config/config-files.ts';
import { SCENARIO } from '../experiments/measure/matrix/matrix-files.ts';
import { filesIn } from './command.ts';
import { inProcess } from './in-process.ts';

/** Batches enough for a fit in two seconds of one worker. */
const FITTED = {
  ...SCENARIO,
  name: 'fitted',
  live: { duration: '2 s' },
  workload: { ...SCENARIO.workload, arrivals: { process: 'poisson', rate: '250/s' } },
};
const cwd = folderWith({
  'fitted.yaml': JSON.stringify(FITTED),
  'few.yaml': JSON.stringify({ ...FITTED, live: { duration: '200 ms' }, duration: '200 ms' }),
  'other.yaml': JSON.stringify({ ...SCENARIO, name: 'other', live: { duration: '1 s' } }),
});
const [fitted, few, other] = ['fitted.yaml', 'few.yaml', 'other.yaml'].map((name) => join(cwd, name));
const calibrate = (...words: readonly string[]) => inProcess(['calibrate', ...words]);

describe('a calibration', () => {
  test('is fitted, written so that a config can name it, and judged on another config', async ({ skip }) => {
    const out = join(cwd, 'out');
    const { status, stdout, stderr } = await calibrate(fitted, '--judge', other, '--out', out);
    expect(stderr).toMatch(/^running fitted live$/m);
    const isLate = status === 1 && stderr.includes('nothing can be fitted to the live run of fitted');
    skip(isLate, 'the machine is too busy for a live run that can be believed');
    expect(status).toBe(0);
    expect(filesIn(out)).toEqual(['calibration.yaml', 'fidelity.csv', 'fidelity.html', 'fidelity.json']);
    expect(stdout).toMatch(/^other +one-by-one +as they are /m);
    expect(stdout).toMatch(/^other +one-by-one +calibrated /m);
    const named = { ...SCENARIO, calibration: join(out, 'calibration.yaml') };
    const folder = folderWith({ 'named.yaml': JSON.stringify(named) });
    const { points } = await loadConfig(join(folder, 'named.yaml'));
    expect(points[0].scenario.calibration?.source).toBe('fitted, one-by-one, live');
    // Written by the command.
    const result = JSON.parse(readFileSync(join(out, 'fidelity.json'), 'utf8')) as FidelityResult;
    expect(result.cells.map(({ group, label }) => [group, label])).toEqual([['other', 'one-by-one']]);
    expect(result.notes).toContain('each cell is one live run and one simulation');
  });

  test('is not judged in a cell that was interrupted', async () => {
    const interrupt = new AbortController();
    const config = await loadConfig(other, { live: true });
    const onCell = (): unknown => setTimeout(() => interrupt.abort(), 300);
    const calibration = {
      source: 'a test',
      afterIdle: [{ idleNs: 0, inferFactor: 1, extra: { meanNs: 0, quantilesNs: [] } }],
      wakeUp: { meanNs: 0 },
      pauses: null,
      contention: 0,
    };
    const cells = await judgeCalibration(config, calibration, { signal: interrupt.signal, onCell });
    expect(cells).toEqual([]);
  });
});

describe('no calibration is fitted', () => {
  test('to a config that it is to be judged on, however it is written', async () => {
    const again = join(cwd, '..', cwd.slice(cwd.lastIndexOf('/') + 1), 'fitted.yaml');
    const out = join(cwd, 'refused');
    const { status, stdout, stderr } = await calibrate(fitted, '--judge', other, again, '--out', out);
    expect({ status, stdout, written: existsSync(out) }).toEqual({ status: 2, stdout: '', written: false });
    expect(stderr).toBe(
      `--judge names the config that the calibration is fitted to; found ${again}; expected another config: on its own a fit says nothing\n`,
    );
  });

  test('to a run that is invalid, whose problem is told', () => {
    const problem = { code: 'RUN_GENERATOR_LATE', message: '1 % came 14 ms late', advice: 'lower the rate' };
    expect(() => refuseInvalid({ verdict: { valid: false, problems: [problem], notes: [] } }, 'a')).toThrow(
      'nothing can be fitted to the live run of a; found RUN_GENERATOR_LATE: 1 % came 14 ms late; expected a valid run; lower the rate',
    );
    expect(() => refuseInvalid({ verdict: { valid: true, problems: [], notes: [] } }, 'a')).not.toThrow();
  });

  test('to too few batches', async () => {
    const out = join(cwd, 'few');
    const { status, stdout } = await calibrate(few, '--out', out);
    expect([1, 2]).toContain(status);
    expect({ stdout, written: existsSync(join(out, 'calibration.yaml')) }).toEqual({ stdout: '', written: false });
  });

  test('with a config that is not there', async () => {
    const { status, stderr } = await calibrate(join(cwd, 'none.yaml'));
    expect(status).toBe(2);
    expect(stderr).toContain('none.yaml');
  });
});
