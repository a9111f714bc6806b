/** The actor that strikes: it picks a victim from the fault's stream and tells it, as reality would. */
import { FAULTS, DEAD, COLD, PHASE_MACHINES, assertNever, lifecycleOf, machineAt, reason, reducer } from '../../core/index.ts';
import type { FaultMessage, Fleet, Nanos, RandomStreams, Stream } from '../../core/index.ts';
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
  private readonly streams: readonly Stream[];

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
    this.streams = parts.plans.map((plan, index) => parts.streams.stream(`faults/${plan.fault}/${index}`));
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

  /** Ends a fault that lasts a while. */
  end(machine: number): void {
    this.shared.setSpeed(machine, 1);
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
        this.shared.setSpeed(machine, plan.speed);
        const ends = { type: 'fault.ends', fault: index, target: machine } as const;
        kernel.schedule(kernel.now + plan.lastsNs, PHASE_MACHINES, FAULTS, ends);
        return true;
      }
      default:
        return assertNever(plan);
    }
  }

  private pickMachine(index: number): number {
    const { up } = this.fleet.machines;
    return up.length === 0 ? -1 : up.at(this.streams[index].int(up.length));
  }

  /** A random id among those that qualify, or -1. */
  private pick(index: number, count: number, qualifies: (id: number) => boolean): number {
    const ids: number[] = [];
    for (let id = 0; id < count; id += 1) if (qualifies(id)) ids.push(id);
    return ids.length === 0 ? -1 : ids[this.streams[index].int(ids.length)];
  }

  private accompanies(fault: 'failed-load' | 'lost-message'): boolean {
    for (const [index, plan] of this.plans.entries()) {
      if (plan.fault !== fault || !('probability' in plan)) continue;
      if (!this.streams[index].chance(plan.probability)) continue;
      this.count(fault);
      return true;
    }
    return false;
  }

  private strikeAfterGap(index: number, meanBetweenNs: Nanos): void {
    const gapNs = Math.max(1, Math.round(this.streams[index].exponential(meanBetweenNs)));
    this.strikeAt(this.kernel.now + gapNs, index);
  }

  private strikeAt(atNs: Nanos, index: number): void {
    this.kernel.schedule(atNs, PHASE_MACHINES, FAULTS, { type: 'fault.strikes', fault: index });
  }

  private count(fault: string): void {
    this.injected.set(fault, (this.injected.get(fault) ?? 0) + 1);
  }
}

/** The injector as an actor. */
export const faultLogic = reducer<FaultInjector, FaultMessage>((injector, message) => {
  if (message.type === 'fault.strikes') injector.strike(message.fault);
  else injector.end(message.target);
});
