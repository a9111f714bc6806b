/** The actor that strikes: it picks a victim from the fault's stream and tells it, as reality would. */
import {
  FAULTS,
  DEAD,
  COLD,
  PHASE_MACHINES,
  assertNever,
  lifecycleOf,
  machineAt,
  reason,
  reducer,
} from '../../core/index.ts';
import type { FaultMessage, Fleet, Generation, MachineId, Nanos, RandomStreams, Stream } from '../../core/index.ts';
import type { Kernel } from '../kernel.ts';
import type { SharedResources } from '../shared-resources.ts';
import type { FaultPlan, StrikingFault } from './fault.ts';

const WORKER_CRASHED = reason('worker-crashed');

export class FaultInjector {
  /** Faults injected, by name. */
  readonly injected = new Map<string, number>();
  private readonly kernel: Kernel;
  private readonly fleet: Fleet;
  private readonly shared: SharedResources;
  private readonly plans: readonly FaultPlan[];
  /** When a fault strikes, or what it accompanies, and whom it strikes: a missing victim must not shift the times. */
  private readonly times: readonly Stream[];
  private readonly victims: readonly Stream[];
  /** Until when each slowed machine stays slow: strikes may overlap. */
  private readonly slowUntil = new Map<MachineId, { readonly generation: Generation; readonly untilNs: Nanos }>();

  constructor(parts: {
    readonly kernel: Kernel;
    readonly fleet: Fleet;
    readonly shared: SharedResources;
    readonly plans: readonly FaultPlan[];
    readonly streams: RandomStreams;
  }) {
    this.kernel = parts.kernel;
    this.fleet = parts.fleet;
    this.shared = parts.shared;
    this.plans = parts.plans;
    const names = parts.plans.map(({ fault }, index) => `faults/${fault}/${nth(parts.plans, index)}`);
    this.times = names.map((name) => parts.streams.stream(name));
    this.victims = names.map((name) => parts.streams.stream(`${name}/victims`));
  }

  /** Schedules the first strike of every fault that strikes. */
  start(): void {
    for (const [index, plan] of this.plans.entries()) {
      if (!('times' in plan)) continue;
      if (plan.times.kind === 'at') for (const atNs of plan.times.atNs) this.strikeAt(atNs, index);
      else this.strikeAfterGap(index, plan.times.meanBetweenNs);
    }
  }

  /** Whether this load fails. */
  loadFails(): boolean {
    return this.accompanies('failed-load');
  }

  /** Whether this request is lost on its way. */
  loses(): boolean {
    return this.accompanies('lost-message');
  }

  /** Strikes now. */
  strike(index: number): void {
    const plan = this.plans[index];
    if (!('times' in plan)) return;
    if (plan.times.kind === 'random') this.strikeAfterGap(index, plan.times.meanBetweenNs);
    if (this.hit(index, plan)) this.count(plan.fault);
  }

  /** Ends a fault that lasts a while, unless the machine was struck again meanwhile or is another by now. */
  end(machine: MachineId): void {
    const slow = this.slowUntil.get(machine);
    if (slow === undefined || slow.generation !== this.fleet.machines.generation[machine]) return;
    if (this.kernel.now >= slow.untilNs) this.shared.setSpeed(machine, 1);
  }

  private hit(index: number, plan: StrikingFault): boolean {
    const { kernel, fleet } = this;
    switch (plan.fault) {
      case 'worker-crash': {
        const worker = this.pick(index, fleet.workersMax, (id) => fleet.state[id] !== DEAD && fleet.state[id] !== COLD);
        if (worker < 0) return false;
        const generation = fleet.generation[worker];
        kernel.send(lifecycleOf(worker), { type: 'worker.crashed', generation, reason: WORKER_CRASHED });
        return true;
      }
      case 'machine-loss': {
        const machine = this.pickMachine(index);
        if (machine < 0) return false;
        kernel.send(machineAt(machine), { type: 'machine.lost', generation: fleet.machines.generation[machine] });
        return true;
      }
      case 'slow-machine': {
        const machine = this.pickMachine(index);
        if (machine < 0) return false;
        this.slow(machine, plan.speed, kernel.now + plan.lastsNs);
        const ends = { type: 'fault.ends', fault: index, target: machine } as const;
        kernel.schedule(kernel.now + plan.lastsNs, PHASE_MACHINES, FAULTS, ends);
        return true;
      }
      default:
        return assertNever(plan);
    }
  }

  /** The last strike sets the speed; the machine stays slow until the last of them is over. */
  private slow(machine: MachineId, speed: number, endNs: Nanos): void {
    const generation = this.fleet.machines.generation[machine];
    const before = this.slowUntil.get(machine);
    const untilNs = before?.generation === generation ? Math.max(before.untilNs, endNs) : endNs;
    this.slowUntil.set(machine, { generation, untilNs });
    this.shared.setSpeed(machine, speed);
  }

  private pickMachine(index: number): number {
    const { up } = this.fleet.machines;
    return up.length === 0 ? -1 : up.at(this.victims[index].int(up.length));
  }

  /** A random id among those that qualify, or -1. */
  private pick(index: number, count: number, qualifies: (id: number) => boolean): number {
    const ids: number[] = [];
    for (let id = 0; id < count; id += 1) if (qualifies(id)) ids.push(id);
    return ids.length === 0 ? -1 : ids[this.victims[index].int(ids.length)];
  }

  private accompanies(fault: 'failed-load' | 'lost-message'): boolean {
    for (const [index, plan] of this.plans.entries()) {
      if (plan.fault !== fault || !('probability' in plan)) continue;
      if (!this.times[index].chance(plan.probability)) continue;
      this.count(fault);
      return true;
    }
    return false;
  }

  private strikeAfterGap(index: number, meanBetweenNs: Nanos): void {
    const gapNs = Math.max(1, Math.round(this.times[index].exponential(meanBetweenNs)));
    this.strikeAt(this.kernel.now + gapNs, index);
  }

  private strikeAt(atNs: Nanos, index: number): void {
    this.kernel.schedule(atNs, PHASE_MACHINES, FAULTS, { type: 'fault.strikes', fault: index });
  }

  private count(fault: string): void {
    this.injected.set(fault, (this.injected.get(fault) ?? 0) + 1);
  }
}

/** A fault's number among those of its name: what else is named must not change its streams. */
function nth(plans: readonly FaultPlan[], index: number): number {
  return plans.slice(0, index).filter(({ fault }) => fault === plans[index].fault).length;
}

/** The injector as an actor. */
export const faultLogic = reducer<FaultInjector, FaultMessage>((injector, message) => {
  if (message.type === 'fault.strikes') injector.strike(message.fault);
  else injector.end(message.target);
});
