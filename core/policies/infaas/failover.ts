/**
 * The failover of the paper (INFaaS, section 7): for a machine that is lost, one of the same type is started at once
 * and gets the variants that the lost machine had. The released code has none. A machine that is told to drain is not
 * lost.
 *
 * Ask `machines` in machine scaling and `models` in model scaling; call `observe` as often as either, so that it knows
 * what a machine had shortly before it was lost. Where another policy scales machines nobody asks `machines`: a loss is
 * forgotten when no machine was asked for in a while.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { MachineScaling, ModelScaling } from '../../policy.ts';
import type { FleetView, MachineId } from '../../tables/fleet.ts';
import { COLD, LOADING, READY } from '../../tables/fleet.ts';
import { BOOTING, MACHINE_DRAINING, UP } from '../../tables/machine-columns.ts';
import type { Nanos } from '../../time.ts';

/** A machine as it was last seen up. */
interface Seen {
  readonly machine: MachineId;
  readonly generation: number;
  readonly type: number;
  /** Replicas by variant. */
  readonly replicas: Map<VariantIndex, number>;
}

/**
 * Looks after which a loss for which no machine was asked is forgotten: some ten seconds of looks every half a second,
 * where machine scaling decides every two.
 */
const LOOKS_MAX = 20;

/** A machine that was lost and is being replaced. */
interface Loss {
  readonly lost: Seen;
  /** How often it was looked at without a machine being asked for. */
  looks: number;
  /** When its successor was asked for; undefined before. */
  askedNs: Nanos | undefined;
  successor: MachineId;
  generation: number;
}

export class Failover {
  private readonly fleet: FleetView;
  private seen = new Map<MachineId, Seen>();
  private losses: Loss[] = [];

  constructor(fleet: FleetView) {
    this.fleet = fleet;
  }

  /** Looks which machines are up and what they hold, and notes those that are lost. */
  observe(): void {
    const { generation, state } = this.fleet.machines;
    for (const seen of this.seen.values()) {
      const isSame = generation[seen.machine] === seen.generation;
      // A machine that drains is watched no longer: its end is no loss.
      if (isSame && (state[seen.machine] === UP || state[seen.machine] === MACHINE_DRAINING)) continue;
      if (this.isSuccessor(seen)) continue;
      this.losses.push({ lost: seen, looks: 0, askedNs: undefined, successor: NONE, generation: 0 });
    }
    for (const loss of this.losses) loss.looks = loss.askedNs === undefined ? loss.looks + 1 : 0;
    this.losses = this.losses.filter(({ looks }) => looks <= LOOKS_MAX);
    this.seen = this.look();
  }

  /** Says that a machine is about to be drained: its end is no loss. */
  expectGone(machine: MachineId): void {
    this.seen.delete(machine);
  }

  /** One machine for each that was lost since the last call. */
  machines(now: Nanos): readonly MachineScaling[] {
    this.observe();
    this.findSuccessors();
    const changes: MachineScaling[] = [];
    for (const loss of this.losses) {
      if (loss.askedNs !== undefined) continue;
      loss.askedNs = now;
      changes.push({ type: loss.lost.type, delta: 1, reason: `failover of machine ${loss.lost.machine}` });
    }
    return changes;
  }

  /** What the successors of lost machines lack of their variants, once each is up. */
  models(): readonly ModelScaling[] {
    this.observe();
    this.findSuccessors();
    const { state } = this.fleet.machines;
    const isOver = ({ successor, askedNs }: Loss): boolean =>
      askedNs !== undefined && (successor === NONE || state[successor] === UP);
    const changes = this.losses.filter(isOver).flatMap((loss) => this.missing(loss));
    this.losses = this.losses.filter((loss) => !isOver(loss));
    return changes;
  }

  /** What the successor lacks; requests that waited for it may have started some already. */
  private missing({ lost, successor }: Loss): ModelScaling[] {
    if (successor === NONE) return [];
    const { workersMax, machine, state, variant, dedicated } = this.fleet;
    const missing = new Map(lost.replicas);
    for (let worker = 0; worker < workersMax; worker += 1) {
      if (machine[worker] !== successor || dedicated[worker] === 1) continue;
      const isAlive = state[worker] === COLD || state[worker] === LOADING || state[worker] === READY;
      const left = missing.get(variant[worker]);
      if (isAlive && left !== undefined) missing.set(variant[worker], left - 1);
    }
    const reason = `failover of machine ${lost.machine}`;
    return [...missing].flatMap(([its, delta]) =>
      delta > 0 ? [{ variant: its, delta, machine: successor, reason }] : [],
    );
  }

  /** A successor that is lost before it got its variants is asked for again, not replaced beside. */
  private isSuccessor({ machine, generation }: Seen): boolean {
    return this.losses.some((loss) => loss.successor === machine && loss.generation === generation);
  }

  private look(): Map<MachineId, Seen> {
    const { machines, machine, workersMax, state, variant, dedicated } = this.fleet;
    const seen = new Map<MachineId, Seen>();
    for (let i = 0; i < machines.up.length; i += 1) {
      const id = machines.up.at(i);
      seen.set(id, {
        machine: id,
        generation: machines.generation[id],
        type: machines.type[id],
        replicas: new Map<VariantIndex, number>(),
      });
    }
    for (let worker = 0; worker < workersMax; worker += 1) {
      const isAlive = state[worker] === LOADING || state[worker] === READY;
      if (!isAlive || dedicated[worker] === 1 || this.fleet.isCondemned(worker)) continue;
      const replicas = seen.get(machine[worker])?.replicas;
      replicas?.set(variant[worker], (replicas.get(variant[worker]) ?? 0) + 1);
    }
    return seen;
  }

  /** Recognises the machines that were asked for by their type and the instant they began to boot. */
  private findSuccessors(): void {
    const { machines } = this.fleet;
    const taken = new Set(this.losses.filter(({ successor }) => successor !== NONE).map(({ successor }) => successor));
    for (const loss of this.losses) {
      if (loss.askedNs === undefined) continue;
      if (loss.successor !== NONE) {
        this.checkSuccessor(loss);
        continue;
      }
      for (let machine = 0; machine < machines.machinesMax && loss.successor === NONE; machine += 1) {
        const isAlive = machines.state[machine] === BOOTING || machines.state[machine] === UP;
        const isIts = machines.type[machine] === loss.lost.type && machines.bootStartNs[machine] === loss.askedNs;
        if (!isAlive || !isIts || taken.has(machine)) continue;
        taken.add(machine);
        loss.successor = machine;
        loss.generation = machines.generation[machine];
      }
    }
  }

  /** A successor that did not come up is asked for again. */
  private checkSuccessor(loss: Loss): void {
    const { generation, state } = this.fleet.machines;
    const isAlive = state[loss.successor] === BOOTING || state[loss.successor] === UP;
    if (isAlive && generation[loss.successor] === loss.generation) return;
    loss.successor = NONE;
    loss.askedNs = undefined;
  }
}
