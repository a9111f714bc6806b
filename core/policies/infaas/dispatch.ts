/**
 * Which machine, and which replica on it, gets a request. A machine that has no replica yet loads one while the request
 * is held for it, as the worker of the release does; nothing is queued at the master. Invariant: a request is held only
 * while a replica of its variant loads or was asked for.
 *
 * In the round-robin modes (2, 3 and 7) every request goes to the machine in turn or of the mapping. The release does
 * so for queries that name their variant, and for others only where no replica will do: queries by architecture and by
 * use case go to the machine with the fewest requests as in the other modes. These modes are here to stand for systems
 * without load awareness, which that is not.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { HOLD, NONE, START } from '../../policy.ts';
import type { MachineId, WorkerId } from '../../tables/fleet.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER, toMilliseconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { decisionMode } from './decision-mode.ts';
import type { DecisionMode } from './decision-mode.ts';
import { ExecutorGuard } from './executor-guard.ts';
import type { MachineChoice } from './machine-choice.ts';
import { MachineTurns } from './machine-turns.ts';
import type { Monitor } from './monitor.ts';
import { ReplicaChoice } from './replica-choice.ts';
import type { InfaasSelection } from './selection.ts';
import { SlackMachines } from './slack.ts';
import type { Starts } from './starts.ts';
import type { InfaasState } from './state.ts';

export interface DispatchParts {
  readonly state: InfaasState;
  readonly monitor: Monitor;
  readonly selection: InfaasSelection;
  readonly choice: MachineChoice;
  readonly starts: Starts;
}

export class InfaasDispatch {
  /** Under the bug a variant that loads is loaded on further machines. */
  readonly countsStarts: boolean;
  private readonly state: InfaasState;
  private readonly monitor: Monitor;
  private readonly selection: InfaasSelection;
  private readonly choice: MachineChoice;
  private readonly starts: Starts;
  private readonly mode: DecisionMode;
  private readonly turns: MachineTurns;
  private readonly replicas: ReplicaChoice;
  private readonly guard: ExecutorGuard;
  private readonly slack: SlackMachines;

  constructor({ state, monitor, selection, choice, starts }: DispatchParts) {
    this.state = state;
    this.monitor = monitor;
    this.selection = selection;
    this.choice = choice;
    this.starts = starts;
    this.countsStarts = state.options.bugColdHerding;
    this.mode = decisionMode(state.options);
    this.turns = new MachineTurns(state, this.mode, choice);
    this.replicas = new ReplicaChoice(state);
    this.guard = new ExecutorGuard(state, this.mode);
    this.slack = new SlackMachines(state);
  }

  assign(slot: Slot, variant: VariantIndex, now: Nanos): WorkerId {
    this.monitor.upTo(now);
    const isRunning = this.selection.takeVerdict(slot, variant);
    const awaited = this.starts.heldFor(slot);
    if (awaited === NONE) return this.route({ slot, variant, isRunning }, now);
    const worker = this.replicas.on(variant, awaited);
    if (worker === NONE && this.state.isLoadingOn(variant, awaited)) return HOLD;
    const heldNs = this.starts.heldNs(slot, now);
    this.starts.release(slot);
    // What it waited for is lost: decided anew, now that some replica is ready.
    if (worker === NONE) return this.route({ slot, variant, isRunning: true }, now);
    this.state.instances.waitedForLoad(variant, awaited, heldNs);
    return this.send(slot, worker);
  }

  cold(slot: Slot, variant: VariantIndex, now: Nanos): number {
    this.monitor.upTo(now);
    this.selection.takeVerdict(slot, variant);
    this.starts.release(slot);
    if (!this.state.options.bugColdHerding) {
      const coming = this.comingOn(variant, now);
      if (coming !== undefined) return this.hold(slot, coming, now);
    }
    return this.route({ slot, variant, isRunning: false }, now);
  }

  private route(asked: Asked, now: Nanos): number {
    const { slot, variant } = asked;
    const machine = this.machineFor(asked, now);
    if (machine === NONE) return this.start(asked, NONE, now);
    this.guard.count(machine, now);
    const worker = this.replicas.on(variant, machine);
    if (worker !== NONE) return this.send(slot, worker);
    if (this.state.isLoadingOn(variant, machine)) return this.hold(slot, machine, now);
    return this.start(asked, machine, now);
  }

  private machineFor({ variant, isRunning }: Asked, now: Nanos): MachineId {
    const { mode, choice } = this;
    this.state.machines.follow();
    const own = this.slack.machineFor(variant, now);
    if (own !== NONE) return own;
    if (mode.machines === 'in-turn') return this.turns.next(variant);
    if (mode.machines === 'mapped') return this.turns.mapped(variant);
    const byRequests = isRunning ? choice.byRequests(variant, now) : NONE;
    return byRequests === NONE ? choice.byUtilisation(variant, 'service') : byRequests;
  }

  /** Loads a replica for the request, unless one is on its way already, or none can be had while another would do. */
  private start({ slot, variant }: Asked, machine: MachineId, now: Nanos): number {
    const { state, starts } = this;
    if (!state.options.bugColdHerding) {
      const coming = this.comingOn(variant, now);
      if (coming !== undefined) return this.hold(slot, coming, now);
    }
    if (state.isRunning(variant) && (machine === NONE || this.state.context.fleet.workersFree === 0)) {
      return this.send(slot, this.replicas.on(variant, state.lowestQps(variant)));
    }
    starts.ask(variant, machine, now);
    starts.hold(slot, machine, now);
    return START;
  }

  /** Where a replica loads or was asked for: `NONE` for a machine that placement is still to find. */
  private comingOn(variant: VariantIndex, now: Nanos): MachineId | undefined {
    const coming = this.state.comingOn(variant);
    if (coming !== NONE) return coming;
    return this.starts.isAsked(variant, now) ? this.starts.targetOf(variant) : undefined;
  }

  private hold(slot: Slot, machine: MachineId, now: Nanos): number {
    this.starts.hold(slot, machine, now);
    return HOLD;
  }

  /** Adds the request's objective to those of the instance, and returns the worker. */
  private send(slot: Slot, worker: WorkerId): WorkerId {
    const { instances, context } = this.state;
    const { fleet, requests, kinds } = context;
    const cell = instances.at(fleet.variant[worker], fleet.machine[worker]);
    const { deadlineNs, scheduledNs } = requests;
    instances.sloCount[cell] += 1;
    if (deadlineNs[slot] !== NEVER) {
      instances.sloSumMs[cell] += toMilliseconds(deadlineNs[slot] - scheduledNs[slot]);
    } else if (kinds[requests.kind[slot]].variant === '') {
      // The release knows queries without an objective only where they name their variant, with an objective of 0.
      instances.sloSumMs[cell] = Infinity;
    }
    return worker;
  }
}

/** A request on its way to a machine. */
interface Asked {
  readonly slot: Slot;
  readonly variant: VariantIndex;
  /** False sends it by utilisation instead of by requests. */
  readonly isRunning: boolean;
}
