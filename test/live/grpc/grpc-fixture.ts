/** Listeners on ports of their own and stock clients for them, closed after each test. */
import { Client, Metadata, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import type { CallOptions, ClientDuplexStream, ClientReadableStream, ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { MethodDefinition } from '@grpc/proto-loader';
import { afterEach } from 'vitest';
import type { GrpcOptions, GrpcParts, GrpcServer, ServiceName } from '../../../live/grpc/index.ts';
import { protoPath, startGrpcServer } from '../../../live/grpc/index.ts';
import { openGate } from '../../../live/http/index.ts';

export type Message = Readonly<Record<string, unknown>>;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export const options: GrpcOptions = {
  host: '127.0.0.1',
  port: 0,
  messageMaxBytes: 64 * 1024 * 1024,
  plainMaxBytes: 4 * 1024 * 1024,
  fieldsMax: 4096,
  connectionsMax: 100,
  callsPerConnectionMax: 100,
  queriesPerStreamMax: 4,
  requestTimeoutMs: 10_000,
  keepAliveMs: 60_000,
  keepAliveTimeoutMs: 10_000,
  idleMs: 60_000,
  closeTimeoutMs: 300,
  unsignedStreams: true,
};

/** A listener; `gate` lets everybody in when left out. */
export async function start(
  parts: Pick<GrpcParts, 'services'> & Partial<GrpcParts>,
  changes: Partial<GrpcOptions> = {},
): Promise<GrpcServer> {
  const gate = openGate({ host: '127.0.0.1', managementOpen: true });
  const server = await startGrpcServer({ name: 'grpc', gate, ...parts }, { ...options, ...changes });
  cleanups.push(() => server.close());
  return server;
}

type StockDefinition = Readonly<Record<string, MethodDefinition<object, object>>>;

const definitions = new Map<ServiceName, StockDefinition>();

/** A service as a stock client reads it from the file. */
function definitionOf(name: ServiceName): StockDefinition {
  const known = definitions.get(name);
  if (known !== undefined) return known;
  const read = loadSync(protoPath(name), { keepCase: true, longs: String, enums: String, defaults: true });
  // A service of that name is in the file: no client could be made otherwise.
  loadPackageDefinition(read);
  const definition = read[name] as StockDefinition;
  definitions.set(name, definition);
  return definition;
}

/** A stock client of a service. */
export class TestClient {
  readonly client: Client;
  private readonly definition: StockDefinition;

  constructor(name: ServiceName, { host, port }: Pick<GrpcServer, 'host' | 'port'>, tlsRoots?: string) {
    this.definition = definitionOf(name);
    const security =
      tlsRoots === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(tlsRoots));
    const limits = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
    this.client = new Client(`${host}:${port}`, security, limits);
    cleanups.push(() => this.client.close());
  }

  /** One message there, one back. */
  call(method: string, request: Message, extra: CallExtra = {}): Promise<Message> {
    return this.open(method, request, extra).answer;
  }

  /** The same, with the call to cancel. */
  open(method: string, request: Message, { headers = {}, ...callOptions }: CallExtra = {}): OpenCall {
    const { path, requestSerialize, responseDeserialize } = this.definition[method];
    const metadata = metadataOf(headers);
    let cancel = (): void => undefined;
    const answer = new Promise<Message>((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        path,
        requestSerialize,
        (bytes) => responseDeserialize(bytes) as Message,
        request,
        metadata,
        callOptions,
        (error, value) => (error === null ? resolve(value ?? {}) : reject(error)),
      );
      cancel = () => call.cancel();
    });
    return { answer, cancel };
  }

  /** A call whose message and answer are bytes, as no codec made them. */
  raw(method: string, bytes: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    const { path } = this.definition[method];
    const asIs = (value: Buffer): Buffer => value;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(path, asIs, asIs, bytes, metadataOf(headers), (error, value) =>
        error === null ? resolve(value ?? Buffer.alloc(0)) : reject(error),
      );
    });
  }

  /** What a message is on the wire. */
  encode(method: string, request: Message): Buffer {
    return this.definition[method].requestSerialize(request);
  }

  /** Many messages there, many back. */
  exchange(method: string, { headers = {}, ...callOptions }: CallExtra = {}): TestStream {
    const { path, requestSerialize, responseDeserialize } = this.definition[method];
    const decode = (bytes: Buffer): Message => responseDeserialize(bytes) as Message;
    const metadata = metadataOf(headers);
    return new TestStream(this.client.makeBidiStreamRequest(path, requestSerialize, decode, metadata, callOptions));
  }

  /** One message there, many back. */
  listen(method: string, request: Message): ClientReadableStream<Message> {
    const { path, requestSerialize, responseDeserialize } = this.definition[method];
    const decode = (bytes: Buffer): Message => responseDeserialize(bytes) as Message;
    return this.client.makeServerStreamRequest(path, requestSerialize, decode, request, new Metadata(), {});
  }
}

interface CallExtra extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

interface OpenCall {
  readonly answer: Promise<Message>;
  readonly cancel: () => void;
}

/** A stream whose answers are taken one by one. */
export class TestStream {
  readonly call: ClientDuplexStream<Message, Message>;
  /** The status that the stream ended with. */
  readonly ended: Promise<status>;
  private readonly answers: AsyncIterator<Message, void>;

  constructor(call: ClientDuplexStream<Message, Message>) {
    this.call = call;
    this.ended = new Promise((resolve) => call.on('status', ({ code }) => resolve(code)));
    // Told by the status too.
    call.on('error', () => undefined);
    this.answers = call[Symbol.asyncIterator]() as AsyncIterator<Message, void>;
  }

  send(request: Message): void {
    this.call.write(request);
  }

  async next(): Promise<Message> {
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error('the stream has ended');
    return value;
  }
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** The error that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<ServiceError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('the call was answered');
  // Calls fail with nothing else.
  return outcome as ServiceError;
}
