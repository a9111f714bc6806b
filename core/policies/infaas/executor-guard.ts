/**
 * The guard against overloaded machines: one that gets requests in an unbroken run is left alone for two seconds. It
 * counts arrivals that follow each other within a second, which is no rate: two a second for long enough will do. The
 * first request to a machine counts as one, the first after a pause as none, as in the release.
 */
import type { MachineId } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';
import { burstAfter } from './burst.ts';
import { MACHINE_BURST } from './constants.ts';
import type { DecisionMode } from './decision-mode.ts';
import type { InfaasState } from './state.ts';
import { ON_INFERENTIA } from './variant-facts.ts';

export class ExecutorGuard {
  private readonly state: InfaasState;
  private readonly mode: DecisionMode;
  private readonly lastNs: Float64Array;
  private readonly burst: Int32Array;

  constructor(state: InfaasState, mode: DecisionMode) {
    const { machinesMax } = state.context.fleet.machines;
    this.state = state;
    this.mode = mode;
    this.lastNs = new Float64Array(machinesMax).fill(-Infinity);
    this.burst = new Int32Array(machinesMax);
  }

  /** Counts a request that goes to the machine, after the decision that sent it there. */
  count(machine: MachineId, now: Nanos): void {
    const { machines, flags } = this.state;
    this.burst[machine] = burstAfter(this.burst[machine], this.lastNs[machine], now);
    this.lastNs[machine] = now;
    if (this.burst[machine] < MACHINE_BURST) return;
    this.burst[machine] = 0;
    // Another machine helps an only one too, and one that is not left alone.
    if (this.mode.remaps) flags.vmScale = true;
    if (machines.count <= 1 || machines.kindOf(machine) === ON_INFERENTIA) return;
    machines.blacklist(machine, now);
  }
}
