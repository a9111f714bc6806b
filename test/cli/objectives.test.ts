// Objectives from the config to the exit status, in the result file on the way.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readResult } from '../../reports/result-file.ts';
import { arrivingAtRandom, echoFolder } from '../fixtures/echo.ts';
import { rehearse } from './command.ts';

/** The box idles at 10 W and costs 0.001 USD a second; the variant's accuracy is 80 % and it takes 1 MB. */
const judging = (objectives: object): object => ({
  replications: 3,
  workload: arrivingAtRandom('30/s', { latency: '1 s' }),
  objectives,
});

const KEPT = {
  attainment: '99 %',
  budget: '4 USD/h',
  accuracy_floor: '80 %',
  memory: '1 MB',
  battery: { joules: '200 J', machine: 'box' },
};

describe('objectives', () => {
  test('that are met end in the result, the tables, the verdict and status 0', async () => {
    const cwd = echoFolder(judging(KEPT));
    const args = ['run', 'echo-run.yaml', '--out', 'out', '--require-objectives'];
    const { status, stdout } = await rehearse(args, { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/\nobjectives +met\n/);
    expect(stdout).toMatch(/\n\nObjectives\n[^]*\nbudget \(cost, per hour\) ≤ 4 USD\/h +3\.6/);
    expect(stdout).toContain('plain meets all objectives.');
    const { cells, config } = await readResult(join(cwd, 'out'));
    expect(config).toMatchObject({ objectives: KEPT });
    expect(cells[0].acceptable).toBe(true);
    expect(cells[0].objectives.map(({ objective, outcome }) => `${objective} ${outcome}`)).toEqual(
      Object.keys(KEPT).map((name) => `${name} met`),
    );
    expect(cells[0].replications[0].batteryJoules).toEqual({ box: cells[0].replications[0].metrics.energy_joules });
  });

  test('that are missed leave the result valid, and fail only who requires them', async () => {
    const cwd = echoFolder(judging({ ...KEPT, accuracy_floor: '81 %', battery: '1 J' }));
    const plain = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--json'], { cwd });
    expect(plain.status).toBe(0);
    expect(JSON.parse(plain.stdout)).toMatchObject({
      verdict: { valid: true },
      cells: [{ valid: true, acceptable: false, objectives: { length: 5 } }],
    });
    const strict = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--require-objectives'], { cwd });
    expect(strict.status).toBe(1);
    expect(strict.stderr).toContain('objectives missed: plain: accuracy floor and battery\n');
    expect(strict.stdout).toContain('plain misses accuracy floor and battery.');
  });

  test('that are undecided are not missed', async () => {
    const cwd = echoFolder({ ...judging({ budget: '0.000001 USD' }), replications: 1 });
    const { status, stdout } = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--require-objectives'], {
      cwd,
    });
    expect(status).toBe(0);
    expect(stdout).toContain('Whether plain meets budget is undecided.');
  });

  test('cannot be required of a config that has none', async () => {
    const cwd = echoFolder();
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--require-objectives'], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /echo-run\.yaml: --require-objectives has nothing to require; found no objectives; expected /,
    );
  });
});
