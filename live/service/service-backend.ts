/**
 * The backend of a service: engines for variants that have a model file, latency tables for those that have none. It
 * tells the service how batches and loads ended, which the actors know by code only.
 */
import type { Address, Generation, Message, Slot, WorkerId } from '../../core/index.ts';
import { idAt, invariant } from '../../core/index.ts';
import { OnnxBackend } from '../../backends/index.ts';
import type { EngineDeath, Payloads } from '../../backends/index.ts';
import type { LiveBackend, LiveBackendFactory, LiveBackendParts } from '../world/index.ts';
import { tableBackend } from '../world/index.ts';
import type { EngineLimits } from './service-blueprint.ts';
import { FileBatches } from './file-batches.ts';
import type { OfflineFiles } from './offline-work.ts';
import { zeroOutputs } from './zero-outputs.ts';

export interface ServiceBackendOptions {
  readonly limits: EngineLimits;
  readonly payloads: Payloads;
  /** The files of offline jobs; none when left out. */
  readonly files?: OfflineFiles | undefined;
  /** Told of every batch and load that ended, before the actors are. */
  readonly ended: (worker: WorkerId, message: Message, batch: RunningBatch | undefined) => void;
  /** Told why a batch failed or a worker died. */
  readonly note: (worker: WorkerId, text: string) => void;
  /** Told of an engine that nobody wanted to end; without paths. */
  readonly died: (worker: WorkerId, death: EngineDeath) => void;
}

/** A batch that was handed to an engine. */
export interface RunningBatch {
  readonly requests: number;
  readonly inputs: number;
}

/** An absolute path of this host, as engines name files in what they say last. */
const PATH = /(?:file:\/\/)?(?<![\w.])\/(?:[\w.@+-]+\/)+[\w.@+:-]*/g;

/** The backend factory of one epoch. */
export function serviceBackend(options: ServiceBackendOptions): LiveBackendFactory {
  return (parts) => new ServiceBackend(parts, options);
}

class ServiceBackend implements LiveBackend {
  private readonly parts: LiveBackendParts;
  private readonly options: ServiceBackendOptions;
  private readonly engines: LiveBackend;
  private readonly tables: LiveBackend;
  private readonly running = new Map<WorkerId, RunningBatch>();
  private readonly files: FileBatches | undefined;

  constructor(parts: LiveBackendParts, options: ServiceBackendOptions) {
    this.parts = parts;
    this.options = options;
    const { catalogue, fleet, world } = parts;
    const deliver = (to: Address, answer: Message): void => {
      const message = this.withoutPath(to, answer);
      this.witness(to, message);
      const isEnd = message.type === 'batch.finished' || message.type === 'batch.failed';
      if (isEnd && this.files?.has(idAt(to)) === true) this.files.ended(idAt(to), message);
      else parts.deliver(to, message);
    };
    this.files = options.files === undefined ? undefined : new FileBatches(parts, options.files);
    const witnessedWorld: LiveBackendParts['world'] = {
      get now() {
        return world.now;
      },
      // Tables answer by timers: what they will say is known when they are set.
      setTimer: (to, atNs, message, phase) => {
        this.witness(to, message);
        return world.setTimer(to, atNs, message, phase);
      },
    };
    this.tables = tableBackend({ ...parts, deliver, world: witnessedWorld });
    const { limits, note } = options;
    const payloads = this.withFiles(options.payloads);
    this.engines = new OnnxBackend({
      variantOf: (worker) => catalogue.variants[fleet.variant[worker]],
      deliver,
      payloads,
      note,
      died: (worker, death) => options.died(worker, this.deathWithoutPaths(worker, death)),
      loadTimeoutNs: limits.loadTimeoutNs,
      batchTimeoutNs: limits.batchTimeoutNs,
      memoryMaxBytes: limits.memoryMaxBytes,
      hardwareOf: ({ hardware }) => new Map(Object.entries(limits.emulate ?? {})).get(hardware) ?? hardware,
      ...(limits.threads === undefined ? {} : { threadsOf: () => limits.threads ?? 1 }),
    });
  }

  load(worker: WorkerId, generation: Generation): void {
    this.running.delete(worker);
    this.of(worker).load(worker, generation);
  }

  execute(worker: WorkerId, generation: Generation, slots: Int32Array, count: number, inputs: number): void {
    this.running.set(worker, { requests: count, inputs });
    const { catalogue, fleet } = this.parts;
    if (this.files !== undefined && fleet.dedicated[worker] === 1) {
      const { name, artifact } = catalogue.variants[fleet.variant[worker]];
      // A table takes time and knows no answers.
      if (artifact === undefined) return this.files.refuse(worker, generation, slots.subarray(0, count));
      return this.files.execute(this.of(worker), worker, generation, slots.subarray(0, count), name);
    }
    if (this.of(worker) === this.tables) this.answerWithZeros(worker, slots.subarray(0, count));
    return this.of(worker).execute(worker, generation, slots, count, inputs);
  }

  cancel(worker: WorkerId, generation: Generation): void {
    this.files?.drop(worker);
    this.of(worker).cancel(worker, generation);
  }

  unload(worker: WorkerId, generation: Generation): void {
    this.of(worker).unload(worker, generation);
  }

  async close(): Promise<void> {
    this.files?.close();
    await Promise.all([this.engines.close(), this.tables.close()]);
  }

  notes(): readonly string[] {
    return this.engines.notes?.() ?? [];
  }

  processOf(worker: WorkerId): number | undefined {
    return this.of(worker).processOf?.(worker);
  }

  /** Slots below 0 are files of offline jobs. */
  private withFiles(queries: Payloads): Payloads {
    return {
      inputsOf: (slot) => (slot < 0 ? 1 : queries.inputsOf(slot)),
      tensorOf: (slot, input) => (slot < 0 ? this.offline() : queries).tensorOf(slot, input),
      answer: (slot, outputs) => (slot < 0 ? this.offline() : queries).answer(slot, outputs),
    };
  }

  private offline(): FileBatches {
    invariant(this.files !== undefined, 'files are executed where there are offline jobs');
    return this.files;
  }

  private of(worker: WorkerId): LiveBackend {
    const { catalogue, fleet } = this.parts;
    return catalogue.variants[fleet.variant[worker]].artifact === undefined ? this.tables : this.engines;
  }

  private answerWithZeros(worker: WorkerId, slots: ArrayLike<Slot>): void {
    const { catalogue, fleet } = this.parts;
    const { payloads } = this.options;
    const { outputs } = catalogue.variants[fleet.variant[worker]];
    for (let at = 0; at < slots.length; at += 1) {
      payloads.answer(slots[at], zeroOutputs(outputs, payloads.inputsOf(slots[at])));
    }
  }

  /** Operators and clients get the reason of a failure; where the file lies is nobody's business. */
  private withoutPath(to: Address, message: Message): Message {
    if (message.type !== 'load.failed') return message;
    const { catalogue, fleet } = this.parts;
    const { name, artifact } = catalogue.variants[fleet.variant[idAt(to)]];
    return artifact === undefined ? message : { ...message, detail: message.detail.replaceAll(artifact.path, name) };
  }

  private deathWithoutPaths(worker: WorkerId, { cause, detail, exit }: EngineDeath): EngineDeath {
    const { catalogue, fleet } = this.parts;
    const { name, artifact } = catalogue.variants[fleet.variant[worker]];
    const clean = (text: string): string =>
      (artifact === undefined ? text : text.replaceAll(artifact.path, name)).replace(PATH, '...');
    return { cause, detail: clean(detail), exit: exit && { ...exit, lastWords: clean(exit.lastWords) } };
  }

  private witness(to: Address, message: Message): void {
    const worker = idAt(to);
    const batch = this.running.get(worker);
    const endsBatch = message.type === 'batch.finished' || message.type === 'batch.failed';
    if (endsBatch) this.running.delete(worker);
    this.options.ended(worker, message, endsBatch ? batch : undefined);
  }
}
