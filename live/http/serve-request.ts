/**
 * One request from its head to its answer, in the order that protects the server: size and origin, the gate's look at
 * the head, body, gate, inflation, limits, handler. Whatever is thrown on the way becomes an answer in the protocol's words.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { admitted, refuseOtherOrigins, screen } from './admit.ts';
import type { Connections } from './connections.ts';
import { inflateBody } from './content-coding.ts';
import { Exchange } from './exchange.ts';
import type { HeldBytes } from './held-bytes.ts';
import { HeldShare } from './held-bytes.ts';
import { ClientLeft, failureOf, HttpRefusal } from './http-refusal.ts';
import type { HttpAnswer, RouteSet } from './http-route.ts';
import type { HttpOptions, ListenerParts } from './listener-options.ts';
import { declaredBytes, readBody, refuseTooLarge } from './read-body.ts';
import type { BoundRoute } from './route-table.ts';
import { sendAnswer } from './send-answer.ts';

/** What the requests of a listener share. */
export interface ServingState {
  readonly options: HttpOptions;
  readonly parts: ListenerParts;
  readonly connections: Connections;
  readonly held: HeldBytes;
  /** Whether the listener closes: every answer is the last of its connection. */
  isDraining: boolean;
}

/** A request and where it leads. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
  /** The route, or what is answered without one and without reading the body. */
  readonly to: BoundRoute | HttpRefusal | HttpAnswer;
  /** Whose words a failure is told in. */
  readonly set: RouteSet | undefined;
}

/** Never rejects. */
export async function serveRequest(state: ServingState, arrival: Arrival): Promise<void> {
  const { options, parts, connections } = state;
  const { request, response, params, to, set } = arrival;
  const { socket } = request;
  const { requestsPerConnectionMax } = options;
  const route = 'route' in to ? to.route.path : '';
  const protocol = set?.protocol ?? '';
  const exchange = new Exchange({
    request,
    response,
    params,
    listener: parts.name,
    protocol,
    route,
    watches: parts.watches ?? [],
  });
  const end = (): void => {
    if (exchange.end()) connections.end(socket, end);
  };
  response.once('close', end);
  const here = connections.begin(socket, end);
  const share = new HeldShare(state.held);
  try {
    const answer = await answerOf(state, arrival, { exchange, share }, here.open).catch((error: unknown) => {
      if (error instanceof ClientLeft) throw error;
      return rendered(set, exchange, error);
    });
    exchange.detail.sentBytes = await sendAnswer(request, response, answer, {
      compressFromBytes: options.compressFromBytes,
      sendTimeoutMs: options.sendTimeoutMs,
      isLast: state.isDraining || here.open > options.pipelinedMax || here.requests === requestsPerConnectionMax,
      headers: exchange.answerHeaders,
    });
    exchange.isAnswered = !response.writableEnded;
  } catch (error) {
    // The client has gone, or the answer cannot be sent at all: there is nobody to tell but the log.
    if (!(error instanceof ClientLeft)) exchange.detail.cause = error;
    response.destroy();
    end();
  } finally {
    share.giveAll();
  }
}

async function answerOf(
  { options, parts }: ServingState,
  { request, response, to }: Arrival,
  { exchange, share }: { readonly exchange: Exchange; readonly share: HeldShare },
  openHere: number,
): Promise<HttpAnswer> {
  if (openHere > options.pipelinedMax) throw new HttpRefusal(400, 'too many requests are open on this connection');
  if (to instanceof HttpRefusal) throw to;
  if (!('route' in to)) return to;
  const { route } = to;
  const maxBytes = route.bodyMaxBytes ?? options.bodyMaxBytes;
  refuseTooLarge(request, maxBytes);
  refuseOtherOrigins(request);
  if (declaredBytes(request) !== 0) screen(parts.gate, request, route);
  const sent = await readBody(request, response, { maxBytes, maxChunks: options.bodyChunksMax, share });
  exchange.detail.receivedBytes = sent.length;
  exchange.caller = admitted(parts.gate, request, route, sent);
  exchange.detail.application = exchange.caller.application;
  const inflatedMaxBytes = route.bodyMaxBytes ?? options.inflatedMaxBytes;
  const inflated = inflateBody(sent, request.headers['content-encoding'], { maxBytes: inflatedMaxBytes, share });
  exchange.body = inflated instanceof Promise ? await inflated : inflated;
  if (route.isQuery !== true) return route.handle(exchange);
  const leave = parts.gate.enter(exchange.caller);
  try {
    return await route.handle(exchange);
  } finally {
    leave();
  }
}

function rendered(set: RouteSet | undefined, { detail }: Exchange, error: unknown): HttpAnswer {
  const failure = failureOf(error);
  detail.failure ??= failure.message;
  if (failure.cause !== undefined && !(failure.cause instanceof HttpRefusal)) detail.cause ??= failure.cause;
  const { status, message } = failure;
  const answer = set?.renderFailure(failure) ?? {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: message }),
  };
  return { ...answer, headers: { ...failure.headers, ...answer.headers } };
}
