/**
 * Slack GPU machines: kept free until a GPU variant gets busy, then its own until it leaves. Only where the experiment
 * asks for slack machines.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import { DEAD, DRAINING } from '../../tables/fleet.ts';
import type { FleetView, MachineId } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';
import { burstAfter } from './burst.ts';
import { LEAST_ACCELERATOR, MODEL_BURST } from './constants.ts';
import { FREE_SLACK } from './machine-book.ts';
import type { InfaasState } from './state.ts';
import { ON_GPU } from './variant-facts.ts';

/** Counts the queries of GPU variants and gives the busy ones a machine. */
export class SlackMachines {
  private readonly state: InfaasState;
  private readonly lastNs: Float64Array;
  private readonly burst: Int32Array;

  constructor(state: InfaasState) {
    const variants = state.context.catalogue.variants.length;
    this.state = state;
    this.lastNs = new Float64Array(variants).fill(-Infinity);
    this.burst = new Int32Array(variants);
  }

  /**
   * Counts a query for a variant and returns the machine that is its alone, or `NONE`. A variant asks for one at its
   * hundredth query in a row, and where none is free again a hundred queries later. Queries that wait for a load under
   * way are not counted.
   */
  machineFor(variant: VariantIndex, now: Nanos): MachineId {
    const { state } = this;
    if (!state.machines.hasSlack || state.facts.kind[variant] !== ON_GPU) return NONE;
    const own = this.ownMachine(variant);
    if (own !== NONE) return own;
    this.burst[variant] = burstAfter(this.burst[variant], this.lastNs[variant], now);
    this.lastNs[variant] = now;
    if (this.burst[variant] < MODEL_BURST) return NONE;
    this.burst[variant] = 0;
    return this.reserveFor(variant);
  }

  private ownMachine(variant: VariantIndex): MachineId {
    const { machines } = this.state;
    const order = machines.order[ON_GPU];
    for (let i = 0; i < machines.count; i += 1) {
      if (machines.slack[order[i]] === variant && machines.isUp(order[i])) return order[i];
    }
    return NONE;
  }

  /** The first free slack machine among those whose GPUs are used least. */
  private reserveFor(variant: VariantIndex): MachineId {
    const { machines, flags, context } = this.state;
    const order = machines.order[ON_GPU];
    for (let i = 0; i < Math.min(LEAST_ACCELERATOR, machines.count); i += 1) {
      const machine = order[i];
      const isFree = machines.slack[machine] === FREE_SLACK && context.fleet.machines.fits(machine, variant);
      if (!isFree) continue;
      machines.reserve(machine, variant);
      flags.slackScale = true;
      return machine;
    }
    return NONE;
  }
}

/** Frees the machines whose variants have left them. */
export function settleSlack({ context, machines }: InfaasState): void {
  if (!machines.hasSlack) return;
  for (let i = 0; i < machines.count; i += 1) {
    const machine = machines.order[ON_GPU][i];
    if (machines.slack[machine] >= 0) machines.settle(machine, hosts(context.fleet, machine, machines.slack[machine]));
  }
}

function hosts(fleet: FleetView, machine: MachineId, variant: VariantIndex): boolean {
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    const state = fleet.state[worker];
    const isThere = fleet.machine[worker] === machine && fleet.variant[worker] === variant;
    if (isThere && state !== DEAD && state !== DRAINING) return true;
  }
  return false;
}
