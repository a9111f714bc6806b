/**
 * A model behind any server of the Open Inference Protocol V2 as the system under test. Queries are sent when they are
 * due, over a bounded number of connections; one that finds none free waits here, and that wait is issue delay: the
 * generator's, not the server's. Every answer is read and held to the model's metadata, and to labels where there are.
 */
import { ServingError, toSeconds } from '../../../../core/index.ts';
import type { Nanos, TensorSpec } from '../../../../core/index.ts';
import { argmax } from '../../../../backends/index.ts';
import type { EndedQuery, QueryStatus } from '../query-log.ts';
import type { AskedQueries } from '../scenario-workload.ts';
import { SAMPLES, sampleOrder } from '../sample-order.ts';
import type { LoadSettings } from '../settings.ts';
import type { Load, Performed, SystemUnderTest } from '../system.ts';
import type { HttpAnswer, HttpClientOptions } from './http-client.ts';
import { HttpClient, NoAnswerError } from './http-client.ts';
import { readAnswer } from './infer-answer.ts';
import { encodeRequest } from './infer-request.ts';
import type { TensorForm } from './infer-request.ts';
import { modelInputs } from './model-inputs.ts';
import type { Dataset, ModelInputs } from './model-inputs.ts';
import { errorText, modelMetadata, modelPath } from './model-metadata.ts';
import type { ModelName, ServedModelMetadata } from './model-metadata.ts';
import { Pacer } from './pacer.ts';
import type { DueQuery } from './pacer.ts';

const OK = 200;
/** Too many requests, and unavailable: how servers say no to load. */
const REFUSALS: readonly number[] = [429, 503];
/** Texts of errors told in full before the rest are only counted. */
const TEXTS_MAX = 3;

export interface ServedModelOptions extends HttpClientOptions, ModelName {
  readonly dataset: Dataset;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** How tensors travel; `auto` is as bytes where the server takes them. */
  readonly form: TensorForm | 'auto';
  readonly seed: string;
  readonly settings: LoadSettings;
}

/**
 * Asks the server for the model's metadata. Close it when it is not needed any more.
 *
 * @throws ServingError SERVICE_UNREACHABLE, LOAD_MODEL, LOAD_DATASET, LOAD_SHAPE, and LOAD_FORM when the model takes
 * inputs that cannot travel so.
 */
export async function servedModel(options: ServedModelOptions): Promise<SystemUnderTest & { close(): void }> {
  const client = new HttpClient(options);
  try {
    const { url, model } = options;
    const metadata = await modelMetadata(client, url, options);
    const inputs = modelInputs({ ...options, inputs: metadata.inputs });
    requireSamples(metadata, options);
    const form = await formOf(client, { options, metadata, inputs });
    const kind = { application: 'default', useCase: '', architecture: '', variant: model };
    const none = { latency: { draw: 'none' }, accuracyPercent: { draw: 'fixed', value: 0 } } as const;
    const queries = [{ kind, inputs: { draw: 'fixed', value: options.settings.samplesPerQuery }, ...none }] as const;
    const asked: AskedQueries = { queries, popularity: { law: 'uniform' } };
    return {
      name: `${model} at ${url.href} (${metadata.server}, ${form} tensors)`,
      asked,
      perform: (load) => new Conversation({ client, options, metadata, inputs, form, load }).run(),
      close: () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

interface Parts {
  readonly client: HttpClient;
  readonly options: ServedModelOptions;
  readonly metadata: ServedModelMetadata;
  readonly inputs: ModelInputs;
}

/** As bytes where the server says so or answers such a request; as JSON elsewhere. */
async function formOf(client: HttpClient, { options, metadata, inputs }: Omit<Parts, 'client'>): Promise<TensorForm> {
  const { form } = options;
  const needsBytes = metadata.inputs.find(({ type }) => type === 'float16');
  if (form === 'json' && needsBytes !== undefined) throw noJson(needsBytes);
  if (form !== 'auto') return form;
  if (metadata.saysBinary || needsBytes !== undefined) return 'binary';
  // A trial, before the run: some servers take bytes and do not say so.
  const request = encodeRequest('trial', inputs.tensors(0, 1), 'binary');
  const answer = await client.post(`${modelPath(options)}/infer`, request.body, request.headers).catch(() => undefined);
  const { outputs } = metadata;
  const isTaken = answer?.status === OK && !readAnswer(answer, { id: 'trial', samples: 1, outputs }).isWrong;
  return isTaken ? 'binary' : 'json';
}

function requireSamples({ inputs }: ServedModelMetadata, { settings, model }: ServedModelOptions): void {
  if (settings.samplesPerQuery === 1 || inputs.every(({ shape }) => shape[0] === null)) return;
  throw new ServingError({
    code: 'LOAD_SAMPLES',
    message: `model ${model} takes one sample at a time`,
    found: `${settings.samplesPerQuery} samples in a query`,
    expected: 'a model whose inputs begin with the batch, -1',
    next: 'use --samples-per-query 1, or another scenario',
  });
}

function noJson({ name }: TensorSpec): ServingError {
  return new ServingError({
    code: 'LOAD_FORM',
    message: `input ${name} cannot be sent as JSON`,
    found: 'datatype FP16, which has no JSON form',
    next: 'leave --tensors out, or say --tensors binary',
  });
}

/** One run: what is on its way, what waits, what came back. */
class Conversation {
  private readonly parts: Parts & { readonly form: TensorForm; readonly load: Load };
  private readonly pacer: Pacer;
  private readonly sampleOf: (ordinal: number) => number;
  /** Those before `taken` have been sent. Taking from the front of a long list would move all of it. */
  private readonly waiting: DueQuery[] = [];
  private taken = 0;
  /** On their way, with the time of issue. */
  private readonly sent = new Map<DueQuery, Nanos>();
  private readonly texts = new Set<string>();
  private labelled = 0;
  private right = 0;

  constructor(parts: Conversation['parts']) {
    this.parts = parts;
    this.pacer = new Pacer(parts.load.workload, (query) => this.due(query));
    this.sampleOf = sampleOrder(parts.load.sampleIndexSeed, SAMPLES);
  }

  async run(): Promise<Performed> {
    const { pacer } = this;
    const { signal } = this.parts.load;
    const stop = (): void => pacer.stop();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      await pacer.run();
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    this.tellMissing();
    const { labelled, right } = this;
    const percent = (right / labelled) * 100;
    return {
      accuracy: labelled === 0 ? null : { percent, inputs: labelled, source: 'labels' },
      broken: signal?.aborted === true ? `it was interrupted after ${toSeconds(pacer.now).toFixed(1)} s` : null,
      notes: [...this.texts].map((text) => `the server said: ${text}`),
    };
  }

  private due(query: DueQuery): void {
    if (this.sent.size < this.parts.options.connections) this.send(query);
    else this.waiting.push(query);
  }

  private send(query: DueQuery): void {
    const { client, options, inputs, form } = this.parts;
    const tensors = inputs.tensors(this.sampleOf(query.ordinal), query.samples);
    const { body, headers } = encodeRequest(String(query.ordinal), tensors, form);
    // Encoding is the generator's work, so it counts as issue delay.
    this.sent.set(query, this.pacer.now);
    client.post(`${modelPath(options)}/infer`, body, headers).then(
      (answer) => this.answered(query, answer),
      (error: unknown) => this.failed(query, error),
    );
  }

  private answered(query: DueQuery, answer: HttpAnswer): void {
    const endNs = this.pacer.now;
    if (answer.status !== OK) {
      if (this.texts.size < TEXTS_MAX) this.texts.add(`HTTP ${answer.status} ${errorText(answer)}`.trim());
      const status = REFUSALS.includes(answer.status) ? 'rejected' : 'failed';
      this.end(query, { endNs, status, detail: `HTTP ${answer.status}` });
      return;
    }
    const { outputs } = this.parts.metadata;
    const read = readAnswer(answer, { id: String(query.ordinal), samples: query.samples, outputs });
    if (read.isWrong) {
      this.end(query, { endNs, status: 'wrong', detail: read.why });
      return;
    }
    if (read.first !== undefined) this.compare(query, read.first);
    this.end(query, { endNs, status: 'answered', detail: '' });
  }

  private failed(query: DueQuery, error: unknown): void {
    const isLate = error instanceof NoAnswerError && error.code === 'timeout';
    const detail = error instanceof Error ? error.message : String(error);
    this.end(query, { endNs: this.pacer.now, status: isLate ? 'missing' : 'failed', detail });
  }

  private compare({ ordinal, samples }: DueQuery, numbers: ArrayLike<number>): void {
    const { labelOf } = this.parts.inputs;
    if (labelOf === undefined) return;
    const first = this.sampleOf(ordinal);
    const classes = numbers.length / samples;
    const values = Float32Array.from(numbers);
    for (let sample = 0; sample < samples; sample += 1) {
      this.labelled += 1;
      const answer = argmax(values.subarray(sample * classes, (sample + 1) * classes));
      if (answer === labelOf(first + sample)) this.right += 1;
    }
  }

  private end(
    query: DueQuery,
    how: { readonly endNs: Nanos; readonly status: QueryStatus; readonly detail: string },
  ): void {
    if (!this.pacer.isRunning) return; // It was told of as missing.
    const issuedNs = this.sent.get(query) ?? how.endNs;
    this.sent.delete(query);
    this.parts.load.ended({ ...queryTimes(query, issuedNs), ...how });
    if (this.taken < this.waiting.length) {
      this.taken += 1;
      this.send(this.waiting[this.taken - 1]);
    }
    this.pacer.ended(query);
  }

  /** What was due and has not ended when the run was broken off. */
  private tellMissing(): void {
    const endNs = this.pacer.now;
    const missing = { endNs, status: 'missing', detail: 'no answer when the run ended' } as const;
    for (const [query, issuedNs] of this.sent) this.parts.load.ended({ ...queryTimes(query, issuedNs), ...missing });
    for (const query of this.waiting.slice(this.taken))
      this.parts.load.ended({ ...queryTimes(query, endNs), ...missing });
  }
}

function queryTimes(
  { scheduledNs, samples }: DueQuery,
  issuedNs: Nanos,
): Pick<EndedQuery, 'scheduledNs' | 'issuedNs' | 'samples'> {
  return { scheduledNs, issuedNs, samples };
}
