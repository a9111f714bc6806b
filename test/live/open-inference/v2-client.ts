/** A small client of the protocol, as the stock ones send it: JSON, or JSON with binary tensors behind it. */
import { expect } from 'vitest';
import type { StandInService } from '../stand-in-service.ts';

export interface BinaryInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface V2Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON part. */
  readonly json: Record<string, unknown>;
  /** Outputs that came as bytes. */
  readonly binary: ReadonlyMap<string, Buffer>;
}

interface OutputJson {
  readonly name: string;
  readonly parameters?: { readonly binary_data_size?: number };
}

export async function send(url: string, init: RequestInit & { readonly body?: string | Uint8Array<ArrayBuffer> } = {}) {
  return read(await fetch(url, init));
}

/** Posts JSON; text is sent as it is. */
export async function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<V2Answer> {
  return send(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
}

/** The body and the header of a request with binary inputs. @param rest fields of the JSON beside `inputs`. */
export function binaryRequest(inputs: readonly BinaryInput[], rest: Record<string, unknown> = {}) {
  const described = inputs.map(({ name, datatype, shape, bytes }) => {
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const json = Buffer.from(JSON.stringify({ inputs: described, ...rest }));
  const body = new Uint8Array(Buffer.concat([json, ...inputs.map(({ bytes }) => bytes)]));
  return { body, headers: { 'Inference-Header-Content-Length': String(json.length) } };
}

/** As tritonclient does without a list of outputs: it asks for all of them as bytes. */
export async function postBinary(
  url: string,
  inputs: readonly BinaryInput[],
  rest: Record<string, unknown> = { parameters: { binary_data_output: true } },
): Promise<V2Answer> {
  return send(url, { method: 'POST', ...binaryRequest(inputs, rest) });
}

async function read(response: Response): Promise<V2Answer> {
  const body = Buffer.from(await response.arrayBuffer());
  const length = response.headers.get('inference-header-content-length');
  const jsonBytes = length === null ? body.length : Number(length);
  const json = JSON.parse(body.subarray(0, jsonBytes).toString()) as Record<string, unknown>;
  const binary = new Map<string, Buffer>();
  let at = jsonBytes;
  for (const { name, parameters } of (json['outputs'] ?? []) as OutputJson[]) {
    const size = parameters?.binary_data_size;
    if (size === undefined) continue;
    binary.set(name, body.subarray(at, at + size));
    at += size;
  }
  if (response.ok) expect(at).toBe(body.length);
  return { status: response.status, headers: response.headers, json, binary };
}

export function int32(...values: number[]): Buffer {
  return Buffer.from(new Int32Array(values).buffer);
}

export function float32(...values: number[]): Buffer {
  return Buffer.from(new Float32Array(values).buffer);
}

/** Four bytes of length and the text, for each. */
export function strings(...texts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

export const COUNT_TO_16 = Array.from({ length: 16 }, (_, at) => at);
export const ONES = new Array<number>(16).fill(1);

/** The good request of the model `simple`. */
export const SIMPLE = {
  inputs: [
    { name: 'INPUT0', datatype: 'INT32', shape: [1, 16], data: COUNT_TO_16 },
    { name: 'INPUT1', datatype: 'INT32', shape: [1, 16], data: ONES },
  ],
};

/** The two checks that every hostile request ends with: the server is alive, and still right. */
export async function expectAlive(url: string, service: StandInService): Promise<void> {
  const live = await send(`${url}/v2/health/live`);
  expect([live.status, live.json]).toEqual([200, { live: true }]);
  service.isReady = true;
  const { status, json } = await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
  expect(status).toBe(200);
  expect(json['outputs']).toMatchObject([
    { name: 'OUTPUT0', data: COUNT_TO_16.map((value) => value + 1) },
    { name: 'OUTPUT1', data: COUNT_TO_16.map((value) => value - 1) },
  ]);
}
