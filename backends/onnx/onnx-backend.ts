/**
 * The backend port on ONNX Runtime: one engine process per loaded worker. It packs a batch's inputs, has them run,
 * hands the outputs to the payload store and tells the actors how it ended.
 * Invariants: each call ends in at most one message, and in exactly one unless the worker was cancelled, replaced by
 * a newer generation or the backend closed; a worker's unexpected death is told to its lifecycle once, before the end
 * of the batch that it cost.
 */
import { invariant, lifecycleOf, queueOf, reason } from '../../core/index.ts';
import type { Address, Backend, Generation, Message, Nanos, ReasonName, Variant, WorkerId } from '../../core/index.ts';
import { monotonicNs } from '../process/index.ts';
import { engineDeath } from './engine-death.ts';
import type { EngineDeath } from './engine-death.ts';
import type { Batch, PackedBatch } from './batch.ts';
import type { EngineEnd, EngineFailure, EngineResult, Engine, RunOutputs } from './engine.ts';
import type { LoadReport, LoadSpec, ModelTensors } from './engine-protocol.ts';
import { Engines } from './engines.ts';
import type { EnginesOptions } from './engines.ts';
import { handOutBatch } from './hand-out-batch.ts';
import { packBatch } from './pack-batch.ts';
import type { Payloads } from './payloads.ts';

export interface OnnxBackendOptions extends EnginesOptions {
  /** What a worker runs. The artifact's path must be absolute. */
  readonly variantOf: (worker: WorkerId) => Variant;
  /** The world's port: enqueues, never re-enters. */
  readonly deliver: (to: Address, message: Message) => void;
  readonly payloads: Payloads;
  /** Told why a batch failed or a worker died: the messages carry a code only. Default: nobody is told. */
  readonly note?: (worker: WorkerId, text: string) => void;
  /** Told of an engine that nobody wanted to end, or could not load: before the actors are. Default: nobody is told. */
  readonly died?: (worker: WorkerId, death: EngineDeath) => void;
  /** Threads of one worker's engine. Default: the variant's cores, at least 1. */
  readonly threadsOf?: (variant: Variant) => number;
  /** What executes a variant. Default: its own hardware. */
  readonly hardwareOf?: (variant: Variant) => string;
  /** A load that takes longer fails. Default: no limit. */
  readonly loadTimeoutNs?: Nanos | undefined;
  /** A batch that takes longer fails and its worker dies. Default: no limit. */
  readonly batchTimeoutNs?: Nanos | undefined;
  /** An engine that does not end by itself in this time is killed. Default: 5 s. */
  readonly unloadTimeoutNs?: Nanos | undefined;
}

/** A worker of one generation and its engine. `dead` workers stay until they are unloaded, cancelled or replaced. */
interface Placed {
  readonly worker: WorkerId;
  readonly generation: Generation;
  readonly variant: Variant;
  readonly engine: Engine;
  state: 'loading' | 'ready' | 'executing' | 'unloading' | 'dead';
  /** How the model wants to be fed; known when it is loaded. */
  model: ModelTensors | undefined;
  /** Fulfilled when the command under way has been answered. */
  work: Promise<void>;
}

const UNLOAD_TIMEOUT_NS: Nanos = 5_000_000_000;

export class OnnxBackend implements Backend {
  private readonly options: OnnxBackendOptions;
  private readonly engines: Engines;
  private readonly placed = new Map<WorkerId, Placed>();

  /** @throws ServingError when the engine process has not been built. */
  constructor(options: OnnxBackendOptions) {
    this.options = options;
    this.engines = new Engines(options);
  }

  load(worker: WorkerId, generation: Generation): void {
    const startedNs = monotonicNs();
    this.placed.get(worker)?.engine.kill();
    this.placed.delete(worker);
    const { variantOf, loadTimeoutNs } = this.options;
    const variant = variantOf(worker);
    const spec = this.loadSpec(variant);
    if (typeof spec === 'string') {
      this.loadFailed(worker, generation, spec);
      return;
    }
    const engine = this.startEngine();
    if (typeof engine === 'string') {
      this.loadFailed(worker, generation, engine);
      return;
    }
    const loading = engine.load(spec, loadTimeoutNs);
    const placed: Placed = {
      worker,
      generation,
      variant,
      engine,
      state: 'loading',
      model: undefined,
      work: loading.then((result) => this.loadEnded(placed, startedNs, result)),
    };
    this.placed.set(worker, placed);
    void engine.ended.then((end) => this.engineEnded(placed, end));
  }

  execute(worker: WorkerId, generation: Generation, slots: Int32Array, count: number, inputs: number): void {
    const batch = { slots, count, inputs, calledNs: monotonicNs() };
    const placed = this.placed.get(worker);
    if (placed !== undefined && placed.generation > generation) return;
    if (placed?.generation !== generation || placed.state === 'dead') {
      this.batchFailed(worker, generation, 'worker-crashed', 'a batch came for an engine that is gone');
      return;
    }
    invariant(placed.state === 'ready', `worker ${worker} got a batch while ${placed.state}`);
    invariant(inputs <= placed.variant.maxBatch, `worker ${worker} got ${inputs} inputs in one batch`);
    const { engine, model } = placed;
    invariant(model !== undefined, `worker ${worker} is ready without a model`);
    const packed = packBatch(batch, { payloads: this.options.payloads, model, room: (bytes) => engine.room(bytes) });
    if (typeof packed === 'string') {
      this.batchFailed(worker, generation, 'execution-failed', packed);
      return;
    }
    const weight = packed.runs.reduce((sum, { rows }) => sum + rows, 0);
    invariant(weight === inputs, `a batch of ${inputs} inputs has payloads for ${weight}`);
    placed.state = 'executing';
    const runs = packed.runs.map(({ rows, inputs: places }) => ({ rows, inputs: places }));
    placed.work = engine
      .run(runs, packed.bytes, this.options.batchTimeoutNs)
      .then((result) => this.batchEnded(placed, { batch, packed, model }, result));
  }

  cancel(worker: WorkerId, generation: Generation): void {
    const placed = this.placed.get(worker);
    if (placed?.generation !== generation) return;
    this.placed.delete(worker);
    placed.engine.kill();
  }

  unload(worker: WorkerId, generation: Generation): void {
    const placed = this.placed.get(worker);
    if (placed !== undefined && placed.generation > generation) return;
    if (placed?.generation !== generation) {
      this.options.deliver(lifecycleOf(worker), { type: 'unload.finished', generation });
      return;
    }
    // What is under way ends first and is answered.
    void placed.work.then(() => this.endEngine(placed));
  }

  /** Process id of the worker's engine, for those who watch its memory and processor time. */
  processOf(worker: WorkerId): number | undefined {
    return this.placed.get(worker)?.engine.pid;
  }

  /** What a reader of results must know of the engines. */
  notes(): readonly string[] {
    return this.engines.notes;
  }

  /** Ends all engines; fulfilled when none is left. Nothing is delivered any more. */
  async close(): Promise<void> {
    this.placed.clear();
    await this.engines.close();
  }

  /** What to load, or why nothing can be. */
  private loadSpec(variant: Variant): LoadSpec | string {
    const { name, artifact, hardware, resources, maxBatch, inputs, outputs } = variant;
    if (artifact === undefined) return `variant ${name} has no model file; it can only be simulated`;
    return {
      path: artifact.path,
      sha256: artifact.sha256,
      hardware: this.options.hardwareOf?.(variant) ?? hardware,
      threads: this.options.threadsOf?.(variant) ?? Math.max(1, Math.round(resources.cores)),
      maxBatch,
      // A variant that states none leaves them to the model.
      ...(inputs.length > 0 ? { inputs } : {}),
      ...(outputs.length > 0 ? { outputs } : {}),
    };
  }

  private startEngine(): Engine | string {
    try {
      return this.engines.start();
    } catch (error) {
      return `no engine process could be started: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private loadFailed(worker: WorkerId, generation: Generation, detail: string, failure?: EngineFailure): void {
    this.died(worker, failure ?? { kind: 'refused', detail });
    this.options.deliver(lifecycleOf(worker), { type: 'load.failed', generation, detail });
  }

  private loadEnded(placed: Placed, startedNs: Nanos, result: EngineResult<LoadReport>): void {
    const { worker, generation, variant } = placed;
    if (!this.isCurrent(placed)) return;
    if (!result.ok) {
      placed.state = 'dead';
      placed.engine.kill();
      const { failure } = result;
      this.loadFailed(worker, generation, `${variant.artifact?.path ?? variant.name}: ${failure.detail}`, failure);
      return;
    }
    const { readNs, warmUpNs } = result.report;
    placed.model = result.report;
    placed.state = 'ready';
    // What is neither read nor warm-up is the creation of the process and the session: the parts add up to the whole.
    const createNs = monotonicNs() - startedNs - readNs - warmUpNs;
    const timings = { readNs, createNs, warmUpNs };
    this.options.deliver(lifecycleOf(worker), { type: 'load.finished', generation, timings });
  }

  private batchEnded(
    placed: Placed,
    { batch, packed, model }: { readonly batch: Batch; readonly packed: PackedBatch; readonly model: ModelTensors },
    result: EngineResult<RunOutputs>,
  ): void {
    const { worker, generation } = placed;
    if (!this.isCurrent(placed)) return;
    if (!result.ok) {
      this.batchBroke(placed, result.failure);
      return;
    }
    placed.state = 'ready';
    const { runs, inferStartedNs, inferEndedNs } = result.report;
    const problem = handOutBatch(packed, runs, { payloads: this.options.payloads, model });
    if (problem !== undefined) {
      this.batchFailed(worker, generation, 'execution-failed', problem);
      return;
    }
    // The way to the engine counts as preprocessing, the way back as postprocessing: the parts add up to the whole.
    const timings = {
      preprocessNs: inferStartedNs - batch.calledNs,
      inferNs: inferEndedNs - inferStartedNs,
      postprocessNs: monotonicNs() - inferEndedNs,
    };
    this.options.deliver(queueOf(worker), { type: 'batch.finished', generation, timings });
  }

  private batchBroke(placed: Placed, failure: EngineFailure): void {
    const { worker, generation } = placed;
    const { kind, detail } = failure;
    if (kind === 'refused') {
      placed.state = 'ready';
      this.batchFailed(worker, generation, 'execution-failed', detail);
      return;
    }
    const why = kind === 'timeout' ? 'timeout' : 'worker-crashed';
    // First the worker's end, then the batch's: a queue that hears of a failed batch forms the next one, while one
    // whose worker died gives back what waits, and it goes to other workers.
    this.options.note?.(worker, detail);
    this.died(worker, failure);
    this.crashed(placed, why);
    this.options.deliver(queueOf(worker), { type: 'batch.failed', generation, reason: reason(why) });
  }

  /** An engine that ends during a command is dealt with where the command ends. */
  private engineEnded(placed: Placed, end: EngineEnd): void {
    if (!this.isCurrent(placed) || placed.state !== 'ready') return;
    this.options.note?.(placed.worker, end.detail);
    this.died(placed.worker, end);
    this.crashed(placed, 'worker-crashed');
  }

  private died(worker: WorkerId, failure: EngineFailure): void {
    this.options.died?.(worker, engineDeath(failure));
  }

  private crashed(placed: Placed, why: ReasonName): void {
    const { worker, generation } = placed;
    placed.state = 'dead';
    this.options.deliver(lifecycleOf(worker), { type: 'worker.crashed', generation, reason: reason(why) });
  }

  private batchFailed(worker: WorkerId, generation: Generation, why: ReasonName, text: string): void {
    this.options.note?.(worker, text);
    this.options.deliver(queueOf(worker), { type: 'batch.failed', generation, reason: reason(why) });
  }

  private async endEngine(placed: Placed): Promise<void> {
    if (!this.isCurrent(placed)) return;
    if (placed.state === 'ready') {
      placed.state = 'unloading';
      await placed.engine.unload(this.options.unloadTimeoutNs ?? UNLOAD_TIMEOUT_NS);
    }
    await placed.engine.ended;
    if (!this.isCurrent(placed)) return;
    this.placed.delete(placed.worker);
    const { worker, generation } = placed;
    this.options.deliver(lifecycleOf(worker), { type: 'unload.finished', generation });
  }

  private isCurrent(placed: Placed): boolean {
    return this.placed.get(placed.worker) === placed;
  }
}
