// A small server of the Open Inference Protocol for tests of the load generator: one model of images, which answers as
// the test says. It speaks binary tensors, or only JSON.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fashionMnistInputs } from '../../../../live/world/index.ts';

export const IMAGES = [{ name: 'input', type: 'float32', shape: [null, 1, 28, 28] }] as const;
const CLASSES = 10;
const ROW_BYTES = 784 * 4;

/** An inference request as the server read it. */
export interface Asked {
  /** 0 for the first. */
  readonly number: number;
  readonly id: string;
  readonly rows: readonly Buffer[];
  readonly isBinary: boolean;
}

export interface Answering {
  /** Answers a request itself and gives true, or leaves it to the server. */
  readonly answer?: (asked: Asked, response: ServerResponse) => boolean;
  /** Whether it understands binary tensors. Default: true. */
  readonly binary?: boolean;
  /** Whether it says so. Default: `binary`. */
  readonly saysBinary?: boolean;
  /** Of the model's input. Default: the images'. */
  readonly shape?: readonly number[];
}

export interface RunningServer {
  readonly url: URL;
  /** Inference requests so far. */
  readonly asked: Asked[];
  /** Closes the connections that nobody uses. */
  readonly closeIdle: () => void;
  close(): Promise<void>;
}

/** Answers every image with its label. */
export async function openInferenceServer(answering: Answering = {}): Promise<RunningServer> {
  const labels = labelsByImage();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.method === 'GET') describe(request.url ?? '', response, answering);
      else infer({ request, body, response, answering, asked, labels });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // It listens at an address and no pipe.
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    asked,
    closeIdle: () => server.closeIdleConnections(),
    close: () => close(server),
  };
}

/** What a right answer to a request is, as JSON. */
export function answerTo({ id, rows }: Asked, logits: (row: number) => readonly number[]): Record<string, unknown> {
  const data = rows.flatMap((_, row) => logits(row));
  return {
    model_name: 'images',
    id,
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [rows.length, CLASSES], data }],
  };
}

export function sendJson(response: ServerResponse, status: number, value: unknown): true {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  return true;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function describe(
  path: string,
  response: ServerResponse,
  { binary = true, saysBinary = binary, shape }: Answering,
): void {
  if (path === '/v2') sendJson(response, 200, { name: 'tiny', extensions: saysBinary ? ['binary_tensor_data'] : [] });
  else if (path === '/v2/models/images') {
    const inputs = [{ name: 'input', datatype: 'FP32', shape: shape ?? [-1, 1, 28, 28] }];
    sendJson(response, 200, {
      name: 'images',
      inputs,
      outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 10] }],
    });
  } else sendJson(response, 404, { error: 'unknown model "other"' });
}

function infer(parts: {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly answering: Answering;
  readonly asked: Asked[];
  readonly labels: ReadonlyMap<string, number>;
}): void {
  const { request, body, response, answering, labels } = parts;
  const length = request.headers['inference-header-content-length'];
  if (length !== undefined && answering.binary === false) {
    sendJson(response, 400, { error: 'no such extension' });
    return;
  }
  const jsonBytes = length === undefined ? body.length : Number(length);
  const { id, inputs } = JSON.parse(body.toString('utf8', 0, jsonBytes)) as {
    id: string;
    inputs: { shape: number[]; data?: number[] }[];
  }; // Sent by the generator.
  const [{ shape, data }] = inputs;
  const bytes = data === undefined ? body.subarray(jsonBytes) : Buffer.from(Float32Array.from(data).buffer);
  const rows = Array.from({ length: shape[0] }, (_, row) => bytes.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES));
  const current = { number: parts.asked.length, id, rows, isBinary: length !== undefined };
  parts.asked.push(current);
  if (answering.answer?.(current, response) === true) return;
  const oneHot = (row: number): number[] => {
    const label = labels.get(digestOf(rows[row]));
    return Array.from({ length: CLASSES }, (_, at) => (at === label ? 1 : 0));
  };
  if (length === undefined) sendJson(response, 200, answerTo(current, oneHot));
  else sendBinary(response, current, oneHot);
}

function sendBinary(response: ServerResponse, { id, rows }: Asked, logits: (row: number) => readonly number[]): void {
  const bytes = Buffer.from(Float32Array.from(rows.flatMap((_, row) => logits(row))).buffer);
  const parameters = { binary_data_size: bytes.length };
  const outputs = [{ name: 'logits', datatype: 'FP32', shape: [rows.length, CLASSES], parameters }];
  const json = Buffer.from(JSON.stringify({ model_name: 'images', id, outputs }));
  response.writeHead(200, { 'Inference-Header-Content-Length': json.length }).end(Buffer.concat([json, bytes]));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer); // No encoding is set.
  return Buffer.concat(parts);
}

function labelsByImage(): ReadonlyMap<string, number> {
  const source = fashionMnistInputs({ inputs: IMAGES });
  const labels = new Map<string, number>();
  for (let at = 0; at < 2000; at += 1) {
    labels.set(digestOf(source.tensorOf(IMAGES[0], at, 1).bytes), source.labelOf?.(at) ?? -1);
  }
  return labels;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
