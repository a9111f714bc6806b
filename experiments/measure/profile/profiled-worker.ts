/**
 * One loaded copy of a model, driven as the live backend drives it: requests are packed into the engine's room, run, and
 * their answers handed out, with the same calls and the same instants taken. So the way to the engine and back is the one
 * that live batches have. Knows nothing of cells and rounds.
 */
import type { Bytes, LoadParts, Nanos, Slot, TensorSpec } from '../../../core/index.ts';
import { RandomStreams, invariant } from '../../../core/index.ts';
import type { Engine, EngineFailure, LoadReport, Payloads, TensorValue } from '../../../backends/index.ts';
import { argmax, handOutBatch, monotonicNs, packBatch } from '../../../backends/index.ts';
import type { InputSource } from '../../../live/world/index.ts';
import { fashionMnistInputs, syntheticInputs, takesFashionMnist } from '../../../live/world/index.ts';
import type { FilledOptions, ProfiledVariant } from './options.ts';

/** What did not work. */
export interface WorkerFailure {
  readonly ok: false;
  readonly kind: EngineFailure['kind'];
  readonly detail: string;
}

export interface LoadSample extends LoadParts {
  readonly loadNs: Nanos;
}

export interface BatchSample {
  readonly ok: true;
  readonly inferNs: Nanos;
  /** The way there and back, its parts included. */
  readonly hostNs: Nanos;
  /** Laying the requests out and writing their tensors; handing the answers out. The rest of the way is the hop. */
  readonly packNs: Nanos;
  readonly handOutNs: Nanos;
}

type Started = { readonly ok: true; readonly worker: ProfiledWorker; readonly load: LoadSample };

export class ProfiledWorker {
  private readonly engine: Engine;
  private readonly model: LoadReport;
  private readonly payloads: SlotPayloads;
  private readonly slots: Int32Array;
  private readonly timeoutNs: Nanos;

  private constructor(engine: Engine, model: LoadReport, variant: ProfiledVariant, timeoutNs: Nanos) {
    this.engine = engine;
    this.model = model;
    this.payloads = new SlotPayloads(variant);
    this.slots = Int32Array.from({ length: variant.maxBatch }, (_, slot) => slot);
    this.timeoutNs = timeoutNs;
  }

  /** Loads the model in a fresh process. @param startEngine what it throws is a failure. */
  static async start(
    startEngine: () => Engine,
    variant: ProfiledVariant,
    { loadTimeoutNs, batchTimeoutNs }: Pick<FilledOptions, 'loadTimeoutNs' | 'batchTimeoutNs'>,
  ): Promise<Started | WorkerFailure> {
    const { file, sha256, hardware, threads, maxBatch, inputs, outputs } = variant;
    const startedNs = monotonicNs();
    let engine: Engine;
    try {
      engine = startEngine();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { ok: false, kind: 'crashed', detail: `no process could be started: ${why}` };
    }
    const loaded = await engine.load(
      {
        path: file,
        hardware,
        threads,
        maxBatch,
        inputs,
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(outputs.length > 0 ? { outputs } : {}),
      },
      loadTimeoutNs,
    );
    const loadNs = monotonicNs() - startedNs;
    if (!loaded.ok) return failed(loaded.failure);
    const { readNs, createNs, warmUpNs: firstRunNs } = loaded.report;
    const processNs = Math.max(0, loadNs - readNs - createNs - firstRunNs);
    const worker = new ProfiledWorker(engine, loaded.report, variant, batchTimeoutNs);
    return { ok: true, worker, load: { loadNs, processNs, readNs, createNs, firstRunNs } };
  }

  /** Executes one batch of requests with one input each. */
  async run(inputs: number): Promise<BatchSample | WorkerFailure> {
    const { engine, model, payloads, slots } = this;
    const calledNs = monotonicNs();
    const batch = { slots, count: inputs, inputs, calledNs };
    const packed = packBatch(batch, { payloads, model, room: (bytes) => engine.room(bytes) });
    const packedNs = monotonicNs();
    if (typeof packed === 'string') return { ok: false, kind: 'refused', detail: packed };
    const runs = packed.runs.map(({ rows, inputs: places }) => ({ rows, inputs: places }));
    const result = await engine.run(runs, packed.bytes, this.timeoutNs);
    if (!result.ok) return failed(result.failure);
    const { runs: outputs, inferStartedNs, inferEndedNs } = result.report;
    const handOutStartedNs = monotonicNs();
    const problem = handOutBatch(packed, outputs, { payloads, model });
    if (problem !== undefined) return { ok: false, kind: 'refused', detail: problem };
    const answeredNs = monotonicNs();
    payloads.next(inputs);
    return {
      ok: true,
      inferNs: Math.max(1, inferEndedNs - inferStartedNs),
      hostNs: Math.max(0, inferStartedNs - calledNs + (answeredNs - inferEndedNs)),
      packNs: packedNs - calledNs,
      handOutNs: answeredNs - handOutStartedNs,
    };
  }

  /** Ends the process. @returns most memory it ever held; undefined when it cannot say any more. */
  async unload(): Promise<Bytes | undefined> {
    const ended = await this.engine.unload(this.timeoutNs);
    await this.engine.ended;
    return ended.ok ? ended.report.peakMemoryBytes : undefined;
  }
}

/** Requests with one input each: slot s has the input of number `first` + s. */
class SlotPayloads implements Payloads {
  private readonly source: InputSource;
  private first = 0;

  constructor({ name, inputs, useCase }: ProfiledVariant) {
    const own = useCase !== undefined && takesFashionMnist({ useCase, inputs });
    // No figure depends on the seed; the same numbers each time leave nothing to wonder about.
    this.source = own
      ? fashionMnistInputs({ inputs })
      : syntheticInputs({ name, inputs }, new RandomStreams('profile'));
  }

  next(inputs: number): void {
    this.first += inputs;
  }

  inputsOf(): number {
    return 1;
  }

  tensorOf(slot: Slot, input: Pick<TensorSpec, 'name' | 'type'>): TensorValue {
    return this.source.tensorOf(input, this.first + slot, 1);
  }

  /** Reads the answer as a live run does; what it says does not matter here. */
  answer(slot: Slot, outputs: readonly TensorValue[]): void {
    const output = outputs.at(0);
    invariant(output !== undefined, 'a model answers something');
    if (this.source.labelOf === undefined || output.type !== 'float32') return;
    const scores = new Float32Array(Uint8Array.from(output.bytes).buffer);
    invariant(argmax(scores) >= 0 && this.source.labelOf(this.first + slot) >= 0, 'a class has a number');
  }
}

function failed({ kind, detail }: EngineFailure): WorkerFailure {
  return { ok: false, kind, detail };
}
