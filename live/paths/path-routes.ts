/**
 * A model published at a path of the user's choice: images in, labels out, as a form with a field or as a bare body. The
 * model's workers are the instances behind it; the request log says which of them served.
 */
import type { HandlerAnswer } from '../../backends/index.ts';
import { answerJson } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { HttpAnswer, HttpExchange, HttpFailure, HttpRoute, RouteSet } from '../http/index.ts';
import type { InferenceParts } from '../payloads/index.ts';
import { inferPayloads, requestPayloads } from '../payloads/index.ts';
import type { NotServed } from '../service/index.ts';
import type { PathOptions } from './path-options.ts';

/** One route set for each path, so that failures elsewhere are not told in its words. */
export function pathRoutes(parts: InferenceParts, services: readonly PathOptions[]): readonly RouteSet[] {
  return services.map((options) => ({
    protocol: 'paths',
    prefix: options.path,
    routes: [pathRoute(parts, options)],
    renderFailure,
  }));
}

function pathRoute(parts: InferenceParts, options: PathOptions): HttpRoute {
  return {
    methods: ['POST'],
    path: options.path,
    scope: 'infer',
    isQuery: true,
    unsignedPayload: options.unsignedPayload,
    handle: (exchange) => answerAt(exchange, parts, options),
  };
}

async function answerAt(exchange: HttpExchange, parts: InferenceParts, options: PathOptions): Promise<HttpAnswer> {
  // Asked for at each request: the model may have been registered, or taken away, since the path was published.
  const model = parts.service.directory.find(options.model);
  if (model === undefined) throw new HttpRefusal(503, 'the model of this service is not there', { 'retry-after': '5' });
  const payloads = await requestPayloads(exchange, { limits: options.limits, field: options.field });
  const result = await inferPayloads(parts, {
    model,
    payloads,
    top: options.answer === 'label' ? 1 : options.top,
    application: options.application ?? exchange.caller.application,
    latencyNs: options.latencyNs,
    accuracyPercent: options.accuracyPercent,
    signal: exchange.signal,
    detail: exchange.detail,
  });
  if (!('answers' in result)) throw refusalOf(result);
  const { served, answers } = result;
  const headers = { 'x-variant': headerText(served.variant), 'x-worker': headerText(served.worker) };
  if (options.answer === 'label') return { status: 200, headers: { ...headers, ...PLAIN_TEXT }, body: labels(answers) };
  const body = answers.length === 1 ? answerJson(answers[0]) : { answers: answers.map(answerJson) };
  return { status: 200, headers: { ...headers, ...JSON_TYPE }, body: JSON.stringify(body) };
}

const PLAIN_TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** The best label of each image, a line each; without a line's end where there is one image. */
function labels(answers: readonly HandlerAnswer[]): string {
  return answers
    .map((answer) => (answer.kind === 'classification' ? answer.top[0].label : JSON.stringify(answerJson(answer))))
    .join('\n');
}

function refusalOf({ outcome, reason, message, retryAfterS }: NotServed): HttpRefusal {
  const headers: Record<string, string> = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  return new HttpRefusal(statusOf(outcome, reason), message, headers);
}

function statusOf(outcome: NotServed['outcome'], reason: NotServed['reason']): number {
  if (reason === 'too-many-inputs') return 400;
  if (reason === 'rate-limit' || reason === 'concurrency-limit') return 429;
  if (outcome === 'expired' || reason === 'timeout') return 504;
  return outcome === 'failed' && reason === 'execution-failed' ? 500 : 503;
}

function renderFailure({ status, message, headers }: HttpFailure): HttpAnswer {
  return { status, headers: { ...headers, ...JSON_TYPE }, body: JSON.stringify({ error: message }) };
}

/** Names are bounded where they are defined, but a header takes no others than these characters at all. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
