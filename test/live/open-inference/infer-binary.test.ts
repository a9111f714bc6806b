// The binary tensor extension, as tritonclient speaks it: bytes in, bytes out, nothing converted on the way.
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { binaryRequest, COUNT_TO_16, float32, int32, ONES, postBinary, send, SIMPLE, strings } from './v2-client.ts';
import { v2Server } from './v2-server.ts';

const INPUTS = [
  { name: 'INPUT0', datatype: 'INT32', shape: [1, 16], bytes: int32(...COUNT_TO_16) },
  { name: 'INPUT1', datatype: 'INT32', shape: [1, 16], bytes: int32(...ONES) },
];
const SUM = int32(...COUNT_TO_16.map((value) => value + 1));

describe('outputs', () => {
  test('are all bytes where the request asks so and lists none', async () => {
    const { url } = await v2Server();
    const { status, headers, json, binary } = await postBinary(`${url}/v2/models/simple/infer`, INPUTS);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(json['outputs']).toEqual([
      { name: 'OUTPUT0', datatype: 'INT32', shape: [1, 16], parameters: { binary_data_size: 64 } },
      { name: 'OUTPUT1', datatype: 'INT32', shape: [1, 16], parameters: { binary_data_size: 64 } },
    ]);
    expect(binary.get('OUTPUT0')).toEqual(SUM);
  });

  test.each([
    [{}, undefined, ['json', 'json']],
    [{ binary_data_output: true }, undefined, ['binary', 'binary']],
    [{ binary_data_output: true }, [{ binary_data: false }, {}], ['json', 'binary']],
    [{ binary_data_output: false }, [{ binary_data: true }, {}], ['binary', 'json']],
    [{}, [{}, { binary_data: true }], ['json', 'binary']],
  ])('with %j and outputs %j are %j', async (parameters, wishes, forms) => {
    const { url } = await v2Server();
    const outputs = wishes?.map((wish, at) => ({ name: `OUTPUT${at}`, parameters: wish }));
    const { json, binary } = await postBinary(`${url}/v2/models/simple/infer`, INPUTS, { parameters, outputs });
    const found = (json['outputs'] as { name: string; data?: number[] }[]).map(({ name, data }) => {
      return data === undefined && binary.has(name) ? 'binary' : 'json';
    });
    expect(found).toEqual(forms);
  });
});

describe('inputs', () => {
  test('may be bytes and JSON in one request, in the order of the list', async () => {
    const { url } = await v2Server();
    const { body, headers } = binaryRequest([INPUTS[1]], {});
    const length = Number(headers['Inference-Header-Content-Length']);
    const json = JSON.parse(Buffer.from(body.subarray(0, length)).toString()) as { inputs: unknown[] };
    const mixed = Buffer.from(JSON.stringify({ inputs: [SIMPLE.inputs[0], ...json.inputs] }));
    const answer = await send(`${url}/v2/models/simple/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([mixed, body.subarray(length)])),
      headers: { 'inference-header-content-length': String(mixed.length) },
    });
    expect(answer.json['outputs']).toMatchObject([{ data: COUNT_TO_16.map((value) => value + 1) }, {}]);
  });

  test.each([
    ['bool', 'BOOL', Buffer.from([0, 1])],
    ['uint8', 'UINT8', Buffer.from([0, 255])],
    ['int16', 'INT16', Buffer.from([1, 2, 3, 4])],
    ['uint32', 'UINT32', Buffer.alloc(8, 7)],
    ['int64', 'INT64', Buffer.alloc(16, 255)],
    ['uint64', 'UINT64', Buffer.alloc(16, 254)],
    ['float16', 'FP16', Buffer.from('003c00c0', 'hex')],
    ['float32', 'FP32', float32(Number.NaN, -Infinity)],
    ['float64', 'FP64', Buffer.from(new Float64Array([Number.NaN, 1e-320]).buffer)],
    ['string', 'BYTES', strings('', Buffer.from([0xff, 0x00]))],
  ])('of %s pass through bit by bit', async (type, datatype, bytes) => {
    const { url } = await v2Server();
    const inputs = [{ name: 'INPUT0', datatype, shape: [1, 2], bytes }];
    const { status, binary } = await postBinary(`${url}/v2/models/identity-${type}/infer`, inputs);
    expect([status, binary.get('OUTPUT0')]).toEqual([200, bytes]);
  });

  test('are not copied on their way to the service', async () => {
    const { url, service } = await v2Server();
    await postBinary(`${url}/v2/models/simple/infer`, INPUTS);
    const [{ bytes: first }, { bytes: second }] = service.queries[0].tensors;
    expect(first.buffer).toBe(second.buffer);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('may be compressed by %s; the header counts the bytes before', async (encoding, compress) => {
    const { url } = await v2Server();
    const { body, headers } = binaryRequest(INPUTS, { parameters: { binary_data_output: true } });
    const { binary } = await send(`${url}/v2/models/simple/infer`, {
      method: 'POST',
      body: new Uint8Array(compress(body)),
      headers: { ...headers, 'content-encoding': encoding },
    });
    expect(binary.get('OUTPUT0')).toEqual(SUM);
  });

  test('large ones come back whole, compressed and not', async () => {
    const { url } = await v2Server();
    const bytes = Buffer.from(Float32Array.from({ length: 150_000 }, (_, at) => at % 100).buffer);
    const inputs = [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 150_000], bytes }];
    const { body, headers } = binaryRequest(inputs, { parameters: { binary_data_output: true } });
    for (const accept of ['identity', 'gzip', 'deflate']) {
      const answer = await send(`${url}/v2/models/identity-float32/infer`, {
        method: 'POST',
        body,
        headers: { ...headers, 'accept-encoding': accept },
      });
      expect(answer.binary.get('OUTPUT0')?.equals(bytes)).toBe(true);
    }
  });
});

describe('raw requests', () => {
  const raw = async (model: string, body: Uint8Array) => {
    const server = await v2Server();
    const headers = { 'Inference-Header-Content-Length': '0' };
    const url = `${server.url}/v2/models/${model}/infer`;
    return send(url, { method: 'POST', body: new Uint8Array(body), headers });
  };

  test('are the one tensor of a batch of one, and so is the answer', async () => {
    const bytes = float32(1, 2, 3, 4, 5);
    const { status, json, binary } = await raw('identity-float32', bytes);
    expect(status).toBe(200);
    expect(json['outputs']).toMatchObject([{ shape: [1, 5] }]);
    expect(binary.get('OUTPUT0')).toEqual(bytes);
  });

  test('fill the free extent of a model that does not batch', async () => {
    expect((await raw('unbatched', float32(1, 2, 3, 4, 5, 6, 7, 8))).json['outputs']).toMatchObject([
      { shape: [2, 4] },
    ]);
  });

  test('of strings are one string', async () => {
    expect((await raw('identity-string', Buffer.from('花'))).binary.get('OUTPUT0')).toEqual(strings('花'));
  });

  test.each([
    ['simple', int32(1), 'takes no raw request'],
    ['identity-float32', Buffer.alloc(7), 'got 7 bytes, which make no FP32 [1,-1]'],
    ['identity-float32', Buffer.alloc(0), 'got 0 bytes, which make no FP32 [1,-1]'],
    ['unbatched', Buffer.alloc(20), 'got 20 bytes, which make no FP32 [-1,4]'],
    ['scores-net', Buffer.alloc(32), 'got 32 bytes, which make no FP32 [1,4]'],
  ])('of %s with the wrong bytes are refused', async (model, body, message) => {
    const { status, json } = await raw(model, body);
    expect(status).toBe(400);
    expect(json['error']).toContain(message);
  });
});
