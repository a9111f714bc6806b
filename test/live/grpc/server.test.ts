// The listener: limits, hostile connections, and a close that loses no call.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import type { GrpcServer, GrpcService } from '../../../live/grpc/index.ts';
import { loadService } from '../../../live/grpc/definitions.ts';
import type { CallContext } from '../../../live/grpc/method.ts';
import { TestClient, errorOf, options, start } from './grpc-fixture.ts';

const NAME = 'org.pytorch.serve.grpc.inference.InferenceAPIsService';

/** Predictions that wait until they are let go, and keep what they knew of their call. */
class Waiting {
  readonly contexts: CallContext[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly arrivals: (() => void)[] = [];
  readonly service: GrpcService = {
    codec: loadService(NAME),
    methods: {
      Ping: { kind: 'unary', scope: 'open', rawField: 0, run: () => ({ health: 'fine' }) },
      Predictions: { kind: 'unary', scope: 'infer', rawField: 3, run: (_request, context) => this.wait(context) },
      StreamPredictions2: {
        kind: 'exchange',
        scope: 'infer',
        rawField: 3,
        ordered: false,
        run: (_request, context) => this.wait(context),
        refuse: ({ code, message }) => ({ status: { code, message } }),
      },
    },
  };

  letGo(): void {
    this.waiting.shift()?.();
  }

  /** Fulfilled when so many calls have begun. */
  async begun(count: number): Promise<void> {
    while (this.contexts.length < count) await new Promise<void>((resolve) => this.arrivals.push(resolve));
  }

  private async wait(context: CallContext): Promise<object> {
    this.contexts.push(context);
    for (const arrived of this.arrivals.splice(0)) arrived();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return { prediction: Buffer.from(String(this.contexts.length)) };
  }
}

async function setUp(changes = {}): Promise<{ waiting: Waiting; server: GrpcServer; client: TestClient }> {
  const waiting = new Waiting();
  const server = await start({ services: [waiting.service] }, changes);
  return { waiting, server, client: new TestClient(NAME, server) };
}

async function expectAlive(server: GrpcServer): Promise<void> {
  expect(await new TestClient(NAME, server).call('Ping', {})).toEqual({ health: 'fine' });
}

describe('closing', () => {
  test('lets open calls finish', async () => {
    const { waiting, server, client } = await setUp();
    const call = client.call('Predictions', {});
    await waiting.begun(1);
    const closed = server.close();
    waiting.letGo();
    expect(await call).toEqual({ prediction: Buffer.from('1') });
    await closed;
  });

  test('takes no new call', async () => {
    const { waiting, server, client } = await setUp();
    const call = client.call('Predictions', {});
    await waiting.begun(1);
    const closed = server.close();
    expect((await errorOf(client.call('Ping', {}, { deadline: Date.now() + 2_000 }))).code).toBe(status.UNAVAILABLE);
    waiting.letGo();
    await call;
    await closed;
  });

  test('answers what a stream has sent, then ends it as UNAVAILABLE', async () => {
    const { waiting, server, client } = await setUp();
    const stream = client.exchange('StreamPredictions2');
    stream.send({});
    await waiting.begun(1);
    const closed = server.close();
    waiting.letGo();
    expect(await stream.next()).toMatchObject({ prediction: Buffer.from('1') });
    expect(await stream.ended).toBe(status.UNAVAILABLE);
    await closed;
  });

  test('cuts calls that take longer than they may', async () => {
    const { waiting, server, client } = await setUp({ closeTimeoutMs: 50 });
    const call = errorOf(client.call('Predictions', {}));
    await waiting.begun(1);
    await server.close();
    expect([status.CANCELLED, status.UNAVAILABLE, status.INTERNAL]).toContain((await call).code);
    await fired(waiting.contexts[0].signal);
  });

  test('twice is closing once', async () => {
    const { server } = await setUp();
    expect(server.close()).toBe(server.close());
    await server.close();
  });
});

describe('clients that leave', () => {
  test('a cancelled call fires its signal', async () => {
    const { waiting, client } = await setUp();
    const { answer, cancel } = client.open('Predictions', {});
    const failed = errorOf(answer);
    await waiting.begun(1);
    cancel();
    expect((await failed).code).toBe(status.CANCELLED);
    await fired(waiting.contexts[0].signal);
  });

  test('a deadline is known, answered as such, and fires the signal a moment later', async () => {
    const { waiting, client } = await setUp();
    // A connection takes its time, too.
    await client.call('Ping', {});
    const before = Date.now();
    const error = await errorOf(client.call('Predictions', {}, { deadline: before + 300 }));
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(waiting.contexts[0].deadlineMs).toBeGreaterThanOrEqual(before);
    expect(waiting.contexts[0].deadlineMs).toBeLessThanOrEqual(before + 500);
    await fired(waiting.contexts[0].signal);
  });

  test('a lost connection fires the signals of its calls and streams', async () => {
    const { waiting, server } = await setUp();
    const session = connectHttp2(`http://${server.host}:${server.port}`);
    for (const call of ['Predictions', 'StreamPredictions2']) {
      const request = session.request(headersOf({ ':path': `/${NAME}/${call}` }));
      request.on('error', () => undefined).end(frame(Buffer.alloc(0)));
    }
    await waiting.begun(2);
    session.destroy();
    for (const { signal } of waiting.contexts) await fired(signal);
    expect(waiting.contexts).toHaveLength(2);
  });
});

describe('limits', () => {
  test('a stream is not read on while its queries are open', async () => {
    const { waiting, client } = await setUp({ queriesPerStreamMax: 2 });
    const stream = client.exchange('StreamPredictions2');
    for (let sent = 0; sent < 5; sent += 1) stream.send({});
    await waiting.begun(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(waiting.contexts).toHaveLength(2);
    waiting.letGo();
    await stream.next();
    await waiting.begun(3);
    expect(waiting.contexts).toHaveLength(3);
  });

  test('a message over the limit is RESOURCE_EXHAUSTED, and the server lives on', async () => {
    const { server, client } = await setUp({ messageMaxBytes: 1_000_000 });
    const input = { data: Buffer.alloc(1_000_001) };
    expect((await errorOf(client.call('Predictions', { input }))).code).toBe(status.RESOURCE_EXHAUSTED);
    await expectAlive(server);
  });

  test('a message that inflates beyond the limit is RESOURCE_EXHAUSTED', async () => {
    const { server } = await setUp({ messageMaxBytes: 1_000_000 });
    const packed = gzipSync(Buffer.alloc(20_000_000));
    const answer = await post(server, frame(packed, true), { 'grpc-encoding': 'gzip' });
    expect(answer['grpc-status']).toBe(String(status.RESOURCE_EXHAUSTED));
    await expectAlive(server);
  });

  test('a malformed message is INVALID_ARGUMENT', async () => {
    const { server, client } = await setUp();
    const error = await errorOf(client.raw('Predictions', Buffer.from([0x0a, 200, 1])));
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'the message is cut off or malformed' });
    const nested = await errorOf(client.raw('Predictions', Buffer.from([0x1a, 2, 0x0a, 200])));
    expect(nested).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'the message is malformed' });
    await expectAlive(server);
  });

  test('a request that does not arrive in time is DEADLINE_EXCEEDED', async () => {
    const { server } = await setUp({ requestTimeoutMs: 50 });
    const answer = await post(server, Buffer.from([0, 0, 0, 1, 0, 1]), {}, { endStream: false });
    expect(answer['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
    await expectAlive(server);
  });

  test('connections beyond the limit are closed unanswered', async () => {
    const { server } = await setUp({ connectionsMax: 1 });
    const first = connect(server.port, server.host);
    await once(first, 'connect');
    const second = connect(server.port, server.host);
    second.on('error', () => undefined);
    await once(second, 'close');
    first.destroy();
    await once(first, 'close');
    await expectAlive(server);
  });

  test('a connection without calls is closed after a while', async () => {
    const { server } = await setUp({ idleMs: 50 });
    const session = connectHttp2(`http://${server.host}:${server.port}`);
    await once(session, 'close');
    await expectAlive(server);
  });
});

describe('hostile connections', () => {
  test('one that is reset at once is dropped', async () => {
    const { server } = await setUp();
    const socket = connect(server.port, server.host);
    await once(socket, 'connect');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.resetAndDestroy();
    await expectAlive(server);
  });

  test.each([
    ['HTTP/1.1', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a TLS greeting', Buffer.from('16030100c8010000c40303', 'hex')],
    ['zeroes', Buffer.alloc(10_000)],
  ])('%s on the port is dropped', async (_name, bytes) => {
    const { server } = await setUp();
    const socket = connect(server.port, server.host);
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
    await expectAlive(server);
  });

  test.each([
    ['of nobody', '/no.such/Call'],
    ['without a name', '/'],
    ['with escapes', '/%00%0a'],
    ['with a letter beyond ASCII', '/é'],
    ['with a control character', '/\u0001'],
    ['that is a star', '*'],
    ['of 8,000 letters', `/${'x'.repeat(8_000)}`],
  ])('a path %s is refused', async (_name, path) => {
    const { server } = await setUp();
    const refused: Answer = {};
    const answer = await post(server, frame(Buffer.alloc(0)), { ':path': path }).catch(() => refused);
    expect([undefined, String(status.UNIMPLEMENTED)]).toContain(answer['grpc-status']);
    await expectAlive(server);
  });

  test('another kind of content is 415', async () => {
    const { server } = await setUp();
    const answer = await post(server, Buffer.alloc(0), { 'content-type': 'application/json' });
    expect(answer[':status']).toBe(415);
    await expectAlive(server);
  });

  test.each([
    ['no message', Buffer.alloc(0), status.UNIMPLEMENTED],
    ['two messages', Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))]), status.UNIMPLEMENTED],
    ['an unknown compression', frame(Buffer.alloc(3), true), status.UNIMPLEMENTED],
  ])('%s in a call for one is refused', async (_name, body, code) => {
    const { server } = await setUp();
    const answer = await post(server, body, { 'grpc-encoding': 'br' });
    expect(answer['grpc-status']).toBe(String(code));
    await expectAlive(server);
  });

  test('a broken timeout is refused', async () => {
    const { server } = await setUp();
    const answer = await post(server, frame(Buffer.alloc(0)), { 'grpc-timeout': 'soon' });
    expect(answer['grpc-status']).toBe(String(status.INTERNAL));
    await expectAlive(server);
  });
});

test('an address that is taken is told with a way out', async () => {
  const { server, waiting } = await setUp();
  const second = start({ services: [waiting.service] }, { port: server.port });
  await expect(second).rejects.toThrow(/gRPC cannot listen on 127\.0\.0\.1:\d+/);
});

test('a listener binds where it is told', async () => {
  const { server } = await setUp();
  expect(server.host).toBe(options.host);
  expect(server.port).toBeGreaterThan(0);
});

test('binary metadata does not disturb', async () => {
  const { waiting, server } = await setUp();
  const metadata = new Metadata();
  metadata.set('trace-bin', Buffer.from([0, 255]));
  const client = new TestClient(NAME, server);
  const asIs = (bytes: Buffer): Buffer => bytes;
  client.client.makeUnaryRequest(`/${NAME}/Predictions`, asIs, asIs, Buffer.alloc(0), metadata, () => undefined);
  await waiting.begun(1);
  waiting.letGo();
  expect(Object.keys(waiting.contexts[0].headers)).not.toContain('trace-bin');
});

/** A message in gRPC's frame. */
function frame(message: Buffer, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed ? 1 : 0;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

type Answer = Readonly<Record<string, unknown>>;

/** A call by hand. @returns headers and trailers. */
async function post(
  { host, port }: GrpcServer,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  { endStream = true } = {},
): Promise<Answer> {
  const session = connectHttp2(`http://${host}:${port}`);
  try {
    const request = session.request(headersOf(headers));
    const found: Record<string, unknown> = {};
    const keep = (more: object): void => void Object.assign(found, more);
    request.on('response', keep).on('trailers', keep).resume();
    const failed = once(session, 'error').then(([error]) => Promise.reject(error as Error));
    if (endStream) request.end(body);
    else request.write(body);
    await Promise.race([once(request, endStream ? 'close' : 'end'), failed]);
    return found;
  } finally {
    session.destroy();
  }
}

function headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const usual = {
    ':method': 'POST',
    ':path': `/${NAME}/Predictions`,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  return { ...usual, ...headers };
}

async function fired(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
