/**
 * What the INFaaS paper does about interference: one more instance on idle resources of the same
 * machine; if it is interfered with all the same, or there are none, a move: an instance on the least used other
 * machine, and once that serves, one less where the interference is. An instance that can go nowhere is left to the
 * rules for machines.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import { NONE } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { ReadonlyIds } from '../../tables/sorted-ids.ts';
import { INTERFERED } from './instance-states.ts';
import type { InstanceMonitor } from './instance-monitor.ts';
import { UTILISATION_LIMIT } from './placement.ts';
import type { Machines } from './placement.ts';

/** By how much less a machine must be used for a move to it, as a share of its resources. Own choice. */
const LEAST_GAIN = 0.1;

interface Move {
  readonly variant: VariantIndex;
  readonly from: MachineId;
  readonly to: MachineId;
  /** Workers of the variant that were ready at the destination before. */
  readonly before: number;
}

export class Mitigation {
  private readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>;
  private readonly monitor: InstanceMonitor;
  private readonly machines: Machines;
  /** By instance: what is on its way for it. */
  private readonly moves = new Map<number, Move>();
  /** Instances that got help on their own machine since they were last active. */
  private readonly helped = new Set<number>();

  constructor(
    context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>,
    monitor: InstanceMonitor,
    machines: Machines,
  ) {
    this.context = context;
    this.monitor = monitor;
    this.machines = machines;
  }

  /** Workers of a variant that are there for a move only. */
  extra(variant: VariantIndex): number {
    let count = 0;
    for (const move of this.moves.values()) if (move.variant === variant) count += 1;
    return count;
  }

  /** Ends the moves whose new worker serves: the one that was interfered with leaves. */
  finishMoves(): ModelScaling[] {
    const { fleet } = this.context;
    const changes: ModelScaling[] = [];
    for (const [cell, { variant, from, to, before }] of this.moves) {
      if (countOn(fleet.loading(variant), fleet.machine, to) > 0) continue;
      this.moves.delete(cell);
      // It never came, or the other has left meanwhile.
      if (countOn(fleet.ready(variant), fleet.machine, to) <= before) continue;
      if (from === to || countOn(fleet.ready(variant), fleet.machine, from) === 0) continue;
      changes.push({ variant, delta: -1, machine: from, reason: `moved from machine ${from} to ${to}: interfered` });
    }
    return changes;
  }

  /** Starts help for instances that are interfered with. Call after each refresh of the monitor. */
  start(isFree: (variant: VariantIndex) => boolean): ModelScaling[] {
    const { catalogue, fleet } = this.context;
    const changes: ModelScaling[] = [];
    for (const { index: variant } of catalogue.variants) {
      for (let i = 0; i < fleet.machines.up.length; i += 1) {
        const from = fleet.machines.up.at(i);
        const cell = this.monitor.at(variant, from);
        if (this.monitor.state[cell] !== INTERFERED) this.helped.delete(cell);
        else if (!this.moves.has(cell) && isFree(variant)) {
          const to = this.destination(variant, from, cell);
          if (to === NONE) continue;
          this.moves.set(cell, { variant, from, to, before: countOn(fleet.ready(variant), fleet.machine, to) });
          changes.push({ variant, delta: 1, machine: to, reason: `interfered on machine ${from}, help on ${to}` });
        }
      }
    }
    return changes;
  }

  private destination(variant: VariantIndex, from: MachineId, cell: number): MachineId {
    const { machines } = this.context.fleet;
    if (!this.helped.has(cell) && this.machines.hasIdle(from, variant) && machines.fits(from, variant)) {
      this.helped.add(cell);
      return from;
    }
    const other = this.machines.leastUsed(variant, from);
    return other === NONE || !this.isWorthMoving(variant, from, other) ? NONE : other;
  }

  /** Moves go downhill only: two machines that are as busy would swap their instances for ever. */
  private isWorthMoving(variant: VariantIndex, from: MachineId, to: MachineId): boolean {
    const there = this.machines.utilisation(to, variant);
    return there < UTILISATION_LIMIT && there + LEAST_GAIN <= this.machines.utilisation(from, variant);
  }
}

function countOn(workers: ReadonlyIds, machineOf: { readonly [worker: number]: number }, machine: MachineId): number {
  let count = 0;
  for (let i = 0; i < workers.length; i += 1) if (machineOf[workers.at(i)] === machine) count += 1;
  return count;
}
