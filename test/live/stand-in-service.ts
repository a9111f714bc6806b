/**
 * A service without actors, for the tests of protocols: a few variants whose answers are computed in place. It keeps
 * what it was asked, and can be told to answer otherwise, to wait, or not to be ready.
 */
import type { TensorValue } from '../../backends/index.ts';
import { NEVER } from '../../core/index.ts';
import type {
  BatchEnd,
  LeaveSignal,
  NotServed,
  QueryEnd,
  Served,
  ServedVariant,
  ServiceAnswer,
  ServiceObserver,
  ServicePort,
  ServiceQuery,
  ServiceSnapshot,
  WorkerBounds,
} from '../../live/service/index.ts';
import { ModelDirectory } from '../../live/service/index.ts';
import { standInVariants, sumAndDifference } from './stand-in-variants.ts';

/** What a variant computes, by its inputs in the order of its specification. */
export type Computation = (variant: ServedVariant, tensors: readonly TensorValue[]) => readonly TensorValue[];

export class StandInService implements ServicePort {
  directory: ModelDirectory;
  isReady = true;
  /** All queries so far, in order. */
  readonly queries: ServiceQuery[] = [];
  /** Calls of `install`, `remove` and `scale`, as text. */
  readonly calls: string[] = [];
  /** What `settled` answers. */
  settling: 'settled' | 'failed' | 'timeout' = 'settled';
  /** Of the next queries, one after the other, in place of computing. */
  private readonly scripted: (ServiceAnswer | Promise<ServiceAnswer>)[] = [];
  private variants: readonly ServedVariant[];
  private readonly bounds = new Map<string, WorkerBounds>();
  private readonly observers = new Set<ServiceObserver>();
  private readonly compute: Computation;

  constructor(variants: readonly ServedVariant[] = standInVariants(), compute: Computation = sumAndDifference) {
    this.variants = variants;
    this.compute = compute;
    this.directory = new ModelDirectory(variants);
  }

  /** Answers the next query so; several wait their turn. A promise keeps the query open until it is fulfilled. */
  answerNext(answer: ServiceAnswer | Promise<ServiceAnswer>): void {
    this.scripted.push(answer);
  }

  async infer(query: ServiceQuery): Promise<ServiceAnswer> {
    const ordinal = this.queries.push(query) - 1;
    const scripted = this.scripted.shift();
    const answer = scripted === undefined ? this.served(query) : await untilLeft(scripted, query.signal);
    this.report(ordinal, query, answer);
    return answer;
  }

  install(variants: readonly ServedVariant[]): Promise<void> {
    this.calls.push(`install ${variants.map(label).join(' ')}`);
    const replaced = new Set(variants.map(label));
    this.change([...this.variants.filter((variant) => !replaced.has(label(variant))), ...variants]);
    return Promise.resolve();
  }

  remove(names: readonly { readonly name: string; readonly version?: string }[]): Promise<void> {
    this.calls.push(`remove ${names.map(({ name, version }) => `${name}/${version ?? '*'}`).join(' ')}`);
    const isGone = ({ name, definition }: ServedVariant): boolean =>
      names.some((gone) => gone.name === name && (gone.version ?? definition.version) === definition.version);
    this.change(this.variants.filter((variant) => !isGone(variant)));
    return Promise.resolve();
  }

  scale(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    this.calls.push(`scale ${name}/${version} ${bounds === 'auto' ? bounds : `${bounds.least}-${bounds.most}`}`);
    if (bounds === 'auto') this.bounds.delete(`${name}/${version}`);
    else this.bounds.set(`${name}/${version}`, bounds);
  }

  settled(): Promise<'settled' | 'failed' | 'timeout'> {
    return Promise.resolve(this.settling);
  }

  /** The least of the bounds that were set, else one. */
  workersOf(name: string, version: string): number {
    return this.bounds.get(`${name}/${version}`)?.least ?? 1;
  }

  snapshot(): ServiceSnapshot {
    return {
      state: this.isReady ? 'ready' : 'draining',
      startedMs: 0,
      epoch: 0,
      policies: {},
      openRequests: 0,
      variants: this.variants.map(({ name, definition, isDefault, source }) => ({
        name,
        version: definition.version,
        isDefault,
        architecture: definition.architecture,
        useCase: definition.useCase.task,
        hardware: definition.hardware,
        precision: definition.precision,
        accuracyPercent: definition.accuracyPercent,
        maxBatch: definition.maxBatch,
        source,
        ready: this.workersOf(name, definition.version),
        loading: 0,
        draining: 0,
        held: 0,
        queued: 0,
        scaling: 'auto',
      })),
      workers: [],
      machines: [],
      decisions: [],
    };
  }

  observe(observer: ServiceObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  private change(variants: readonly ServedVariant[]): void {
    this.variants = variants;
    this.directory = new ModelDirectory(variants);
  }

  private served({ model, tensors }: ServiceQuery): Served {
    const [variant] = model.variants;
    return {
      ok: true,
      outcome: 'served',
      variant: variant.name,
      version: variant.definition.version,
      worker: `${variant.name}#0`,
      batchInputs: model.batches ? tensors[0].shape[0] : 1,
      outputs: this.compute(variant, tensors),
      timings: {
        loadWaitNs: 0,
        queueNs: 1000,
        preprocessNs: 2000,
        inferNs: 3000,
        postprocessNs: 4000,
        latencyNs: 10_000,
      },
    };
  }

  private report(ordinal: number, query: ServiceQuery, answer: ServiceAnswer): void {
    const end = queryEnd(ordinal, query, answer);
    for (const observer of this.observers) {
      if (answer.ok) observer.batchEnded?.(batchEnd(end));
      observer.queryEnded?.(end);
    }
  }
}

function label({ name, definition }: ServedVariant): string {
  return `${name}/${definition.version}`;
}

/** The scripted answer, or `cancelled` as soon as the client has left. */
function untilLeft(answer: ServiceAnswer | Promise<ServiceAnswer>, signal?: LeaveSignal): Promise<ServiceAnswer> {
  const cancelled: NotServed = {
    ok: false,
    outcome: 'cancelled',
    reason: 'client-cancelled',
    message: 'the client has left',
  };
  if (signal === undefined) return Promise.resolve(answer);
  const left = new Promise<ServiceAnswer>((resolve) => {
    if (signal.aborted) resolve(cancelled);
    else signal.addEventListener('abort', () => resolve(cancelled), { once: true });
  });
  return Promise.race([left, answer]);
}

function queryEnd(ordinal: number, query: ServiceQuery, answer: ServiceAnswer): QueryEnd {
  const { application, model, tensors, latencyNs, accuracyPercent } = query;
  const timings = answer.ok ? answer.timings : undefined;
  return {
    ordinal,
    application,
    model: model.name,
    variant: answer.ok ? answer.variant : '',
    version: answer.ok ? answer.version : '',
    worker: answer.ok ? answer.worker : '',
    machine: answer.ok ? 'local' : '',
    outcome: answer.outcome,
    reason: answer.ok ? 'none' : answer.reason,
    inputs: model.batches ? tensors[0].shape[0] : 1,
    batchInputs: answer.ok ? answer.batchInputs : 0,
    objectiveNs: latencyNs === NEVER ? -1 : latencyNs,
    accuracyPercent,
    loadWaitNs: timings?.loadWaitNs ?? 0,
    queueNs: timings?.queueNs ?? 0,
    preprocessNs: timings?.preprocessNs ?? 0,
    inferNs: timings?.inferNs ?? 0,
    postprocessNs: timings?.postprocessNs ?? 0,
    latencyNs: timings?.latencyNs ?? 0,
  };
}

function batchEnd({ variant, version, worker, batchInputs, preprocessNs, inferNs, postprocessNs }: QueryEnd): BatchEnd {
  const requests = 1;
  return { variant, version, worker, inputs: batchInputs, requests, ok: true, preprocessNs, inferNs, postprocessNs };
}
