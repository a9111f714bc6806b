/**
 * The control plane: every epoch the observed rates are packed into nodes, the nodes are placed on machines, and the
 * difference to the workers there are is carried out. A plan is renewed early when machines came or went, and when
 * requests wait for a variant that it leaves out. That is tried again after a tenth of an epoch: where the machines are
 * full the new plan leaves it out as well.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Variant } from '../../catalogue/variant.ts';
import type { ModelScaling, PlacementPolicy, PolicyContext } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { DeviceUse } from '../clockwork/device-use.ts';
import type { ExecutionTimes } from '../clockwork/execution-times.ts';
import { machineOffers } from '../planning/machine-offers.ts';
import { changesTowards, isForMachines, placeByTarget, targetsOf, workersOn } from '../planning/target.ts';
import type { MachineTarget } from '../planning/target.ts';
import { dutiesOf, placeAtShare, placeNodes } from './node-placement.ts';
import type { Duty } from './node-placement.ts';
import type { SessionBook, SessionRecord } from './sessions.ts';
import { packSquishy } from './squishy-packing.ts';
import type { Portion } from './squishy-packing.ts';

export interface EpochOptions {
  readonly epoch: Nanos;
  readonly headroom: number;
  readonly defaultObjective: Nanos;
}

/** Time between two plans for the sake of requests that wait for what is left out, as a share of an epoch. */
const PATIENCE = 0.1;

interface PlanParts {
  readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'signals'>;
  readonly book: SessionBook;
  readonly times: ExecutionTimes;
  readonly use: DeviceUse;
  readonly options: EpochOptions;
}

interface ObservedSession {
  readonly session: SessionRecord;
  readonly rateRps: number;
}

export class EpochPlan {
  /** Counts the plans made; duties are read anew when it changes. */
  version = 0;
  private readonly parts: PlanParts;
  private targets: readonly MachineTarget[] = [];
  private dutiesOn = new Map<MachineId, readonly Duty[]>();
  private readonly arrived: Float64Array;
  private windowNs: Nanos = 0;
  /** When it was renewed for the sake of requests that waited. */
  private rescuedNs: Nanos = -Infinity;
  private plannedRps = 0;

  constructor(parts: PlanParts) {
    this.parts = parts;
    this.arrived = new Float64Array(parts.context.catalogue.variants.length);
  }

  /** The duties on a machine, in the order of the plan. */
  duties(machine: MachineId): readonly Duty[] {
    return this.dutiesOn.get(machine) ?? [];
  }

  /** The next changes towards the plan, which is renewed first when it is time. */
  decide(now: Nanos): readonly ModelScaling[] {
    const { context, options } = this.parts;
    const isDue = now - this.windowNs >= options.epoch;
    if (this.version === 0 || isDue || this.isBroken(now)) this.renew(now);
    if (isDue) this.restartWindow(now);
    const reason = `plan ${this.version} for ${this.plannedRps.toFixed(1)} inputs/s`;
    return [...this.movedAway(reason), ...changesTowards(context, this.targets, reason)];
  }

  /** Places what the plan lacks; anything else on the emptiest machine with room. */
  placement(): PlacementPolicy {
    return placeByTarget(this.parts.context, () => this.targets);
  }

  /** Drains of what is planned elsewhere, although requests wait for it: they wait for the worker of the plan. */
  private movedAway(reason: string): ModelScaling[] {
    const { context } = this.parts;
    return this.targets.flatMap(({ machine, workers }) =>
      [...workersOn(context, machine)].flatMap((current, variant) => {
        const isHeld = context.fleet.waiting[variant] > 0;
        const isElsewhere = this.targets.some((target) => target.workers[variant] > 0);
        const delta = workers[variant] - current;
        return delta < 0 && isHeld && isElsewhere ? [{ variant, delta, machine, reason }] : [];
      }),
    );
  }

  private isBroken(now: Nanos): boolean {
    const { fleet, catalogue } = this.parts.context;
    if (!isForMachines(this.targets, fleet)) return true;
    if (now - this.rescuedNs < PATIENCE * this.parts.options.epoch) return false;
    const isBroken = catalogue.variants.some(
      ({ index }) => fleet.waiting[index] > 0 && this.targets.every(({ workers }) => workers[index] === 0),
    );
    if (isBroken) this.rescuedNs = now;
    return isBroken;
  }

  private renew(now: Nanos): void {
    const { context, use } = this.parts;
    const observed = this.observe(now);
    // Nothing is known before the first request: the workers of the start stay.
    if (observed.length === 0 && this.version === 0) return;
    const { catalogue, fleet, signals } = context;
    const offers = machineOffers(catalogue, fleet);
    const placed = placeAtShare(
      (share) => this.packed(observed, share),
      (nodes) => placeNodes(catalogue, use, offers, nodes),
    );
    for (const [{ session }] of placed.unplaced) {
      const { variant } = session;
      const cause = `the plan lacks ${placed.unplaced.length} nodes`;
      signals.capacityShort({ hardware: catalogue.variants[variant].hardware, variant, atNs: now, cause });
    }
    this.targets = targetsOf(context, offers, placed.columns);
    // Machines of one kind may have changed plans: a column names its plan.
    this.dutiesOn = new Map(
      this.targets.map(({ machine, workers }) => [machine, placed.duties[placed.columns.indexOf(workers)]]),
    );
    this.plannedRps = observed.reduce((sum, { rateRps }) => sum + rateRps, 0);
    this.version += 1;
  }

  /** Sessions with their rates; a variant whose requests were not seen by dispatch is one session. */
  private observe(now: Nanos): ObservedSession[] {
    const { context, book, options } = this.parts;
    const { catalogue, fleet } = context;
    const perSecond = (options.headroom * NANOS_PER_SECOND) / Math.max(1, now - this.windowNs);
    return catalogue.variants.flatMap(({ index }) => {
      const seen = book.of(index).filter(({ arrivedInputs }) => arrivedInputs > 0);
      if (seen.length > 0) return seen.map((session) => ({ session, rateRps: session.arrivedInputs * perSecond }));
      const arrived = fleet.totals.arrivedInputs[index] - this.arrived[index];
      const session = { variant: index, objectiveNs: options.defaultObjective, arrivedInputs: arrived };
      return arrived > 0 ? [{ session, rateRps: arrived * perSecond }] : [];
    });
  }

  private restartWindow(now: Nanos): void {
    this.windowNs = now;
    this.parts.book.restart();
    this.arrived.set(this.parts.context.fleet.totals.arrivedInputs);
  }

  /** Nodes of all kinds of hardware, at a share of the observed rates. */
  private packed(observed: readonly ObservedSession[], share: number): Duty[][] {
    const { catalogue, fleet } = this.parts.context;
    const kinds = new Map<string, ObservedSession[]>();
    for (const each of observed) {
      const kind = kindOf(catalogue.variants[each.session.variant]);
      const others = kinds.get(kind);
      if (others === undefined) kinds.set(kind, [each]);
      else others.push(each);
    }
    const { coreOvercommit } = fleet.machines;
    return [...kinds.values()].flatMap((kind) => {
      const sessions = kind.map(({ session }) => session);
      const packed = packSquishy(
        kind.map(({ session, rateRps }) => this.toPack(session, rateRps * share)),
        (portions) => shareOneDevice(catalogue, sessions, portions, coreOvercommit),
      );
      return packed.map((node) => dutiesOf(node, sessions));
    });
  }

  private toPack({ variant, objectiveNs }: SessionRecord, rateRps: number): Parameters<typeof packSquishy>[0][number] {
    const { context, times } = this.parts;
    const { maxBatch } = context.catalogue.variants[variant];
    const sizes = Array.from({ length: maxBatch }, (_, i) => i + 1);
    return { objectiveNs, rateRps, sizes, latencyNs: (batch) => times.of(variant, batch) };
  }
}

/** What sessions must have in common to share a device: the hardware, or the number of cores. */
function kindOf({ hardware, resources: { accelerators, cores } }: Variant): string {
  return accelerators > 0 ? `${hardware} ${Math.ceil(accelerators)}` : `cores ${cores}`;
}

/** Whether the reservations of the portions' workers fit on one device, or on one set of overcommitted cores. */
function shareOneDevice(
  catalogue: Catalogue,
  sessions: readonly SessionRecord[],
  portions: readonly Portion[],
  coreOvercommit: number,
): boolean {
  const variants = portions.map(({ session }) => catalogue.variants[sessions[session].variant]);
  const [{ hardware, resources }] = variants;
  if (resources.accelerators === 0) return portions.length <= coreOvercommit;
  const reserved = variants.reduce((sum, variant) => sum + variant.resources.accelerators, 0);
  const memoryBytes = variants.reduce((sum, variant) => sum + variant.resources.memoryBytes, 0);
  const devices = Math.ceil(resources.accelerators);
  const offered = catalogue.machineTypes.reduce(
    (most, { accelerator }) => (accelerator?.hardware === hardware ? Math.max(most, accelerator.memoryBytes) : most),
    0,
  );
  return reserved <= devices + 1e-9 && memoryBytes <= devices * offered;
}
