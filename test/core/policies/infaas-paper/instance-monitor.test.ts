import { describe, expect, test } from 'vitest';
import { DEAD, seconds } from '../../../../core/index.ts';
import { InstanceMonitor } from '../../../../core/policies/infaas-paper/instance-monitor.ts';
import { INSTANCE_STATES } from '../../../../core/policies/infaas-paper/instance-states.ts';
import { GPU, GPU_HOST, HOST, SMALL, addMachine, addWorker, emptyWorld } from '../fixtures.ts';
import type { World } from '../fixtures.ts';

interface Watched {
  readonly world: World;
  readonly monitor: InstanceMonitor;
  readonly worker: number;
  /** The state after the next 2 s, in which the worker received inputs and ended batches. */
  next(done: {
    readonly inputs?: number;
    readonly batches?: number;
    readonly batched?: number;
    readonly ms?: number;
  }): string;
}

/** One worker of mobilenet-cpu: 160 inputs/s at most, a batch of 1 takes 10 ms, of 2 15 ms. */
function watched(): Watched {
  const world = emptyWorld();
  const machine = addMachine(world, HOST);
  const worker = addWorker(world, { variant: SMALL, machine });
  const monitor = new InstanceMonitor(world.context, 1.5);
  let now = 0;
  const next: Watched['next'] = ({ inputs = 0, batches = 0, batched = batches, ms = 0 }) => {
    const { fleet } = world;
    fleet.receivedInputs[worker] += inputs;
    fleet.batches[worker] += batches;
    fleet.batchedInputs[worker] += batched;
    fleet.busyNs[worker] += seconds(ms / 1000);
    now += seconds(2);
    monitor.refresh(now);
    return INSTANCE_STATES[monitor.state[monitor.at(SMALL, machine)]];
  };
  return { world, monitor, worker, next };
}

describe('the monitoring daemon', () => {
  test('looks every 2 s and not earlier', () => {
    const { monitor } = watched();
    const refreshes = [1.999, 2, 3.999, 4].map((at) => {
      monitor.refresh(seconds(at));
      return monitor.refreshes;
    });
    expect(refreshes).toEqual([0, 1, 1, 2]);
  });

  test('calls an instance overloaded when what it receives reaches its peak, and not below', () => {
    const { next } = watched();
    expect(next({ inputs: 319 })).toBe('active');
    expect(next({ inputs: 320 })).toBe('overloaded');
    expect(next({ inputs: 319 })).toBe('active');
  });

  test('counts the peak of all replicas on the machine', () => {
    const { world, next } = watched();
    addWorker(world, { variant: SMALL });
    expect(next({ inputs: 639 })).toBe('active');
    expect(next({ inputs: 640 })).toBe('overloaded');
  });

  test('calls an instance interfered with when its batches take more than 1.5 times the profile', () => {
    const { next } = watched();
    expect(next({ inputs: 10, batches: 10, ms: 150 })).toBe('active');
    expect(next({ inputs: 10, batches: 10, ms: 151 })).toBe('interfered');
    expect(next({ inputs: 10, batches: 10, ms: 100 })).toBe('active');
  });

  test('takes the profile at the mean size of the batches', () => {
    // Half of them 1, half 2: 12.5 ms in the mean, 125 ms for ten.
    const { next } = watched();
    expect(next({ inputs: 15, batches: 10, batched: 15, ms: 187 })).toBe('active');
    expect(next({ inputs: 15, batches: 10, batched: 15, ms: 188 })).toBe('interfered');
  });

  test('notices a batch that does not end', () => {
    const { world, next, worker } = watched();
    next({ inputs: 1 });
    world.fleet.batchStarted(worker, 1, seconds(3.98));
    expect(next({})).toBe('interfered');
  });

  test('does not blame others for latency at the peak', () => {
    expect(watched().next({ inputs: 400, batches: 10, ms: 900 })).toBe('overloaded');
  });

  test('keeps an instance interfered with while it is slow, whatever it receives', () => {
    const { next } = watched();
    expect(next({ inputs: 10, batches: 10, ms: 300 })).toBe('interfered');
    expect(next({ inputs: 400, batches: 10, ms: 300 })).toBe('interfered');
    expect(next({})).toBe('active');
  });

  test('flags the workers of an instance and takes the flags back', () => {
    const { world, monitor, worker, next } = watched();
    next({ inputs: 400 });
    expect([monitor.isFlagged(worker), world.signals.flaggedWorkers.has(worker)]).toEqual([true, true]);
    expect(monitor.isActive(SMALL)).toBe(false);
    next({});
    expect([monitor.isFlagged(worker), world.signals.flaggedWorkers.has(worker)]).toEqual([false, false]);
    expect(monitor.isActive(SMALL)).toBe(true);
  });

  test('calls an instance inactive when its last replica is gone, and lets a new life start unflagged', () => {
    const { world, monitor, worker, next } = watched();
    next({ inputs: 400 });
    world.fleet.setState(worker, DEAD, seconds(2));
    const again = addWorker(world, { variant: SMALL });
    expect([again, monitor.isFlagged(again)]).toEqual([worker, false]);
    world.fleet.setState(again, DEAD, seconds(2));
    expect(next({})).toBe('inactive');
    expect(world.signals.flaggedWorkers.size).toBe(0);
  });

  test('tells the machines of a variant apart', () => {
    const world = emptyWorld();
    const [first, second] = [addMachine(world, GPU_HOST), addMachine(world, GPU_HOST)];
    const busy = addWorker(world, { variant: GPU, machine: first });
    const idle = addWorker(world, { variant: GPU, machine: second });
    const monitor = new InstanceMonitor(world.context, 1.5);
    world.fleet.receivedInputs[busy] = 2000;
    monitor.refresh(seconds(2));
    expect([busy, idle].map((worker) => monitor.isFlagged(worker))).toEqual([true, false]);
    expect(monitor.isActive(GPU)).toBe(true);
  });

  test('sees no work in offline workers', () => {
    const world = emptyWorld();
    const machine = addMachine(world, HOST);
    world.fleet.claim(SMALL, machine, 0, true);
    const monitor = new InstanceMonitor(world.context, 1.5);
    monitor.refresh(seconds(2));
    expect(monitor.replicas[monitor.at(SMALL, machine)]).toBe(0);
  });
});
