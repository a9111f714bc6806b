/** A policy that answers with what does not exist stops the run, whatever its family. */
import { describe, expect, test } from 'vitest';
import type { PolicyModule } from '../../core/index.ts';
import { NONE, milliseconds, seconds } from '../../core/index.ts';
import { ownPolicy, planOf, scriptedMachines, scriptedModels } from '../fixtures/plans.ts';
import { rowsOf, simulate } from '../fixtures/runs.ts';
import { arrivalsAt } from '../fixtures/workloads.ts';

describe('an answer that does not exist', () => {
  const runWith = (module: PolicyModule): void => {
    const choice = ownPolicy(() => module);
    const families = Object.keys(module).map((family) => [family, choice]);
    const workload = arrivalsAt(milliseconds(1), milliseconds(2), milliseconds(3));
    simulate(planOf({ policies: Object.fromEntries(families) }), workload);
  };

  test.each<[string, PolicyModule, string]>([
    ['a variant out of range', { selection: { select: () => 7 } }, 'variant 7'],
    ['a worker nobody started', { dispatch: { assign: () => 5 } }, 'worker 5'],
    ['a refusal without a reason', { admission: { admit: () => Number.NaN } }, 'reason NaN'],
    ['a batch of nothing', { batching: { limit: () => 0, startAt: (_w, _q, _o, now) => now } }, 'a limit of 0 inputs'],
    ['a start at no instant', { batching: { limit: () => 1, startAt: () => Number.NaN } }, 'a start at NaN'],
  ])('%s is named', (_, module, found) => {
    expect(() => runWith(module)).toThrow(`policy gave an answer that does not exist; found ${found}`);
  });

  test('a position beyond the held requests is named', () => {
    const pulling = ownPolicy(() => ({ dispatch: { assign: (slot) => (slot % 2 === 0 ? 0 : -2), pull: () => 3 } }));
    const plan = planOf({ policies: { dispatch: pulling } });
    expect(() => simulate(plan, arrivalsAt(milliseconds(1), milliseconds(2)))).toThrow('found position 3 of 1');
  });

  test('a machine without room is named', () => {
    const plan = planOf({
      machines: [{ cores: 1 }],
      policies: {
        placement: ownPolicy(({ fleet }) => ({
          placement: { place: () => (fleet.machines.workers[0] === 0 ? 0 : fleet.machines.up.at(0)) },
        })),
        'model-scaling': scriptedModels(seconds(1), [{ variant: 0, delta: 1 }]),
      },
    });
    expect(() => simulate(plan, arrivalsAt(seconds(2)))).toThrow('the placement policy gave an answer');
  });

  test.each([
    [{ 'model-scaling': scriptedModels(seconds(1), [{ variant: 0, delta: 0.5 }]) }, '0.5 workers of variant 0'],
    [{ 'model-scaling': scriptedModels(seconds(1), [{ variant: 9, delta: 1 }]) }, '1 workers of variant 9'],
    [{ 'machine-scaling': scriptedMachines(seconds(1), [{ type: 4, delta: 1 }]) }, '1 machines of type 4'],
  ])('a change of nothing that exists is named', (policies, found) => {
    expect(() => simulate(planOf({ policies }), arrivalsAt(seconds(2)))).toThrow(found);
  });
});

test('NONE is an answer: the request is rejected', () => {
  const none = ownPolicy(() => ({ dispatch: { assign: () => NONE } }));
  const { serving } = simulate(planOf({ policies: { dispatch: none } }), arrivalsAt(1));
  expect(serving.recorder.total().outcomes[3]).toBe(1);
});

test('what waits in a central queue once its worker is loaded waits in a queue, not for a load', () => {
  const plan = planOf({
    workers: [0],
    policies: { dispatch: 'central-queue' },
    serving: { startOnRequest: true },
  });
  const rows = rowsOf(simulate(plan, arrivalsAt(0, 0, 0)));
  expect(new Set(rows.map(({ loadWaitNs }) => loadWaitNs)).size).toBe(1);
  expect(rows.map(({ queueNs }) => queueNs)).toEqual([0, milliseconds(10), milliseconds(20)]);
});
