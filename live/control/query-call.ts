/**
 * `POST /rehearse/v1/query`: a model-less online query, images or raw tensors in, raw outputs and the handler's answers
 * out. It is a query like any other: it counts against its application's limits and ends once.
 */
import type { HandlerAnswer, Payload, TensorValue } from '../../backends/index.ts';
import { answerJson, meantName } from '../../backends/index.ts';
import { NEVER, milliseconds, toMilliseconds } from '../../core/index.ts';
import type { HttpAnswer, HttpExchange, HttpRoute } from '../http/index.ts';
import { inferPayloads } from '../payloads/index.ts';
import type { ModelEntry, NotServed, Served } from '../service/index.ts';
import type { ControlParts } from './control-parts.ts';
import { jsonAnswer, readJson, refusal, shown } from './json-call.ts';
import { queryShape } from './query-shape.ts';
import type { QueryAnswer, QueryBody, QueryOutput } from './query-shape.ts';
import { queryTarget } from './query-target.ts';

export function queryRoute({ service, handlers }: Pick<ControlParts, 'service' | 'handlers'>): HttpRoute {
  return {
    methods: ['POST'],
    path: '/rehearse/v1/query',
    scope: 'infer',
    isQuery: true,
    async handle(exchange) {
      const body = readJson(exchange, queryShape);
      const model = queryTarget(service.directory, body);
      const result = await inferPayloads(
        { service, handlers },
        {
          ...wishesOf(body, exchange),
          model: { ...model, handler: handlerName(body, model) },
          payloads: payloadsOf(body, model),
          top: body.top,
          detail: exchange.detail,
        },
      );
      return 'answers' in result ? jsonAnswer(answered(result.served, result.answers, body)) : failed(result);
    },
  };
}

function handlerName({ images, tensors }: QueryBody, model: ModelEntry): string {
  if ((images.length === 0) === (tensors.length === 0)) {
    throw refusal({ message: 'the query has no inputs, or two kinds of them', expected: 'either images or tensors' });
  }
  if (images.length === 0) return 'tensor';
  if (model.handler !== undefined) return model.handler;
  throw refusal({
    message: 'this model has no handler that takes images',
    expected: 'tensors',
    next: 'send its input tensors, or register it with a handler',
  });
}

function payloadsOf({ images, tensors }: QueryBody, { name: model, inputs }: ModelEntry): Payload[] {
  const read = images.length > 0 ? images : tensors;
  const known = inputs.map((input) => input.name);
  const wrong = tensors.find(({ name }) => name !== '' && !known.includes(name));
  if (wrong !== undefined) {
    throw refusal({
      message: `${model} has no input of this name`,
      found: shown(wrong.name),
      ...meantName(wrong.name, known),
      expected: known.join(', '),
    });
  }
  return read.map(({ name, contentType, base64 }) => {
    const raw = images.length > 0 ? contentType : contentType || 'application/octet-stream';
    return { name, contentType: raw.toLowerCase(), bytes: Buffer.from(base64, 'base64') };
  });
}

function wishesOf({ latencyMs, accuracyPercent, timeoutMs }: QueryBody, { caller, signal }: HttpExchange) {
  return {
    application: caller.application,
    latencyNs: latencyMs === undefined ? NEVER : milliseconds(latencyMs),
    accuracyPercent: accuracyPercent ?? 0,
    ...(timeoutMs === undefined ? {} : { timeoutNs: milliseconds(timeoutMs) }),
    signal,
  };
}

function answered(answer: Served, told: readonly HandlerAnswer[], { binary, images }: QueryBody): QueryAnswer {
  const { variant, version, worker, outcome, batchInputs, timings } = answer;
  return {
    status: 'SUCCESS',
    variant,
    version,
    worker,
    outcome,
    batchInputs,
    timingsMs: {
      loadWait: toMilliseconds(timings.loadWaitNs),
      queue: toMilliseconds(timings.queueNs),
      preprocess: toMilliseconds(timings.preprocessNs),
      infer: toMilliseconds(timings.inferNs),
      postprocess: toMilliseconds(timings.postprocessNs),
      latency: toMilliseconds(timings.latencyNs),
    },
    outputs: answer.outputs.map((output) => outputOf(output, binary)),
    ...(images.length > 0 ? { answers: told.map(answerJson) } : {}),
  };
}

function outputOf(tensor: TensorValue, binary: boolean): QueryOutput {
  const { name, type, shape, bytes } = tensor;
  const about = { name, type, shape };
  if (binary) return { ...about, base64: Buffer.from(bytes).toString('base64') };
  return { ...about, data: answerJson({ kind: 'tensors', tensors: [tensor] }) };
}

/** The status that says so, by what became of the query. */
function failed({ outcome, reason, message, retryAfterS }: NotServed): HttpAnswer {
  const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  return jsonAnswer({ error: message, code: codeOf(reason) }, statusOf(outcome, reason, retryAfterS), headers);
}

function codeOf(reason: NotServed['reason']): string {
  return `QUERY_${reason.replaceAll('-', '_').toUpperCase()}`;
}

function statusOf(outcome: NotServed['outcome'], reason: NotServed['reason'], retryAfterS: number | undefined): number {
  if (reason === 'rate-limit' || reason === 'concurrency-limit') return 429;
  if (outcome === 'cancelled') return 499;
  if (reason === 'no-variant') return 404;
  if (reason === 'too-many-inputs') return 400;
  if (outcome === 'expired' || reason === 'timeout') return 504;
  return retryAfterS === undefined ? 500 : 503;
}
