// Tables over models that share a GPU, and the modules of policies that serve several families at once: what the tests
// of Clockwork and Nexus have in common. Latencies are linear, so that every figure can be worked out by hand.
import type {
  Catalogue,
  Family,
  MachineId,
  OptionValues,
  Options,
  PolicyChoice,
  PolicyDefinition,
  PolicyModule,
  RequestRow,
  Slot,
  VariantIndex,
  WorkerId,
} from '../../../core/index.ts';
import {
  Fleet,
  LOADING,
  NEVER,
  NO_SOLVER,
  READY,
  RequestTable,
  Signals,
  SlotQueue,
  Stream,
  UP,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
  outcomeName,
} from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';
import type { MachineParts, VariantParts } from '../../fixtures/catalogue.ts';
import { deterministic } from '../../fixtures/services.ts';
import { ONE_KIND } from '../../fixtures/workloads.ts';

/** A quarter of a GPU: `base + perInput * inputs` milliseconds, loaded in 50 ms. */
export function onGpu(baseMs: number, perInputMs: number, parts: VariantParts = {}): VariantParts {
  const service = deterministic(milliseconds(baseMs), {
    perInputNs: milliseconds(perInputMs),
    loadNs: milliseconds(50),
  });
  return { service, maxBatch: 16, cores: 1, memoryBytes: 1, accelerators: 0.25, hardware: 'gpu', ...parts };
}

/** A machine with GPUs of four bytes each. */
export function gpuMachine(count = 1, parts: MachineParts = {}): MachineParts {
  return { cores: 64, memoryBytes: 64, accelerator: { hardware: 'gpu', count, memoryBytes: 4 }, ...parts };
}

/** The families of a multi-family policy from one module, as a run has them. */
export function asFamilies(
  definition: PolicyDefinition,
  options: Readonly<Record<string, number | boolean | string>> = {},
): Partial<Record<Family, PolicyChoice>> {
  const choice = { definition, options: { ...defaultsOf(definition.options), ...options } };
  return Object.fromEntries(definition.families.map((family) => [family, choice]));
}

export class GpuWorld {
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly requests = new RequestTable(64);
  readonly signals = new Signals();
  /** What a scheduler would hold, by variant. */
  readonly waiting: readonly SlotQueue[];

  constructor(variants: readonly VariantParts[], machines: readonly MachineParts[] = [gpuMachine()], overcommit = 1) {
    this.catalogue = catalogueOf(variants, machines);
    this.fleet = new Fleet(this.catalogue, { workersMax: 32, machinesMax: 8, coreOvercommit: overcommit });
    this.waiting = variants.map(() => new SlotQueue());
  }

  /** A machine that is up. */
  machine(type = 0): MachineId {
    const machine = this.fleet.machines.claim(type, 0);
    this.fleet.machines.setState(machine, UP, 0);
    return machine;
  }

  /** A ready worker, or one that loads. */
  worker(variant: VariantIndex, { machine = 0, ready = true } = {}): WorkerId {
    const worker = this.fleet.claim(variant, machine, 0);
    this.fleet.setState(worker, LOADING, 0);
    if (ready) this.fleet.setState(worker, READY, 0);
    return worker;
  }

  /** Opens a request; without `dueMs` it has no objective. */
  request(variant: VariantIndex, { dueMs, inputs = 1, atMs = 0 }: RequestParts = {}): Slot {
    const latencyNs = dueMs === undefined ? NEVER : milliseconds(dueMs - atMs);
    const slot = this.requests.openFor({ ...emptyArrival(), atNs: milliseconds(atMs), inputs, latencyNs }, 0);
    this.requests.variant[slot] = variant;
    this.fleet.totals.arrivedInputs[variant] += inputs;
    return slot;
  }

  /** Notes a request as held, as the scheduler does after `HOLD`. */
  held(slot: Slot): Slot {
    const variant = this.requests.variant[slot];
    this.waiting[variant].push(slot);
    this.fleet.waiting[variant] += this.requests.inputs[slot];
    return slot;
  }

  /** Lets a worker execute since some instant. */
  run(worker: WorkerId, inputs: number, sinceMs = 0): void {
    this.fleet.outstanding[worker] = inputs;
    this.fleet.batchStarted(worker, inputs, milliseconds(sinceMs));
  }

  /** Lets a request arrive that an idle worker gets, and executes it as a batch of some inputs since 0 ms. */
  occupy(module: PolicyModule, worker: WorkerId, inputs = 1): void {
    const variant = this.fleet.variant[worker];
    const given = module.dispatch?.assign(this.request(variant), variant, 0);
    invariant(given === worker, `worker ${worker} is not idle: ${given}`);
    this.run(worker, inputs);
  }

  /** What a worker with room is fed at an instant, as the scheduler does it. */
  feed(module: PolicyModule, worker: WorkerId, nowMs: number): Slot[] {
    const { fleet, requests } = this;
    const variant = fleet.variant[worker];
    const waiting = this.waiting[variant];
    const fed: Slot[] = [];
    while (waiting.length > 0 && fleet.outstanding[worker] < this.catalogue.variants[variant].maxBatch) {
      const position = module.dispatch?.pull?.(worker, waiting, milliseconds(nowMs)) ?? -1;
      if (position < 0) return fed;
      const slot = waiting.removeAt(position);
      fleet.waiting[variant] -= requests.inputs[slot];
      fleet.outstanding[worker] += requests.inputs[slot];
      fleet.received[worker] += 1;
      fed.push(slot);
    }
    return fed;
  }

  /** The policy over these tables. */
  create<Declared extends Options>(
    definition: PolicyDefinition<Declared>,
    options: Readonly<Record<string, number | boolean | string>> = {},
  ): PolicyModule {
    const { catalogue, fleet, requests, signals } = this;
    // The values come from the definition's own declaration.
    const values = { ...defaultsOf(definition.options), ...options } as OptionValues<Declared>;
    return definition.create({
      options: values,
      catalogue,
      fleet,
      requests,
      signals,
      kinds: ONE_KIND,
      initial: { workers: new Map(), machines: new Map() },
      random: new Stream('gpu'),
      solver: NO_SOLVER,
    });
  }
}

export interface RequestParts {
  readonly dueMs?: number;
  readonly inputs?: number;
  readonly atMs?: number;
}

export interface Execution {
  readonly machine: MachineId;
  readonly worker: WorkerId;
  readonly inputs: number;
  readonly startNs: number;
  readonly endNs: number;
}

/** The batches of a run in the order of their starts, from the rows of the requests in them. */
export function executionsOf(rows: readonly RequestRow[]): Execution[] {
  const found = new Map<string, Execution>();
  for (const row of rows) {
    if (row.batchInputs === 0) continue;
    const startNs = row.scheduledNs + row.loadWaitNs + row.queueNs;
    const { machine, worker, batchInputs: inputs } = row;
    found.set(`${worker} ${startNs}`, { machine, worker, inputs, startNs, endNs: row.scheduledNs + row.latencyNs });
  }
  return [...found.values()].sort((a, b) => a.startNs - b.startNs || a.worker - b.worker);
}

/** The most batches that ran at once on one machine. */
export function mostAtOnce(executions: readonly Execution[]): number {
  return executions.reduce((most, { machine, startNs }) => {
    const others = executions.filter((other) => other.machine === machine);
    return Math.max(most, others.filter((other) => other.startNs <= startNs && startNs < other.endNs).length);
  }, 0);
}

/** Requests by outcome. */
export interface Tally {
  served: number;
  late: number;
  rejected: number;
  expired: number;
  failed: number;
  cancelled: number;
}

export function tallyOf(rows: readonly RequestRow[]): Tally {
  const tally: Tally = { served: 0, late: 0, rejected: 0, expired: 0, failed: 0, cancelled: 0 };
  for (const { outcome } of rows) tally[outcomeName(outcome)] += 1;
  return tally;
}
