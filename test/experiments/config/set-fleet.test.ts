// A policy set's own fleet, and modules that take every family they serve.
import { describe, expect, test } from 'vitest';
import { fleetOf } from '../../../experiments/config/experiment-config.ts';
import { SOUND, mistakes, load } from './config-files.ts';

const OWN = `${SOUND}  - name: own\n    fleet: { machines: { cpu-2: { count: 2, max: 3 } }, workers: { fmnist-linear-fp32: 2 } }\n`;

describe('a policy set', () => {
  test('starts with the experiment’s fleet unless it has its own', async () => {
    const { points } = await load(OWN);
    const [plain, own] = points[0].policies.map((set) => fleetOf(points[0].scenario, set));
    expect(plain.machines).toEqual([{ type: 'cpu-2', count: 1, max: 1 }]);
    expect(own.machines).toEqual([{ type: 'cpu-2', count: 2, max: 3 }]);
    expect(own.workers).toEqual([{ variant: 'fmnist-linear-fp32', count: 2 }]);
  });

  test('may change one half and keep the other', async () => {
    const { points } = await load(`${SOUND}  - name: own\n    fleet: { machines: { cpu-2: 2 } }\n`);
    const own = fleetOf(points[0].scenario, points[0].policies[1]);
    expect(own.workers).toEqual(points[0].scenario.workers);
  });

  test('shows its fleet in the resolved config', async () => {
    const { resolved } = await load(OWN);
    expect(resolved).toMatchObject({ policies: [{}, { fleet: { workers: { 'fmnist-linear-fp32': 2 } } }] });
  });

  test('is told everything that is wrong with its fleet', async () => {
    const text = `${SOUND}  - name: own\n    fleet: { machines: { cpu-3: 1 }, workers: { fmnist-linear-fp23: 1 }, x: 1 }\n`;
    const told = (await mistakes(text)).join('\n');
    expect(told).toContain('cpu-3');
    expect(told).toContain('fmnist-linear-fp32');
    expect(told).toContain('unknown key "x"');
  });

  test('cannot start more workers than its machines hold', async () => {
    const text = `${SOUND}  - name: own\n    fleet: { workers: { fmnist-linear-fp32: 3 } }\n`;
    expect((await mistakes(text)).join('\n')).toMatch(/more than the machines at the start have room for/);
  });
});

describe('a module without families', () => {
  test('serves all that its policy can, but for those chosen beside it', async () => {
    const { points } = await load(
      `${SOUND}  - name: ts\n    dispatch: random\n    modules: [{ policy: torchserve, workers_per_model: 2 }]\n`,
    );
    const { families } = points[0].policies[1];
    expect(families.selection).toMatchObject({ policy: 'torchserve', options: { workersPerModel: 2 } });
    expect(families['model-scaling'].instance).toBe(families.selection.instance);
    expect(families.dispatch.policy).toBe('random');
  });
});
