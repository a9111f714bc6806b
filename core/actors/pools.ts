/**
 * How workers and machines come into being and leave: claiming a number, attaching the actors, sending the first
 * message, noting the decision. The autoscalers decide; the pools carry out.
 */
import type { AnyActorLogic } from 'xstate';
import { lifecycleOf, machineAt, queueOf } from '../addresses.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import { NONE } from '../policy.ts';
import type { Fleet, Generation, MachineId, WorkerId } from '../tables/fleet.ts';
import type { World } from '../world.ts';
import type { Host } from './host.ts';
import { machineLogic } from './machine-lifecycle.ts';
import { lifecycleLogic } from './worker-lifecycle.ts';
import { queueContext, queueLogic } from './worker-queue.ts';
import type { QueueInput } from './worker-queue.ts';

export interface PoolParts {
  readonly world: World;
  readonly host: Host;
  readonly fleet: Fleet;
  /** What every worker's queue shares; the pool adds the worker. */
  readonly queue: Omit<QueueInput, 'worker'>;
}

/** Where a worker is to run, and why. */
export interface WorkerStart {
  readonly variant: VariantIndex;
  readonly machine: MachineId;
  readonly reason: string;
}

/** What a dedicated worker has in place of a queue of requests: made for one generation of its number. */
export interface DedicatedQueue {
  readonly logic: AnyActorLogic;
  readonly input: object;
}

export class WorkerPool {
  private readonly parts: PoolParts;
  /** Whether a worker number has a queue of requests attached; it serves all generations of its number. */
  private readonly attached: boolean[] = [];

  constructor(parts: PoolParts) {
    this.parts = parts;
  }

  /** Starts a worker on a machine that has room; returns `NONE` when every worker number is in use. */
  start(variant: VariantIndex, machine: MachineId, reason: string): WorkerId {
    const { world, host, fleet, queue } = this.parts;
    const worker = fleet.claim(variant, machine, world.now);
    if (worker === NONE) return NONE;
    if (this.attached[worker] !== true) {
      host.attach(queueOf(worker), queueLogic, queueContext({ ...queue, worker }));
      this.attached[worker] = true;
    }
    this.begin(worker, reason);
    return worker;
  }

  /**
   * Starts a worker that takes no requests; returns `NONE` when every worker number is in use.
   * @param queueFor makes the actor at the address of its queue.
   */
  startDedicated(
    { variant, machine, reason }: WorkerStart,
    queueFor: (worker: WorkerId, generation: Generation) => DedicatedQueue,
  ): WorkerId {
    const { world, host, fleet } = this.parts;
    const worker = fleet.claim(variant, machine, world.now, true);
    if (worker === NONE) return NONE;
    const { logic, input } = queueFor(worker, fleet.generation[worker]);
    host.attach(queueOf(worker), logic, input);
    this.attached[worker] = false;
    this.begin(worker, reason);
    return worker;
  }

  /** Begins to drain a worker. */
  drain(worker: WorkerId, reason: string): void {
    const { world, fleet } = this.parts;
    const variant = fleet.variant[worker];
    world.decided({ kind: 'worker.drain', variant, worker, machine: fleet.machine[worker], reason });
    world.send(lifecycleOf(worker), { type: 'worker.drain' });
  }

  private begin(worker: WorkerId, reason: string): void {
    const { world, host, fleet } = this.parts;
    const generation = fleet.generation[worker];
    host.attach(lifecycleOf(worker), lifecycleLogic, { world, fleet, worker, generation });
    const variant = fleet.variant[worker];
    world.decided({ kind: 'worker.start', variant, worker, machine: fleet.machine[worker], reason });
    world.send(lifecycleOf(worker), { type: 'worker.load' });
  }
}

export class MachinePool {
  private readonly parts: Pick<PoolParts, 'world' | 'host' | 'fleet'>;

  constructor(parts: Pick<PoolParts, 'world' | 'host' | 'fleet'>) {
    this.parts = parts;
  }

  /** Begins to boot a machine; returns `NONE` when every machine number is in use. */
  boot(type: number, reason: string): MachineId {
    const { world, host, fleet } = this.parts;
    const machine = fleet.machines.claim(type, world.now);
    if (machine === NONE) return NONE;
    const generation = fleet.machines.generation[machine];
    host.attach(machineAt(machine), machineLogic, { world, fleet, machine, generation });
    world.decided({ kind: 'machine.boot', type, machine, reason });
    world.send(machineAt(machine), { type: 'machine.boot' });
    return machine;
  }

  /** Begins to drain a machine and everything on it. */
  drain(machine: MachineId, reason: string): void {
    const { world, fleet } = this.parts;
    world.decided({ kind: 'machine.drain', type: fleet.machines.type[machine], machine, reason });
    world.send(machineAt(machine), { type: 'machine.drain' });
  }
}
