/**
 * The actors of the service as the system under test: in process on the wall clock with ONNX engines, or simulated. The
 * two differ in the world and in nothing else.
 */
import type {
  EndListener,
  Nanos,
  Outcome,
  RequestRow,
  RunRecord,
  Serving,
  ServingPlan,
  Slot,
  Solver,
} from '../../../core/index.ts';
import { EXPIRED, LATE, REJECTED, outcomeName, reasonName, seconds, toSeconds } from '../../../core/index.ts';
import { LiveWorld, onnxWorkers } from '../../../live/world/index.ts';
import type { LiveBackend, LiveBackendFactory } from '../../../live/world/index.ts';
import type { SimulationPlan } from '../../../sim/index.ts';
import { SimulatedWorld } from '../../../sim/index.ts';
import type { EndedQuery, QueryStatus } from './query-log.ts';
import type { AskedQueries } from './scenario-workload.ts';
import type { AnswerAccuracy } from './score.ts';
import { SAMPLES, sampleOrder } from './sample-order.ts';
import type { Load, Performed, SystemUnderTest } from './system.ts';

/** A day: whoever waits longer for an answer in simulation waits for ever. */
const SIMULATED_MAX_NS = seconds(86_400);

/** A service as a load test needs it: from a config, or around one variant. */
export interface LoadedService {
  readonly name: string;
  readonly asked: AskedQueries;
  readonly serving: ServingPlan;
  readonly seed: string;
  /** How long a live one may take to answer what is open after the last query; `NEVER` for no limit. */
  readonly drainNs: Nanos;
  readonly solver: Solver | undefined;
  /** What its simulation has besides. */
  readonly simulated: Pick<SimulationPlan, 'network' | 'contention' | 'host' | 'faults'>;
  readonly notes: readonly string[];
}

export interface LiveServiceOptions {
  /** What executes the work. Default: ONNX engines. */
  readonly backend?: LiveBackendFactory | undefined;
  /** Threads of each engine. Default: the variant's cores. */
  readonly threads?: number | undefined;
}

/** The service on the wall clock, in this process; engines are processes of their own. */
export function liveService(service: LoadedService, options: LiveServiceOptions = {}): SystemUnderTest {
  const { name, asked } = service;
  return { name: `${name}, in process`, asked, perform: (load) => performLive(service, options, load) };
}

async function performLive(service: LoadedService, options: LiveServiceOptions, load: Load): Promise<Performed> {
  const { serving, seed, drainNs, solver } = service;
  const { threads } = options;
  let engine: LiveBackend | undefined;
  let lost = false;
  const make = options.backend ?? onnxWorkers({ threads, positionOf: sampleOrder(load.sampleIndexSeed, SAMPLES) });
  const world: LiveWorld = new LiveWorld({
    plan: { serving, seed, drainNs, solver },
    workload: load.workload,
    backend: (parts) => (engine = make(parts)),
    decisionsMax: 0,
    logMax: 0,
    endsByItself: true,
    listener: listenerOf(() => world.serving, load),
    watcher: {
      stateChanged: (subject, _id, state) => {
        if (subject === 'worker' && state === 'dead' && isLost(world.serving, serving)) {
          lost = true;
          // After the step that is going on.
          setImmediate(() => world.end('interrupted'));
        }
      },
    },
  });
  const interrupt = (): void => world.end('interrupted');
  load.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    if (load.signal?.aborted === true) interrupt();
    const record = await world.run();
    tellMissing(record, load);
    // The summary has the accuracy in a line of its own.
    const notes = record.notes.filter((note) => !note.startsWith('measured accuracy'));
    const { labelled, right } = engine?.answered?.() ?? { labelled: 0, right: 0 };
    const accuracy: AnswerAccuracy | null =
      labelled === 0 ? null : { percent: (right / labelled) * 100, inputs: labelled, source: 'labels' };
    return { accuracy, broken: lost ? lostText(record) : brokenBy(record), notes: [...service.notes, ...notes] };
  } finally {
    load.signal?.removeEventListener('abort', interrupt);
  }
}

/** The service in virtual time; nothing is measured, and the accuracy is what the catalogue says. */
export function simulatedService(service: LoadedService): SystemUnderTest {
  const { name, asked } = service;
  return { name: `${name}, simulated`, asked, perform: async (load) => performSimulated(service, load) };
}

function performSimulated(service: LoadedService, load: Load): Performed {
  const { serving, seed, solver, simulated } = service;
  const bounds = { untilNs: SIMULATED_MAX_NS, eventsMax: Number.MAX_SAFE_INTEGER, openMax: Number.MAX_SAFE_INTEGER };
  const plan = { ...simulated, serving, seed, bounds, audit: true, decisionsMax: 0, solver };
  let sum = 0;
  let inputs = 0;
  const tell = listenerOf(() => world.serving, load);
  const listener: EndListener = {
    requestEnded(slot, outcome, endNs, row) {
      tell.requestEnded(slot, outcome, endNs, row);
      if (outcome > LATE || row.variant < 0) return;
      sum += serving.catalogue.variants[row.variant].accuracyPercent * row.inputs;
      inputs += row.inputs;
    },
  };
  const world: SimulatedWorld = new SimulatedWorld(plan, load.workload, listener);
  const record = world.run();
  tellMissing(record, load);
  const accuracy = inputs === 0 ? null : ({ percent: sum / inputs, inputs, source: 'catalogue' } as const);
  return { accuracy, broken: brokenBy(record), notes: [...service.notes, ...record.notes] };
}

/** @param serving of the world, which exists when it is called. */
function listenerOf(serving: () => Serving, { ended }: Load): EndListener {
  return {
    requestEnded(slot: Slot, outcome: Outcome, endNs: Nanos, row: RequestRow) {
      const status = statusOf(outcome);
      const detail = status === 'answered' ? '' : `${outcomeName(outcome)} (${reasonName(row.reason)})`;
      ended({ ...queryIn(serving(), slot), endNs, status, detail });
    },
  };
}

/** Whether no worker is there or coming, and no policy makes one: nothing would ever be answered again. */
function isLost({ fleet, plan }: Serving, { policies }: ServingPlan): boolean {
  const isScaled = policies['model-scaling'].definition.name !== 'none';
  const isLeft = plan.catalogue.variants.some(({ index }) => fleet.coming(index) + fleet.ready(index).length > 0);
  return !isScaled && !isLeft;
}

function lostText({ endNs }: RunRecord): string {
  return `the last worker died after ${toSeconds(endNs).toFixed(1)} s`;
}

function statusOf(outcome: Outcome): QueryStatus {
  if (outcome <= LATE) return 'answered';
  return outcome === REJECTED || outcome === EXPIRED ? 'rejected' : 'failed';
}

/** The queries that were issued and have not ended. */
function tellMissing({ serving, endNs }: RunRecord, { ended }: Load): void {
  for (const slot of serving.requests.openSlots()) {
    ended({ ...queryIn(serving, slot), endNs, status: 'missing', detail: 'no answer when the run ended' });
  }
}

function queryIn({ requests }: Serving, slot: Slot): Pick<EndedQuery, 'scheduledNs' | 'issuedNs' | 'samples'> {
  const { scheduledNs, openedNs, inputs } = requests;
  return { scheduledNs: scheduledNs[slot], issuedNs: openedNs[slot], samples: inputs[slot] };
}

function brokenBy({ ending, endNs, findings }: RunRecord): string | null {
  if (findings.length > 0) return `the auditor of the simulation found ${findings[0]}`;
  if (ending === 'drained') return null;
  const at = `after ${toSeconds(endNs).toFixed(1)} s`;
  if (ending === 'interrupted') return `it was interrupted ${at}`;
  return `queries were open ${at} and no answer came (${ending})`;
}
