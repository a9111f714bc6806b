/**
 * A service for one turn: the live actors on the wall clock over a fresh engine process. Decoding an image is outside
 * the actors, as it is in the real service: a request is preprocessed by its handler first, submitted then, and
 * postprocessed when it has ended. Each step is timed on one clock, so that the parts of a request add up to its latency.
 */
import { OnnxBackend, monotonicNs } from '../../../backends/index.ts';
import type { Handler, HandlerModel } from '../../../backends/index.ts';
import type { Nanos, Outcome, RequestRow, Slot } from '../../../core/index.ts';
import { NEVER, SERVED, emptyArrival, reasonName, seconds, toMilliseconds } from '../../../core/index.ts';
import { LiveWorld } from '../../../live/world/index.ts';
import type { LiveBackendFactory, LiveRunRecord } from '../../../live/world/index.ts';
import { HandlePayloads } from './handle-payloads.ts';
import type { Subject } from './prepare-subjects.ts';
import type { HandleConfig } from './timings-config.ts';
import { turnPlan } from './turn-plan.ts';

const LOAD_TIMEOUT_NS = seconds(300);
const BATCH_TIMEOUT_NS = seconds(300);
/** Classes that an answer names. */
const TOP = 5;

/** A request that was answered. */
export interface HandleSample {
  /** Its place in the turn's schedule. */
  readonly position: number;
  readonly batch: number;
  readonly batchInputs: number;
  /** Milliseconds by part. */
  readonly partsMs: Readonly<Record<string, number>>;
}

export type HandleEnd =
  | { readonly ok: true; readonly sample: HandleSample }
  /** @property reason one of the actors' reasons, or a handler's message. */
  | { readonly ok: false; readonly reason: string };

export interface TurnServiceParts {
  readonly subject: Subject;
  readonly handler: Handler;
  readonly handle: HandleConfig;
  readonly hardware: string;
  readonly threads: number;
  readonly seed: string;
}

/** A request that the actors have. */
interface Submitted {
  readonly position: number;
  readonly scheduledNs: Nanos;
  readonly pickedNs: Nanos;
  readonly preprocessedNs: Nanos;
  readonly settle: (end: HandleEnd) => void;
}

export class TurnService {
  private readonly parts: TurnServiceParts;
  private readonly model: HandlerModel;
  private readonly payloads = new HandlePayloads();
  private readonly submitted = new Map<Slot, Submitted>();
  private readonly batchOf = new Map<Slot, number>();
  private batches = 0;
  private readonly world: LiveWorld;
  private readonly over: Promise<LiveRunRecord>;
  /** Rejected when the service breaks; never fulfilled. */
  readonly broken: Promise<never>;

  constructor(parts: TurnServiceParts) {
    const { subject, handle, seed } = parts;
    const { inputs, outputs, labels, config } = subject;
    this.parts = parts;
    this.model = {
      name: config.name,
      inputs,
      outputs,
      batches: inputs.every(({ shape }) => shape[0] === null),
      maxBatch: 1,
      labels,
    };
    this.world = new LiveWorld({
      plan: turnPlan(subject, handle, seed),
      workload: { kinds: [], next: emptyArrival(), advance: () => undefined },
      backend: this.backend(),
      decisionsMax: 0,
      logMax: 0,
      endsByItself: false,
      listener: { requestEnded: (slot, outcome, _endNs, row) => this.ended(slot, outcome, row) },
    });
    this.over = this.world.run();
    this.broken = new Promise((_, reject) => {
      this.over.catch(reject);
    });
    // Whoever races with it sees the failure; nobody may be waiting.
    this.broken.catch(() => undefined);
  }

  /** Fulfilled when the model is loaded, or the service has broken. */
  begin(): Promise<void> {
    return this.world.begun;
  }

  /** Sends an image now. @param scheduledNs when it should have been sent, by `monotonicNs`. Never rejected. */
  async send(image: Uint8Array, position: number, scheduledNs: Nanos): Promise<HandleEnd> {
    const pickedNs = monotonicNs();
    const { handler } = this.parts;
    try {
      const payload = { name: '', contentType: '', bytes: image };
      const tensors = await handler.preprocess([payload], this.model);
      const preprocessedNs = monotonicNs();
      if (!this.world.isRunning) return { ok: false, reason: 'the service had ended' };
      return await new Promise((settle) => {
        const query = { kind: 0, inputs: 1, latencyNs: NEVER, accuracyPercent: 0, client: -1 };
        this.world.submit(query, (slot) => {
          this.payloads.put(slot, tensors);
          this.submitted.set(slot, { position, scheduledNs, pickedNs, preprocessedNs, settle });
        });
      });
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Ends the service and its engine, in whatever state it is; requests that are open fail. */
  async close(): Promise<void> {
    this.world.end('interrupted');
    await Promise.allSettled([this.over]);
    for (const { settle } of this.submitted.values()) settle({ ok: false, reason: 'the service has ended' });
    this.submitted.clear();
  }

  private backend(): LiveBackendFactory {
    const { hardware, threads } = this.parts;
    return ({ catalogue, deliver }) => {
      const engine = new OnnxBackend({
        variantOf: () => catalogue.variants[0],
        deliver,
        payloads: this.payloads,
        threadsOf: () => threads,
        hardwareOf: () => hardware,
        loadTimeoutNs: LOAD_TIMEOUT_NS,
        batchTimeoutNs: BATCH_TIMEOUT_NS,
      });
      return {
        load: (worker, generation) => engine.load(worker, generation),
        execute: (worker, generation, slots, count, inputs) => {
          for (const slot of slots.subarray(0, count)) this.batchOf.set(slot, this.batches);
          this.batches += 1;
          engine.execute(worker, generation, slots, count, inputs);
        },
        cancel: (worker, generation) => engine.cancel(worker, generation),
        unload: (worker, generation) => engine.unload(worker, generation),
        close: () => engine.close(),
      };
    };
  }

  /** The actors are done with a request: it is postprocessed at once, in the order in which its batch is handed out. */
  private ended(slot: Slot, outcome: Outcome, row: RequestRow): void {
    const startedNs = monotonicNs();
    const request = this.submitted.get(slot);
    if (request === undefined) return;
    this.submitted.delete(slot);
    const outputs = this.payloads.take(slot);
    const { preprocessNs: toEngineNs, inferNs, queueNs, batchInputs } = row;
    const batch = this.batchOf.get(slot) ?? 0;
    if (outcome !== SERVED) {
      request.settle({ ok: false, reason: reasonName(row.reason) });
      return;
    }
    const finished = (): void => {
      const { position, scheduledNs, pickedNs, preprocessedNs, settle } = request;
      const endNs = monotonicNs();
      const predictNs = startedNs - preprocessedNs;
      const partsNs = {
        late: pickedNs - scheduledNs,
        preprocess: preprocessedNs - pickedNs,
        queue: queueNs,
        to_engine: toEngineNs,
        infer: inferNs,
        // What is left, so that nothing is lost: the way back, and the steps of the actors.
        back: predictNs - queueNs - toEngineNs - inferNs,
        predict: predictNs,
        postprocess: endNs - startedNs,
        latency: endNs - scheduledNs,
      };
      const partsMs = Object.fromEntries(Object.entries(partsNs).map(([part, ns]) => [part, toMilliseconds(ns)]));
      settle({ ok: true, sample: { position, batch, batchInputs, partsMs } });
    };
    const failed = (error: unknown): void => {
      request.settle({ ok: false, reason: error instanceof Error ? error.message : String(error) });
    };
    try {
      const answers = this.parts.handler.postprocess(outputs, this.model, { top: TOP });
      if (answers instanceof Promise) answers.then(finished, failed);
      else finished();
    } catch (error) {
      failed(error);
    }
  }
}
