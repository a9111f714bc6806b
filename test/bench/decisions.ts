/**
 * `npm run bench -- decisions`: what selecting a variant and a worker costs under 22 architectures, 177 variants and
 * 100 workers, policy by policy, and how much memory a decision allocates with 10 and with 100 workers. The day of E7
 * says what is asked for; each call is timed by itself, so the clock's own cost is printed beside.
 */
import type { Catalogue, MachineId, PolicyModule, QueryKind } from '../../core/index.ts';
import {
  Fleet,
  LOADING,
  NANOS_PER_SECOND,
  NO_SOLVER,
  NONE,
  POLICIES,
  READY,
  RequestTable,
  Signals,
  Stream,
  UP,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
} from '../../core/index.ts';
import { dayCatalogue, servedBy } from '../../experiments/configs/infaas/twitter-day.ts';

/** Policies that select; those that do not dispatch are followed by shortest-queue. */
const MEASURED = ['cheapest', 'infaas', 'infaas-paper'] as const;
const OPEN_REQUESTS = 256;
const MACHINES = 30;

export interface DecisionFigure {
  readonly policy: string;
  readonly medianUs: number;
  readonly p99Us: number;
  /** Bytes allocated by one decision, with 10 and with 100 workers. */
  readonly bytesAt10: number;
  readonly bytesAt100: number;
}

export interface DecisionBenchmark {
  readonly variants: number;
  readonly decisions: number;
  /** Median of an empty measurement: the clock. */
  readonly clockUs: number;
  readonly figures: readonly DecisionFigure[];
}

export function decisionBenchmark(decisions: number): DecisionBenchmark {
  const catalogue = dayCatalogue();
  const clock = quantiles(timed(decisions, () => {}));
  const figures = MEASURED.map((policy) => {
    const decide = decisionsOf(catalogue, policy, 100);
    timed(decisions, decide);
    const { medianUs, p99Us } = quantiles(timed(decisions, decide));
    const bytesAt100 = allocated(decide, decisions);
    return { policy, medianUs, p99Us, bytesAt10: allocated(decisionsOf(catalogue, policy, 10), decisions), bytesAt100 };
  });
  return { variants: catalogue.variants.length, decisions, clockUs: clock.medianUs, figures };
}

/** A function that takes one decision: selection for the next request, and a worker where its variant has one. */
function decisionsOf(catalogue: Catalogue, policy: string, workers: number): (call: number) => void {
  const fleet = fleetOf(catalogue, workers);
  const served = servedBy(catalogue);
  const kinds = served.map(({ architecture }): QueryKind => ({
    application: architecture,
    useCase: '',
    architecture,
    variant: '',
  }));
  const requests = new RequestTable(OPEN_REQUESTS);
  const random = new Stream('decisions');
  for (let slot = 0; slot < OPEN_REQUESTS; slot += 1) {
    const kind = random.int(kinds.length);
    requests.openFor({ ...emptyArrival(), atNs: 0, kind, latencyNs: served[kind].latencyNs }, 0);
  }
  const types = catalogue.machineTypes.map(({ index }) => [index, { initial: 10, max: 10 }] as const);
  const initial = { workers: new Map<number, number>(), machines: new Map(types) };
  const context = { catalogue, fleet, requests, kinds, initial, random, signals: new Signals(), solver: NO_SOLVER };
  const create = (name: string): PolicyModule => {
    const definition = Object.values(POLICIES)
      .flat()
      .find((each) => each.name === name);
    invariant(definition !== undefined, `no policy ${name}`);
    const options = defaultsOf(definition.options) as Parameters<typeof definition.create>[0]['options'];
    return definition.create({ ...context, options });
  };
  const module = create(policy);
  const selection = module.selection;
  const dispatch = module.dispatch ?? create('shortest-queue').dispatch;
  invariant(selection !== undefined && dispatch !== undefined, `${policy} selects`);
  module['model-scaling']?.decide(NANOS_PER_SECOND);
  const stepNs = milliseconds(1);
  return (call) => {
    const slot = call % OPEN_REQUESTS;
    const now = NANOS_PER_SECOND + call * stepNs;
    const variant = selection.select(slot, now);
    if (variant !== NONE && fleet.ready(variant).length > 0) dispatch.assign(slot, variant, now);
  };
}

/** Machines of the three kinds of E7, and ready workers of random variants on machines that can hold them. */
function fleetOf(catalogue: Catalogue, workers: number): Fleet {
  const fleet = new Fleet(catalogue, { workersMax: 256, machinesMax: MACHINES, coreOvercommit: 4 });
  const types = ['m5.2xlarge', 'p3.2xlarge', 'inf1.2xlarge'].map((name) =>
    catalogue.machineTypes.findIndex((type) => type.name === name),
  );
  const machines = Array.from({ length: MACHINES }, (_, i): MachineId => {
    const machine = fleet.machines.claim(types[i % types.length], 0);
    fleet.machines.setState(machine, UP, 0);
    return machine;
  });
  const random = new Stream('fleet');
  for (let placed = 0; placed < workers;) {
    const variant = random.int(catalogue.variants.length);
    const fitting = machines.filter((machine) => fleet.machines.fits(machine, variant));
    if (fitting.length === 0) continue;
    const worker = fleet.claim(variant, fitting[random.int(fitting.length)], 0);
    fleet.setState(worker, LOADING, 0);
    fleet.setState(worker, READY, 0);
    placed += 1;
  }
  return fleet;
}

function timed(calls: number, call: (index: number) => void): Float64Array {
  const samplesUs = new Float64Array(calls);
  for (let i = 0; i < calls; i += 1) {
    const startMs = performance.now();
    call(i);
    samplesUs[i] = (performance.now() - startMs) * 1000;
  }
  return samplesUs;
}

function quantiles(samplesUs: Float64Array): { readonly medianUs: number; readonly p99Us: number } {
  const sorted = samplesUs.toSorted();
  return { medianUs: sorted[Math.floor(sorted.length * 0.5)], p99Us: sorted[Math.floor(sorted.length * 0.99)] };
}

/**
 * Bytes of heap that a call takes. A collection in the middle makes the difference negative: the largest of several
 * short stretches is the one without.
 */
function allocated(call: (index: number) => void, calls: number): number {
  const stretch = Math.max(1, Math.floor(calls / 20));
  let most = 0;
  for (let part = 0; part < 20; part += 1) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < stretch; i += 1) call(part * stretch + i);
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  return most / stretch;
}
