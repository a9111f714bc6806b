/**
 * Runs batches of an offline job's files: reads them, hands them to the engine under slots of their own (below 0, so
 * that they are never taken for queries), and lets the actors know of the end only when the answers are kept.
 */
import type { Generation, Message, Slot, WorkerId } from '../../core/index.ts';
import { invariant, queueOf, reason, reasonName } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import type { LiveBackend, LiveBackendParts } from '../world/index.ts';
import type { OfflineFiles } from './offline-work.ts';

interface FileBatch {
  readonly generation: Generation;
  /** The files that could be read. */
  files: readonly number[];
  readonly variant: string;
}

/** Slots of files begin here and go down. */
const FIRST_SLOT = -1;

export class FileBatches {
  private readonly parts: Pick<LiveBackendParts, 'fleet' | 'deliver'>;
  private readonly files: OfflineFiles;
  private readonly batches = new Map<WorkerId, FileBatch>();
  private readonly inputs = new Map<Slot, readonly TensorValue[]>();
  private readonly answers = new Map<Slot, readonly TensorValue[]>();

  constructor(parts: Pick<LiveBackendParts, 'fleet' | 'deliver'>, files: OfflineFiles) {
    this.parts = parts;
    this.files = files;
  }

  /** Whether a worker runs files: its batches and their ends come here. */
  has(worker: WorkerId): boolean {
    return this.batches.has(worker);
  }

  /** Prepares files and has the engine run them. @param files numbers; copied before the call returns. */
  execute(
    engine: LiveBackend,
    worker: WorkerId,
    generation: Generation,
    files: ArrayLike<number>,
    variant: string,
  ): void {
    const batch: FileBatch = { generation, files: Array.from(files), variant };
    this.batches.set(worker, batch);
    // What the engine makes of it fails the batch: offline work must not end the server.
    this.run(engine, worker, batch).catch(() => {
      // The worker's number may be in another life, with another batch.
      if (this.batches.get(worker) === batch) this.ended(worker, failure(generation));
    });
  }

  /** Fails a batch that no engine can run. */
  refuse(worker: WorkerId, generation: Generation, files: ArrayLike<number>): void {
    this.files.failed(Array.from(files), 'the variant has no model file');
    this.parts.deliver(queueOf(worker), failure(generation));
  }

  /** Takes the end of a batch; the actors are told when its answers are kept. */
  ended(worker: WorkerId, message: Message): void {
    const batch = this.batches.get(worker);
    if (batch === undefined) return this.parts.deliver(queueOf(worker), message);
    this.batches.delete(worker);
    const slots = batch.files.map(slotOf);
    const answers = slots.map((slot) => this.answers.get(slot) ?? []);
    for (const slot of slots) {
      this.inputs.delete(slot);
      this.answers.delete(slot);
    }
    if (message.type !== 'batch.finished') {
      this.files.failed(batch.files, message.type === 'batch.failed' ? reasonName(message.reason) : message.type);
      return this.parts.deliver(queueOf(worker), message);
    }
    void this.files.commit(batch.files, answers, batch.variant).then(
      () => this.parts.deliver(queueOf(worker), message),
      () => {
        this.files.failed(batch.files, 'the answers could not be written');
        this.parts.deliver(queueOf(worker), failure(batch.generation));
      },
    );
    return undefined;
  }

  tensorOf(slot: Slot, { name }: { readonly name: string }): TensorValue {
    const tensor = this.inputs.get(slot)?.find((each) => each.name === name);
    invariant(tensor !== undefined, `file ${slot} has no tensor ${name}`);
    return tensor;
  }

  answer(slot: Slot, outputs: readonly TensorValue[]): void {
    this.answers.set(
      slot,
      outputs.map((output) => ({ ...output, bytes: output.bytes.slice() })),
    );
  }

  /** The worker's batch is lost with it: its end comes from elsewhere. */
  drop(worker: WorkerId): void {
    const batch = this.batches.get(worker);
    if (batch !== undefined) this.giveUp(worker, batch);
  }

  /** The epoch is over: nobody will tell how batches end. */
  close(): void {
    for (const [worker, batch] of this.batches) this.giveUp(worker, batch);
  }

  private giveUp(worker: WorkerId, { files }: FileBatch): void {
    this.batches.delete(worker);
    for (const slot of files.map(slotOf)) {
      this.inputs.delete(slot);
      this.answers.delete(slot);
    }
    this.files.failed(files, 'worker-crashed');
  }

  private async run(engine: LiveBackend, worker: WorkerId, batch: FileBatch): Promise<void> {
    const { generation } = batch;
    const prepared = await this.files.prepare(batch.files, batch.variant);
    // The worker may be gone by now, and its number in another life.
    if (this.batches.get(worker) !== batch) return;
    const usable = batch.files.filter((_, at) => prepared[at] !== undefined);
    for (const [at, file] of batch.files.entries()) {
      const tensors = prepared[at];
      if (tensors !== undefined) this.inputs.set(slotOf(file), tensors);
    }
    batch.files = usable;
    if (usable.length === 0) {
      const timings = { preprocessNs: 0, inferNs: 0, postprocessNs: 0 };
      this.ended(worker, { type: 'batch.finished', generation, timings });
      return;
    }
    engine.execute(worker, generation, Int32Array.from(usable, slotOf), usable.length, usable.length);
  }
}

function slotOf(file: number): Slot {
  return FIRST_SLOT - file;
}

function failure(generation: Generation): Message {
  return { type: 'batch.failed', generation, reason: reason('execution-failed') };
}
