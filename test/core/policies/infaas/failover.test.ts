// A machine that vanishes is replaced by one of its type, which gets the variants that the lost one had.
import { describe, expect, test } from 'vitest';
import { DOWN, MACHINE_DRAINING, UP, seconds } from '../../../../core/index.ts';
import { Failover } from '../../../../core/policies/infaas/failover.ts';
import {
  B8,
  M5,
  P3,
  TF_CPU,
  addMachine,
  addWorker,
  loseMachine,
  scalingWorld,
  startWorker,
} from './scaling-fixtures.ts';
import type { ScalingWorld } from './scaling-fixtures.ts';

interface Bench {
  readonly world: ScalingWorld;
  readonly failover: Failover;
  /** A machine that was seen with two ready replicas of one variant and a loading one of another. */
  readonly lost: number;
  /** Asks for machines at a second and boots them; returns their numbers. */
  replace(atS: number): number[];
}

function bench(): Bench {
  const world = scalingWorld();
  const failover = new Failover(world.fleet);
  addMachine(world, M5);
  const lost = addMachine(world, P3);
  addWorker(world, TF_CPU, lost);
  addWorker(world, TF_CPU, lost);
  startWorker(world, B8, lost);
  failover.observe();
  return {
    world,
    failover,
    lost,
    replace: (atS) =>
      failover.machines(seconds(atS)).flatMap(({ type, delta }) => {
        expect(delta).toBe(1);
        return [world.fleet.machines.claim(type, seconds(atS))];
      }),
  };
}

describe('failover', () => {
  test('asks once for a machine of the type that was lost', () => {
    const { world, failover, lost } = bench();
    expect(failover.machines(seconds(2))).toEqual([]);
    loseMachine(world, lost);
    expect(failover.machines(seconds(4))).toEqual([{ type: P3, delta: 1, reason: `failover of machine ${lost}` }]);
    expect(failover.machines(seconds(6))).toEqual([]);
  });

  test('starts the lost variants on the new machine when it is up, once', () => {
    const { world, failover, lost, replace } = bench();
    loseMachine(world, lost);
    const [machine] = replace(2);
    expect(failover.models()).toEqual([]);
    world.fleet.machines.setState(machine, UP, seconds(27));
    const reason = `failover of machine ${lost}`;
    expect(failover.models()).toEqual([
      { variant: TF_CPU, delta: 2, machine, reason },
      { variant: B8, delta: 1, machine, reason },
    ]);
    expect(failover.models()).toEqual([]);
  });

  test('starts only what the new machine lacks', () => {
    const { world, failover, lost, replace } = bench();
    loseMachine(world, lost);
    const [machine] = replace(2);
    world.fleet.machines.setState(machine, UP, seconds(27));
    startWorker(world, TF_CPU, machine);
    world.fleet.claim(B8, machine, seconds(27)); // cold still
    expect(failover.models()).toMatchObject([{ variant: TF_CPU, delta: 1, machine }]);
  });

  test('sees a loss even when the number was given to another machine in between', () => {
    const { world, failover, lost } = bench();
    loseMachine(world, lost);
    expect(addMachine(world, M5)).toBe(lost);
    expect(failover.machines(seconds(2))).toMatchObject([{ type: P3, delta: 1 }]);
  });

  test('replaces each of several machines', () => {
    const { world, failover, lost, replace } = bench();
    loseMachine(world, lost);
    loseMachine(world, 0);
    const machines = replace(2);
    expect(machines).toHaveLength(2);
    for (const machine of machines) world.fleet.machines.setState(machine, UP, seconds(27));
    expect(new Set(failover.models().map(({ machine }) => machine)).size).toBe(1); // the other had nothing
    expect(failover.machines(seconds(28))).toEqual([]);
  });

  test('gives each of two lost machines a successor of its own', () => {
    const { world, failover, lost, replace } = bench();
    const other = addMachine(world, P3);
    addWorker(world, B8, other);
    failover.observe();
    loseMachine(world, lost);
    loseMachine(world, other);
    const machines = replace(2);
    for (const machine of machines) world.fleet.machines.setState(machine, UP, seconds(27));
    expect(failover.models().map(({ variant, delta, machine }) => [variant, delta, machine])).toEqual([
      [TF_CPU, 2, machines[0]],
      [B8, 1, machines[0]],
      [B8, 1, machines[1]],
    ]);
  });

  test('asks once for a new machine that is lost before it got its variants', () => {
    const { world, failover, lost, replace } = bench();
    loseMachine(world, lost);
    const [first] = replace(2);
    world.fleet.machines.setState(first, UP, seconds(27));
    failover.observe();
    expect(failover.machines(seconds(28))).toEqual([]);
    loseMachine(world, first);
    const [second, ...others] = replace(30);
    expect(others).toEqual([]);
    world.fleet.machines.setState(second, UP, seconds(55));
    expect(failover.models().map(({ variant, delta }) => [variant, delta])).toEqual([
      [TF_CPU, 2],
      [B8, 1],
    ]);
  });

  test('leaves a machine alone that drains', () => {
    const { world, failover, lost } = bench();
    world.fleet.machines.setState(lost, MACHINE_DRAINING, 0);
    failover.observe();
    world.fleet.machines.setState(lost, DOWN, 0);
    expect(failover.machines(seconds(2))).toEqual([]);
  });

  test('leaves a machine alone that was said to go, however quickly it went', () => {
    const { world, failover, lost } = bench();
    failover.expectGone(lost);
    loseMachine(world, lost);
    expect(failover.machines(seconds(2))).toEqual([]);
  });

  test('asks again when the new machine does not come up', () => {
    const { world, failover, lost, replace } = bench();
    loseMachine(world, lost);
    const [first] = replace(2);
    failover.models();
    world.fleet.machines.setState(first, DOWN, seconds(20));
    expect(replace(22)).toHaveLength(1);
    expect(failover.models()).toEqual([]);
  });

  test('forgets a loss for which no machine was asked in twenty looks, and not before', () => {
    for (const [looks, asked] of [
      [19, 1],
      [20, 0],
    ] as const) {
      const { world, failover, lost } = bench();
      loseMachine(world, lost);
      for (let i = 0; i < looks; i += 1) expect(failover.models()).toEqual([]);
      expect(failover.machines(seconds(12))).toHaveLength(asked);
    }
  });

  test('gives up where the machine could not be started', () => {
    const { world, failover, lost } = bench();
    loseMachine(world, lost);
    expect(failover.machines(seconds(2))).toHaveLength(1);
    expect(failover.models()).toEqual([]);
    expect(failover.machines(seconds(4))).toEqual([]);
  });
});
