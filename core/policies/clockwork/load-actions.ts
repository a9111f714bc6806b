/**
 * The central controller's LOAD and UNLOAD actions. Each period the models are loaded in the order of their load
 * priority, one load at a time per machine, on the least loaded machine with room. Where no machine has room, the model
 * used least recently on some machine is unloaded first; the load follows when its memory is free.
 *
 * Added to the paper, where a load takes milliseconds: a model stays for a while after its last use, and goes only for
 * one with more unmet demand than it has demand, since here a load may take seconds.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { ModelScaling, ModelScalingPolicy, PlacementPolicy, PolicyContext } from '../../policy.ts';
import { COLD, DEAD, DRAINING, LOADING, READY } from '../../tables/fleet.ts';
import type { MachineId, WorkerId } from '../../tables/fleet.ts';
import { shareOf } from '../../tables/machine-columns.ts';
import type { Nanos } from '../../time.ts';
import { isBusy } from './device-use.ts';
import type { DeviceUse } from './device-use.ts';
import type { LoadPriority } from './load-priority.ts';

export interface LoadOptions {
  readonly loadPeriod: Nanos;
  /** How long a model stays loaded after its last use, at least. */
  readonly keep: Nanos;
}

type Tables = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>;

/** What the workers of the machines are at, taken down once a period. */
class Survey {
  readonly usedNs: Float64Array;
  private readonly tables: Tables;
  private readonly copies: Int32Array;
  private readonly moving: Uint8Array;
  private readonly lives: Int32Array;
  private readonly received: Float64Array;

  constructor(tables: Tables) {
    const { fleet, catalogue } = tables;
    this.tables = tables;
    this.usedNs = new Float64Array(fleet.workersMax);
    this.lives = new Int32Array(fleet.workersMax);
    this.received = new Float64Array(fleet.workersMax);
    this.copies = new Int32Array(catalogue.variants.length * fleet.machines.machinesMax);
    this.moving = new Uint8Array(fleet.machines.machinesMax);
  }

  copiesOf(variant: VariantIndex, machine: MachineId): number {
    return this.copies[variant * this.moving.length + machine];
  }

  /** Whether the machine loads or unloads a model. */
  isMoving(machine: MachineId): boolean {
    return this.moving[machine] === 1;
  }

  move(machine: MachineId): void {
    this.moving[machine] = 1;
  }

  take(now: Nanos): void {
    const { fleet } = this.tables;
    this.copies.fill(0);
    this.moving.fill(0);
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      const state = fleet.state[worker];
      if (state === DEAD || fleet.dedicated[worker] === 1) continue;
      const machine = fleet.machine[worker];
      const leaves = state === DRAINING || fleet.isCondemned(worker);
      if (leaves || state === COLD || state === LOADING) this.moving[machine] = 1;
      if (!leaves) this.copies[fleet.variant[worker] * this.moving.length + machine] += 1;
      this.noteUse(worker, now);
    }
  }

  private noteUse(worker: WorkerId, now: Nanos): void {
    const { fleet } = this.tables;
    const same =
      this.lives[worker] === fleet.generation[worker] &&
      this.received[worker] === fleet.received[worker] &&
      fleet.state[worker] === READY;
    if (same && !isBusy(fleet, worker)) return;
    this.lives[worker] = fleet.generation[worker];
    this.received[worker] = fleet.received[worker];
    this.usedNs[worker] = now;
  }
}

export function loadActions(
  tables: Tables,
  {
    priority,
    use,
    options,
  }: { readonly priority: LoadPriority; readonly use: DeviceUse; readonly options: LoadOptions },
): { readonly scaling: ModelScalingPolicy; readonly placement: PlacementPolicy } {
  const { catalogue, fleet } = tables;
  const { machines } = fleet;
  const survey = new Survey(tables);
  const copies = (variant: VariantIndex, machine: MachineId): number => survey.copiesOf(variant, machine);

  /** A device serves one batch at a time, so more copies of a model than devices are no use. */
  const isFull = (machine: MachineId, variant: VariantIndex): boolean =>
    use.usesDevices(variant) &&
    (copies(variant, machine) + 1) * use.demandOf(variant) > use.capacityOf(machine, variant);

  const leastLoaded = (isCandidate: (machine: MachineId) => boolean, variant: VariantIndex): MachineId => {
    let best: MachineId = NONE;
    for (let i = 0; i < machines.up.length; i += 1) {
      const machine = machines.up.at(i);
      if (!isCandidate(machine) || !machines.fits(machine, variant)) continue;
      const isBetter =
        best === NONE ||
        copies(variant, machine) < copies(variant, best) ||
        (copies(variant, machine) === copies(variant, best) && priority.load[machine] < priority.load[best]);
      if (isBetter) best = machine;
    }
    return best;
  };

  /** The worker unused longest that may go for the variant; `NONE` for none. */
  const victimFor = (variant: VariantIndex, now: Nanos): WorkerId => {
    let victim: WorkerId = NONE;
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      if (fleet.state[worker] !== READY || fleet.dedicated[worker] === 1 || fleet.isCondemned(worker)) continue;
      const machine = fleet.machine[worker];
      const other = fleet.variant[worker];
      const isSpare =
        !isBusy(fleet, worker) &&
        fleet.waiting[other] === 0 &&
        now - survey.usedNs[worker] >= options.keep &&
        priority.demand[other] < priority.unmet[variant];
      const helps =
        other !== variant &&
        use.isSameKind(other, variant) &&
        !survey.isMoving(machine) &&
        machines.up.has(machine) &&
        !isFull(machine, variant) &&
        shareOf(catalogue.machineTypes[machines.type[machine]], catalogue.variants[variant], machines.coreOvercommit) <=
          1;
      if (!isSpare || !helps) continue;
      if (victim === NONE || survey.usedNs[worker] < survey.usedNs[victim]) victim = worker;
    }
    return victim;
  };

  const actionFor = (variant: VariantIndex, now: Nanos): ModelScaling | undefined => {
    const wanted = `load priority ${priority.unmet[variant].toFixed(3)} of ${catalogue.variants[variant].name}`;
    const machine = leastLoaded((other) => !survey.isMoving(other) && !isFull(other, variant), variant);
    if (machine !== NONE) {
      survey.move(machine);
      return { variant, delta: 1, machine, reason: wanted };
    }
    const victim = victimFor(variant, now);
    if (victim === NONE) return undefined;
    survey.move(fleet.machine[victim]);
    return {
      variant: fleet.variant[victim],
      delta: -1,
      machine: fleet.machine[victim],
      reason: `makes room: ${wanted}`,
    };
  };

  return {
    scaling: {
      periodNs: options.loadPeriod,
      decide(now) {
        survey.take(now);
        priority.refresh(copies, now);
        const actions: ModelScaling[] = [];
        for (const variant of byPriority(priority.unmet)) {
          if (actions.some((action) => action.variant === variant)) continue;
          const action = actionFor(variant, now);
          if (action !== undefined && !actions.some((other) => other.variant === action.variant)) actions.push(action);
        }
        return actions;
      },
    },
    placement: {
      place(variant, now) {
        survey.take(now);
        return leastLoaded(() => true, variant);
      },
    },
  };
}

/** Slack for sums of shares of demand. */
const UNMET_LEAST = 1e-6;

/** Variants with unmet demand, the most first. */
function byPriority(unmet: Float64Array): VariantIndex[] {
  const variants: VariantIndex[] = [];
  for (let variant = 0; variant < unmet.length; variant += 1) if (unmet[variant] > UNMET_LEAST) variants.push(variant);
  return variants.sort((a, b) => (unmet[a] === unmet[b] ? a - b : unmet[b] - unmet[a]));
}
