/**
 * The machines as columns: state, type, free resources, and the time-integrals that cost and energy are made
 * of. Resources are reserved when a worker is placed and given back when it is dead.
 */
import { invariant } from '../errors.ts';
import type { Nanos } from '../time.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { MachineType } from '../catalogue/machine-type.ts';
import type { BatchDemand, Bytes, Variant, VariantIndex } from '../catalogue/variant.ts';
import type { ReadonlyIds } from './sorted-ids.ts';
import { SortedIds } from './sorted-ids.ts';
import type { Generation, MachineId } from './ids.ts';

export const BOOTING = 0;
export const UP = 1;
export const MACHINE_DRAINING = 2;
export const DOWN = 3;
export const MACHINE_STATES = ['booting', 'up', 'draining', 'down'] as const;
export type MachineState = 0 | 1 | 2 | 3;

/** Slack for sums of fractional accelerators, far below any share a variant may ask for. */
const SHARE_TOLERANCE = 1e-9;

/**
 * The largest of the shares of a machine's resources that one worker takes of an otherwise empty machine; above 1
 * when it does not fit. A variant's memory is the host's, or that of the devices it runs on.
 */
export function shareOf(offer: MachineType, { resources, hardware }: Variant, coreOvercommit: number): number {
  const { cores, memoryBytes, accelerators } = resources;
  const ofCores = cores / (offer.cores * coreOvercommit);
  if (accelerators === 0) return Math.max(ofCores, memoryBytes / offer.memoryBytes);
  const { accelerator } = offer;
  if (accelerator?.hardware !== hardware) return Infinity;
  if (memoryBytes > devicesOf(accelerators) * accelerator.memoryBytes) return Infinity;
  const ofMemory = memoryBytes / (accelerator.count * accelerator.memoryBytes);
  return Math.max(ofCores, ofMemory, accelerators / accelerator.count);
}

/** A worker spreads over as many whole devices as it reserves, and shares at least one. */
function devicesOf(accelerators: number): number {
  return Math.max(1, Math.floor(accelerators));
}

/** Whether an otherwise empty machine has room for a worker: the rule that placement goes by. */
export function canHost(offer: MachineType, variant: Variant, coreOvercommit: number): boolean {
  return shareOf(offer, variant, coreOvercommit) <= 1 + SHARE_TOLERANCE;
}

/**
 * Memory that a machine offers to a variant, over all its devices or of its host; 0 where the variant cannot run or its
 * memory does not fit, however many cores there are.
 */
export function memoryFor({ accelerator, memoryBytes }: MachineType, { resources, hardware }: Variant): Bytes {
  const { accelerators, memoryBytes: wanted } = resources;
  if (accelerators === 0) return wanted <= memoryBytes ? memoryBytes : 0;
  if (accelerator?.hardware !== hardware) return 0;
  const reachable = Math.min(accelerator.count, devicesOf(accelerators)) * accelerator.memoryBytes;
  return wanted <= reachable ? accelerator.count * accelerator.memoryBytes : 0;
}

/** What is left of a machine that is gone: what it is to be paid and what it worked. */
export interface LeftMachine {
  readonly type: number;
  readonly paidNs: Nanos;
  readonly coresWorkedNs: Nanos;
  readonly devicesWorkedNs: Nanos;
}

/** The batches of a lost machine end just after it: what they worked is still credited. */
type Departed = { -readonly [Key in keyof LeftMachine]: LeftMachine[Key] };

export class MachineColumns {
  readonly machinesMax: number;
  readonly state: Uint8Array;
  readonly generation: Int32Array;
  readonly type: Int32Array;
  readonly coresFree: Float64Array;
  readonly memoryFreeBytes: Float64Array;
  readonly acceleratorsFree: Float64Array;
  /** Over all devices of the machine. */
  readonly deviceMemoryFreeBytes: Float64Array;
  /** 1 for machines that are told to drain, whether or not they have taken the message yet. */
  private readonly condemned: Uint8Array;
  /** Workers placed on the machine that are not dead. */
  readonly workers: Int32Array;
  /** When it was asked for; its price counts from here. */
  readonly bootStartNs: Float64Array;
  /** Core-time and device-time worked, by machine, since it was claimed: what energy beyond idling is made of. */
  readonly coresWorkedNs: Float64Array;
  readonly devicesWorkedNs: Float64Array;
  /** The machines that are gone, as they were. */
  readonly left: LeftMachine[] = [];
  /** The same by machine and generation. */
  private readonly departed: Departed[][];
  /** Reservable cores per real core, at least 1. */
  readonly coreOvercommit: number;
  private readonly catalogue: Catalogue;
  /** Counts the machines that came up or are up no more: what is kept of `up` is true while it stands. */
  upChanges = 0;
  private readonly upIds = new SortedIds();
  private readonly bootingIds = new SortedIds();
  private readonly freeIds = new SortedIds();

  /** @param coreOvercommit reservable cores per real core, at least 1. */
  constructor(catalogue: Catalogue, machinesMax: number, coreOvercommit: number) {
    this.catalogue = catalogue;
    this.machinesMax = machinesMax;
    this.coreOvercommit = coreOvercommit;
    this.state = new Uint8Array(machinesMax).fill(DOWN);
    this.generation = new Int32Array(machinesMax);
    this.type = new Int32Array(machinesMax).fill(-1);
    this.coresFree = new Float64Array(machinesMax);
    this.memoryFreeBytes = new Float64Array(machinesMax);
    this.acceleratorsFree = new Float64Array(machinesMax);
    this.deviceMemoryFreeBytes = new Float64Array(machinesMax);
    this.condemned = new Uint8Array(machinesMax);
    this.workers = new Int32Array(machinesMax);
    this.bootStartNs = new Float64Array(machinesMax);
    this.coresWorkedNs = new Float64Array(machinesMax);
    this.devicesWorkedNs = new Float64Array(machinesMax);
    this.departed = Array.from({ length: machinesMax }, () => []);
    for (let machine = 0; machine < machinesMax; machine += 1) this.freeIds.add(machine);
  }

  /** Machines that take workers, ascending. */
  get up(): ReadonlyIds {
    return this.upIds;
  }

  /** Machines that boot, ascending. */
  get booting(): ReadonlyIds {
    return this.bootingIds;
  }

  /** Takes the lowest free machine number for a machine that starts to boot, or -1 when all are in use. */
  claim(type: number, now: Nanos): MachineId {
    if (this.freeIds.length === 0) return -1;
    const machine = this.freeIds.at(0);
    const offer = this.catalogue.machineTypes[type];
    this.freeIds.remove(machine);
    this.generation[machine] += 1;
    this.type[machine] = type;
    this.state[machine] = BOOTING;
    this.bootingIds.add(machine);
    this.coresFree[machine] = offer.cores * this.coreOvercommit;
    this.memoryFreeBytes[machine] = offer.memoryBytes;
    this.acceleratorsFree[machine] = offer.accelerator?.count ?? 0;
    this.deviceMemoryFreeBytes[machine] = (offer.accelerator?.count ?? 0) * (offer.accelerator?.memoryBytes ?? 0);
    this.condemned[machine] = 0;
    this.workers[machine] = 0;
    this.bootStartNs[machine] = now;
    this.coresWorkedNs[machine] = 0;
    this.devicesWorkedNs[machine] = 0;
    return machine;
  }

  /** Moves a machine to a state and keeps the indexes true. Only the machine's statechart calls it. */
  setState(machine: MachineId, state: MachineState, now: Nanos): void {
    const before = this.state[machine];
    invariant(before !== DOWN, `machine ${machine} is down and cannot change state`);
    if (before === BOOTING) this.bootingIds.remove(machine);
    if ((before === UP) !== (state === UP)) this.upChanges += 1;
    if (before === UP) this.upIds.remove(machine);
    if (state === BOOTING) this.bootingIds.add(machine);
    if (state === UP) this.upIds.add(machine);
    if (state === DOWN) {
      this.freeIds.add(machine);
      const departed = {
        type: this.type[machine],
        paidNs: now - this.bootStartNs[machine],
        coresWorkedNs: this.coresWorkedNs[machine],
        devicesWorkedNs: this.devicesWorkedNs[machine],
      };
      this.left.push(departed);
      this.departed[machine][this.generation[machine]] = departed;
    }
    this.state[machine] = state;
  }

  /** Notes that a machine is told to drain, so that nobody picks it twice. */
  condemn(machine: MachineId): void {
    this.condemned[machine] = 1;
  }

  /** True for machines that are told to drain. */
  isCondemned(machine: MachineId): boolean {
    return this.condemned[machine] === 1;
  }

  /** Whether a worker of the variant fits into what the machine has free. The machine must be up. */
  fits(machine: MachineId, variant: VariantIndex): boolean {
    if (this.state[machine] !== UP) return false;
    const wanted = this.catalogue.variants[variant];
    const { cores, memoryBytes, accelerators } = wanted.resources;
    const offer = this.catalogue.machineTypes[this.type[machine]];
    if (!canHost(offer, wanted, this.coreOvercommit)) return false;
    const memoryFreeBytes = accelerators > 0 ? this.deviceMemoryFreeBytes[machine] : this.memoryFreeBytes[machine];
    return (
      this.coresFree[machine] + SHARE_TOLERANCE >= cores &&
      memoryFreeBytes >= memoryBytes &&
      this.acceleratorsFree[machine] + SHARE_TOLERANCE >= accelerators
    );
  }

  /** Reserves a variant's resources. The caller has checked `fits`, or accepts overcommitment on purpose. */
  reserve(machine: MachineId, variant: VariantIndex): void {
    this.change(machine, variant, -1);
  }

  giveBack(machine: MachineId, variant: VariantIndex): void {
    this.change(machine, variant, 1);
  }

  /** Adds core-time (or device-time) that the machine worked in one of its lives, the present one or one that is over. */
  worked(machine: MachineId, generation: Generation, kind: BatchDemand['kind'], workNs: Nanos): void {
    const isPresent = generation === this.generation[machine] && this.state[machine] !== DOWN;
    if (isPresent && kind === 'cores') this.coresWorkedNs[machine] += workNs;
    else if (isPresent) this.devicesWorkedNs[machine] += workNs;
    else this.departed[machine][generation][kind === 'cores' ? 'coresWorkedNs' : 'devicesWorkedNs'] += workNs;
  }

  private change(machine: MachineId, variant: VariantIndex, sign: 1 | -1): void {
    const { cores, memoryBytes, accelerators } = this.catalogue.variants[variant].resources;
    this.coresFree[machine] += sign * cores;
    const memory = accelerators > 0 ? this.deviceMemoryFreeBytes : this.memoryFreeBytes;
    memory[machine] += sign * memoryBytes;
    this.acceleratorsFree[machine] += sign * accelerators;
    this.workers[machine] -= sign;
  }
}
