/**
 * The machine autoscaler of the release (master_vm_daemon.cc): a loop of 2 s that keeps busy machines from getting
 * work, starts one machine at a time and removes one after 30 s of idleness, never a CPU-only one. After any action it
 * waits for 15 loops; while a machine boots it stands still.
 *
 * Unlike the release it reads the flags of the dispatcher where it decides and clears them there, so that none is lost
 * while it waits (`bugDroppedVmFlags` restores that).
 */
import { NONE } from '../../policy.ts';
import type { MachineScaling } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import { seconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { WITHOUT_ACCELERATOR } from './constants.ts';
import { HARDWARE_KINDS, machinesByKind } from './machine-types.ts';
import type { KindOfMachines } from './machine-types.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA } from './variant-facts.ts';
import type { HardwareKind } from './variant-facts.ts';

/** How often `decide` is to be called. */
export const MACHINE_SCALING_PERIOD_NS: Nanos = seconds(2);

/** Loops between two actions, and idle loops before a machine goes. */
const BACKOFF_LOOPS = 15;
const IDLE_LOOPS = 15;
/** Percent. Every machine above it asks for another one, and any machine above it gets no work by load. */
const BUSY = 80;
const BUSY_INFERENTIA = 70;
/** A GPU that is full looks like none at all to the release: only below this are GPUs taken as busy. */
const GPU_FULL = 100;
/** Percent at or below which machines are idle: of the least used one, and on average. */
const IDLE_CPU = 5;
const IDLE_GPU = 8;
const IDLE_AVERAGE_CPU = 30;
const IDLE_AVERAGE_GPU = 8;
const IDLE_AVERAGE_INFERENTIA = 25;
/** The least used machine by CPU must be among this many of the least used by accelerator. */
const LEAST_USED = 3;

/** Utilisation in percent, by kind of hardware. */
interface Utilisation {
  readonly least: readonly number[];
  readonly average: readonly number[];
}

export class InfaasMachineAutoscaler {
  private readonly state: InfaasState;
  private readonly kinds: readonly KindOfMachines[];
  /** Loops since the last action, at most `BACKOFF_LOOPS`. */
  private backoff = BACKOFF_LOOPS;
  private idleLoops = 0;
  /** The boot that the loop waits for. */
  private boot: { readonly type: number; readonly atNs: Nanos } | undefined;

  constructor(state: InfaasState) {
    const { catalogue, initial, fleet } = state.context;
    this.state = state;
    this.kinds = machinesByKind(catalogue, initial, fleet.machines);
  }

  /** One loop. Called every 2 s. */
  decide(now: Nanos): readonly MachineScaling[] {
    if (this.isBooting()) return [];
    this.boot = undefined;
    this.state.machines.follow();
    this.blacklistBusy(now);
    const changes: MachineScaling[] = [];
    if (this.backoff === BACKOFF_LOOPS) {
      const utilisation = this.utilisation();
      const { vmScale, slackScale } = this.state.flags;
      // Counted before anything starts: a machine that boots does not count.
      const machinesUp = this.kinds.reduce((sum, kind) => sum + kind.up(), 0);
      const more = this.grow(utilisation, { vmScale, slackScale }, now);
      changes.push(...more);
      changes.push(...this.shrink(utilisation, vmScale, machinesUp));
      if (!this.state.options.bugDroppedVmFlags) this.clearFlags();
    }
    this.waitOn();
    return changes;
  }

  private isBooting(): boolean {
    if (this.boot === undefined) return false;
    const { booting, type, bootStartNs } = this.state.context.fleet.machines;
    for (let i = 0; i < booting.length; i += 1) {
      const machine = booting.at(i);
      if (type[machine] === this.boot.type && bootStartNs[machine] === this.boot.atNs) return true;
    }
    return false;
  }

  private blacklistBusy(now: Nanos): void {
    const { up } = this.state.context.fleet.machines;
    for (let i = 0; i < up.length; i += 1) {
      const { cpuPercent, gpuPercent } = this.state.machineUtil(up.at(i));
      const isBusy = cpuPercent > BUSY || (gpuPercent > BUSY && gpuPercent < GPU_FULL);
      if (isBusy) this.state.executorBlacklist(up.at(i), now);
    }
  }

  private grow(
    { least }: Utilisation,
    { vmScale, slackScale }: { readonly vmScale: boolean; readonly slackScale: boolean },
    now: Nanos,
  ): MachineScaling[] {
    const { bugInferentiaMarker, bugTypeChoiceIgnoresMaximum } = this.state.options;
    const hasRoom = (kind: HardwareKind): boolean => this.kinds[kind].up() < this.kinds[kind].max;
    const isCpuBusy = least[ON_CPU] > BUSY;
    const isGpuBusy = least[ON_GPU] > BUSY && least[ON_GPU] < GPU_FULL;
    const isInferentiaReal = bugInferentiaMarker || least[ON_INFERENTIA] < WITHOUT_ACCELERATOR;
    const isInferentiaBusy = isInferentiaReal && least[ON_INFERENTIA] > BUSY_INFERENTIA;
    const isGpuWanted = isGpuBusy || vmScale || slackScale;
    const isTriggered =
      (isCpuBusy && hasRoom(ON_CPU)) ||
      (isInferentiaBusy && hasRoom(ON_INFERENTIA)) ||
      (isGpuWanted && hasRoom(ON_GPU));
    if (!isTriggered) return [];
    const mayTake = (kind: HardwareKind): boolean => bugTypeChoiceIgnoresMaximum || hasRoom(kind);
    let kind: HardwareKind = ON_GPU;
    if (isCpuBusy && mayTake(ON_CPU)) kind = ON_CPU;
    else if (isInferentiaBusy && mayTake(ON_INFERENTIA)) kind = ON_INFERENTIA;
    this.backoff = 0;
    const type = this.kinds[kind].startable();
    // The chosen kind is at its maximum: the release would start it all the same, the experiment does not allow it.
    if (type === NONE) return [];
    this.boot = { type, atNs: now };
    if (kind === ON_GPU && slackScale) this.state.machines.expectSlack();
    const isFlag = kind === ON_GPU && !isGpuBusy;
    const reason = isFlag ? (slackScale ? 'slack machine wanted' : 'machine wanted') : 'all machines are busy';
    return [{ type, delta: 1, reason }];
  }

  private shrink({ least, average }: Utilisation, vmScale: boolean, machinesUp: number): MachineScaling[] {
    const isIdle =
      !vmScale &&
      ((least[ON_GPU] <= IDLE_GPU && least[ON_CPU] <= IDLE_CPU) ||
        (average[ON_GPU] <= IDLE_AVERAGE_GPU && average[ON_CPU] <= IDLE_AVERAGE_CPU) ||
        (average[ON_INFERENTIA] <= IDLE_AVERAGE_INFERENTIA && average[ON_CPU] <= IDLE_AVERAGE_CPU));
    this.idleLoops = isIdle ? this.idleLoops + 1 : 0;
    if (this.idleLoops < IDLE_LOOPS) return [];
    this.idleLoops = 0;
    const machine = this.victim(machinesUp);
    if (machine === NONE) return [];
    this.backoff = 0;
    const type = this.state.context.fleet.machines.type[machine];
    return [{ type, delta: -1, machine, reason: 'idle for 15 loops' }];
  }

  private victim(machinesUp: number): MachineId {
    const { order } = this.state.machines;
    const leastCpu = order[ON_CPU][0];
    const isAmong = (kind: HardwareKind): boolean =>
      order[kind].subarray(0, Math.min(LEAST_USED, machinesUp)).includes(leastCpu) &&
      this.kinds[kind].up() > this.kinds[kind].initial;
    const initially = this.kinds.reduce((sum, kind) => sum + kind.initial, 0);
    if (machinesUp <= initially) return NONE;
    if (isAmong(ON_GPU)) return order[ON_GPU][0];
    return isAmong(ON_INFERENTIA) ? order[ON_INFERENTIA][0] : NONE;
  }

  /** Machines without the accelerator carry 101 percent: they never are the least and count in no average. */
  private utilisation(): Utilisation {
    const { machines, options } = this.state;
    const least = HARDWARE_KINDS.map((kind) => {
      // Without any machine nothing is busy and nothing is idle.
      if (machines.count === 0) return kind === ON_CPU ? 0 : WITHOUT_ACCELERATOR;
      return machines.util100(kind, machines.order[kind][0]);
    });
    const ceiling = options.bugFullAcceleratorsIgnored ? GPU_FULL : WITHOUT_ACCELERATOR;
    const average = HARDWARE_KINDS.map((kind) => {
      let sum = 0;
      let counted = 0;
      for (let i = 0; i < machines.count; i += 1) {
        const percent = machines.util100(kind, machines.order[kind][i]);
        if (kind !== ON_CPU && percent >= ceiling) continue;
        sum += percent;
        counted += 1;
      }
      if (counted > 0) return sum / counted;
      // What no machine has is neither busy nor idle; the release takes it for idle.
      return kind === ON_CPU || options.bugMissingHardwareIsIdle ? 0 : WITHOUT_ACCELERATOR;
    });
    return { least, average };
  }

  /** One loop of the wait after an action; the release drops at its end what was asked for meanwhile. */
  private waitOn(): void {
    if (this.backoff === BACKOFF_LOOPS) return;
    this.backoff += 1;
    if (this.backoff === BACKOFF_LOOPS && this.state.options.bugDroppedVmFlags) this.clearFlags();
  }

  private clearFlags(): void {
    this.state.flags.vmScale = false;
    this.state.flags.slackScale = false;
  }
}
