/**
 * A query from payloads to answers: the model's handler makes its tensors, the service executes it, the handler reads
 * the outputs. What a handler refuses is the client's to read; what it gets wrong itself is not.
 */
import { isUtf8 } from 'node:buffer';
import type { HandlerAnswer, Handlers, Payload } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import { HttpRefusal, failureOf, refuseHeavyJson } from '../http/index.ts';
import type { RequestDetail } from '../http/index.ts';
import type { ModelEntry, NotServed, Served, ServicePort, ServiceQuery } from '../service/index.ts';

/** Of a model whose definition names none. */
const DEFAULT_HANDLER = 'tensor';

export interface PayloadQuery extends Omit<ServiceQuery, 'tensors'> {
  readonly payloads: readonly Payload[];
  /** How many classes a classifier names, at least 1. */
  readonly top: number;
  /** Of the request, for logs and metrics; filled in here. */
  readonly detail?: RequestDetail | undefined;
}

export interface PayloadsServed {
  readonly served: Served;
  /** One for each input. */
  readonly answers: readonly HandlerAnswer[];
}

export interface InferenceParts {
  readonly service: ServicePort;
  readonly handlers: Handlers;
}

/**
 * @returns the answers, or why the service did not serve the query.
 * @throws HttpRefusal 400 when the payloads are not what the model's handler takes, 413 for JSON that is too much to
 * parse; Error when the handler or the model is at fault.
 */
export async function inferPayloads(
  { service, handlers }: InferenceParts,
  { payloads, top, detail, ...query }: PayloadQuery,
): Promise<PayloadsServed | NotServed> {
  const { model } = query;
  const handler = handlers.named(model.handler ?? DEFAULT_HANDLER);
  if (detail !== undefined) {
    detail.model = model.name;
    detail.application = query.application;
  }
  // Handlers parse by themselves.
  refuseHeavyJson(payloads.filter(isJson).map(({ bytes }) => bytes));
  const tensors = await judged(() => handler.preprocess(payloads, model));
  const answer = await service.infer({ ...query, tensors });
  if (detail !== undefined) noteAnswer(detail, answer, inputsOf(model, tensors));
  if (!answer.ok) return answer;
  return { served: answer, answers: await judged(() => handler.postprocess(answer.outputs, model, { top })) };
}

/** What says that it is JSON, or begins as JSON does and is a text. */
function isJson({ contentType, bytes }: Payload): boolean {
  return /\bjson$/.test(contentType) || ((bytes[0] === 0x5b || bytes[0] === 0x7b) && isUtf8(bytes));
}

/** What is told of a query in its request's log line. */
function noteAnswer(detail: RequestDetail, answer: Served | NotServed, inputs: number): void {
  detail.outcome = answer.outcome;
  detail.inputs = inputs;
  if (!answer.ok) {
    detail.reason = answer.reason;
    return;
  }
  const { variant, version, worker, batchInputs, timings } = answer;
  Object.assign(detail, { variant, version, worker, batchInputs, timings });
}

function inputsOf({ batches }: ModelEntry, tensors: readonly { readonly shape: readonly number[] }[]): number {
  return batches ? (tensors.at(0)?.shape.at(0) ?? 1) : 1;
}

async function judged<Result>(call: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof ServingError && cause.code === 'HANDLER_PAYLOAD') {
      throw new HttpRefusal(400, failureOf(cause).message);
    }
    // A broken handler or model: the client gets a bare 500, the log the cause.
    throw new Error('pre- or postprocessing failed', { cause });
  }
}
