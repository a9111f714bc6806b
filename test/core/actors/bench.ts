/** The tables of a small service and a recording world around them, for tests of single actors. */
import type {
  Address,
  Arrival,
  BatchTimings,
  Catalogue,
  Message,
  RequestRow,
  Slot,
  WorkerId,
} from '../../../core/index.ts';
import {
  Fleet,
  LOADING,
  Ledger,
  NEVER,
  READY,
  Recorder,
  RequestTable,
  UP,
  emptyArrival,
  emptyRow,
  outcomeName,
  reasonName,
} from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';
import type { MachineParts, VariantParts } from '../../fixtures/catalogue.ts';
import { ONE_KIND } from '../../fixtures/workloads.ts';
import { RecordingWorld } from './recording-world.ts';

export interface BenchParts {
  readonly variants?: readonly VariantParts[];
  readonly machines?: readonly MachineParts[];
  readonly workersMax?: number;
  readonly machinesMax?: number;
}

export const TIMINGS: BatchTimings = { preprocessNs: 1, inferNs: 2, postprocessNs: 3 };

export class Bench {
  readonly world = new RecordingWorld();
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly requests = new RequestTable(4);
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  /** Ends as `slot outcome reason`, in order. */
  readonly ends: string[] = [];

  constructor({ variants = [{}], machines = [{}], workersMax = 4, machinesMax = 2 }: BenchParts = {}) {
    this.catalogue = catalogueOf(variants, machines);
    this.fleet = new Fleet(this.catalogue, { workersMax, machinesMax });
    this.recorder = new Recorder({
      variants: 4,
      fromNs: 0,
      untilNs: NEVER,
      rowsMax: 1000,
      rowsSalt: 1,
      binNs: 1000,
      timelineMax: 0,
      maxBatch: 64,
      kinds: ONE_KIND,
    });
    const { requests, fleet, recorder, catalogue } = this;
    const listener = {
      requestEnded: (slot: Slot, outcome: Parameters<typeof outcomeName>[0]): void => {
        this.ends.push(`${slot} ${outcomeName(outcome)}`);
      },
    };
    this.ledger = new Ledger({ requests, fleet, recorder, catalogue, listener });
  }

  /** A machine of type 0 that is up. */
  machine(): number {
    const { machines } = this.fleet;
    const machine = machines.claim(0, this.world.now);
    machines.setState(machine, UP, this.world.now);
    return machine;
  }

  /** A ready worker on machine 0, which comes up if it is not. */
  worker(variant = 0): WorkerId {
    const { fleet, world } = this;
    if (fleet.machines.up.length === 0) this.machine();
    const worker = fleet.claim(variant, fleet.machines.up.at(0), world.now);
    fleet.setState(worker, LOADING, world.now);
    fleet.setState(worker, READY, world.now);
    return worker;
  }

  /** Opens a request now. */
  open(parts: Partial<Arrival> = {}): Slot {
    const { world, requests, ledger } = this;
    const slot = requests.openFor({ ...emptyArrival(), atNs: world.now, ...parts }, world.now);
    ledger.opened(slot, world.now);
    return slot;
  }

  /** Opens a request that the scheduler has given to a worker, as the worker's queue will find it. */
  assign(worker: WorkerId, parts: Partial<Arrival> = {}): Slot {
    const { requests, fleet } = this;
    const slot = this.open(parts);
    const variant = fleet.variant[worker];
    requests.variant[slot] = variant;
    fleet.totals.arrivedInputs[variant] += requests.inputs[slot];
    fleet.totals.momentNs[variant] -= requests.inputs[slot] * this.world.now;
    requests.worker[slot] = worker;
    requests.held[slot] = 1;
    fleet.outstanding[worker] += requests.inputs[slot];
    return slot;
  }

  deliver(to: Address, message: Message, now = this.world.now): string[] {
    return this.world.deliver(to, message, now);
  }

  rows(): RequestRow[] {
    const { rows } = this.recorder;
    return Array.from({ length: rows.length }, (_, at) => rows.read(at, emptyRow()));
  }

  /** `ordinal outcome reason` of every end so far, in order. */
  outcomes(): string[] {
    return this.rows().map(({ ordinal, outcome, reason }) => {
      const why = outcomeName(outcome) === 'served' ? '' : ` ${reasonName(reason)}`;
      return `${ordinal} ${outcomeName(outcome)}${why}`;
    });
  }
}
