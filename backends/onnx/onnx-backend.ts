/**
 * The backend port on ONNX Runtime: one engine process per loaded worker. It packs a batch's inputs, has them run,
 * hands the outputs to the payload store and tells the actors how it ended.
 * Invariants: each call ends in at most one message, and in exactly one unless the worker was cancelled, replaced by
 * a newer generation or the backend closed; a worker's unexpected death is told to its lifecycle once.
 */
import { invariant, lifecycleOf, queueOf, reason } from '../../core/index.ts';
import type { Address, Backend, Generation, Message, Nanos, ReasonName, Variant, WorkerId } from '../../core/index.ts';
import { handOutBatch, packBatch } from './batch.ts';
import type { Batch } from './batch.ts';
import type { EngineFailure, EngineResult, Engine } from './engine.ts';
import type { InputArray, LoadReport, RunReport } from './engine-protocol.ts';
import { Engines } from './engines.ts';
import { monotonicNs } from './monotonic-ns.ts';
import type { Payloads } from './payloads.ts';

export interface OnnxBackendOptions {
  /** What a worker runs. The artifact's path must be absolute. */
  readonly variantOf: (worker: WorkerId) => Variant;
  /** The world's port: enqueues, never re-enters. */
  readonly deliver: (to: Address, message: Message) => void;
  readonly payloads: Payloads;
  /** Told why a batch failed or a worker died: the messages carry a code only. Default: nobody is told. */
  readonly note?: (worker: WorkerId, text: string) => void;
  /** Threads of one worker's engine. Default: the variant's cores, at least 1. */
  readonly threadsOf?: (variant: Variant) => number;
  /** A load that takes longer fails. Default: no limit. */
  readonly loadTimeoutNs?: Nanos;
  /** A batch that takes longer fails and its worker dies. Default: no limit. */
  readonly batchTimeoutNs?: Nanos;
  /** An engine that does not end by itself in this time is killed. Default: 5 s. */
  readonly unloadTimeoutNs?: Nanos;
}

/** A worker of one generation and its engine. `dead` workers stay until they are unloaded, cancelled or replaced. */
interface Placed {
  readonly worker: WorkerId;
  readonly generation: Generation;
  readonly variant: Variant;
  readonly engine: Engine;
  state: 'loading' | 'ready' | 'executing' | 'unloading' | 'dead';
  /** Room for the largest batch, and the length of one input in it; made when the load has told the input's shape. */
  packed: InputArray;
  inputLength: number;
  /** Fulfilled when the command under way has been answered. */
  work: Promise<void>;
}

const UNLOAD_TIMEOUT_NS: Nanos = 5_000_000_000;

export class OnnxBackend implements Backend {
  private readonly options: OnnxBackendOptions;
  private readonly engines = new Engines();
  private readonly placed = new Map<WorkerId, Placed>();

  /** @throws ServingError when the engine process has not been built. */
  constructor(options: OnnxBackendOptions) {
    this.options = options;
  }

  load(worker: WorkerId, generation: Generation): void {
    const startedNs = monotonicNs();
    this.placed.get(worker)?.engine.kill();
    this.placed.delete(worker);
    const { variantOf, deliver, threadsOf, loadTimeoutNs } = this.options;
    const variant = variantOf(worker);
    const { artifact } = variant;
    if (artifact === undefined) {
      const detail = `variant ${variant.name} has no model file; it can only be simulated`;
      deliver(lifecycleOf(worker), { type: 'load.failed', generation, detail });
      return;
    }
    const spec = {
      path: artifact.path,
      sha256: artifact.sha256,
      hardware: variant.hardware,
      threads: threadsOf?.(variant) ?? Math.max(1, Math.round(variant.resources.cores)),
      maxBatch: variant.maxBatch,
      ...(variant.inputs.length === 1 ? { input: variant.inputs[0] } : {}),
    };
    const engine = this.engines.start();
    const loading = engine.load(spec, loadTimeoutNs);
    const placed: Placed = {
      worker,
      generation,
      variant,
      engine,
      state: 'loading',
      packed: new Float32Array(0),
      inputLength: 0,
      work: loading.then((result) => this.loadEnded(placed, startedNs, result)),
    };
    this.placed.set(worker, placed);
    void engine.ended.then(({ detail }) => this.engineEnded(placed, detail));
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
    const { packed: target, inputLength } = placed;
    const problem = packBatch(batch, { payloads: this.options.payloads, target, inputLength });
    if (problem !== undefined) {
      this.batchFailed(worker, generation, 'execution-failed', problem);
      return;
    }
    placed.state = 'executing';
    placed.work = placed.engine
      .run(target.subarray(0, inputs * inputLength), inputs, this.options.batchTimeoutNs)
      .then((result) => this.batchEnded(placed, batch, result));
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

  /** Ends all engines; fulfilled when none is left. Nothing is delivered any more. */
  async close(): Promise<void> {
    this.placed.clear();
    await this.engines.close();
  }

  private loadEnded(placed: Placed, startedNs: Nanos, result: EngineResult<LoadReport>): void {
    const { worker, generation, variant } = placed;
    if (!this.isCurrent(placed)) return;
    if (!result.ok) {
      placed.state = 'dead';
      placed.engine.kill();
      const detail = `${variant.artifact?.path ?? variant.name}: ${result.failure.detail}`;
      this.options.deliver(lifecycleOf(worker), { type: 'load.failed', generation, detail });
      return;
    }
    const { input, readNs, warmUpNs } = result.report;
    const values = variant.maxBatch * input.length;
    placed.packed = input.type === 'float32' ? new Float32Array(values) : new Uint8Array(values);
    placed.inputLength = input.length;
    placed.state = 'ready';
    // What is neither read nor warm-up is the creation of the process and the session: the parts add up to the whole.
    const createNs = monotonicNs() - startedNs - readNs - warmUpNs;
    const timings = { readNs, createNs, warmUpNs };
    this.options.deliver(lifecycleOf(worker), { type: 'load.finished', generation, timings });
  }

  private batchEnded(placed: Placed, batch: Batch, result: EngineResult<RunReport>): void {
    const { worker, generation } = placed;
    if (!this.isCurrent(placed)) return;
    if (!result.ok) {
      this.batchBroke(placed, result.failure);
      return;
    }
    placed.state = 'ready';
    const { outputs, inferStartedNs, inferEndedNs } = result.report;
    const problem = handOutBatch(batch, { payloads: this.options.payloads, outputs });
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

  private batchBroke(placed: Placed, { kind, detail }: EngineFailure): void {
    const { worker, generation } = placed;
    if (kind === 'refused') {
      placed.state = 'ready';
      this.batchFailed(worker, generation, 'execution-failed', detail);
      return;
    }
    const why = kind === 'timeout' ? 'timeout' : 'worker-crashed';
    this.batchFailed(worker, generation, why, detail);
    this.crashed(placed, why);
  }

  /** An engine that ends during a command is dealt with where the command ends. */
  private engineEnded(placed: Placed, detail: string): void {
    if (!this.isCurrent(placed) || placed.state !== 'ready') return;
    this.options.note?.(placed.worker, detail);
    this.crashed(placed, 'worker-crashed');
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
