// Bad and hostile requests, row by row: each is refused in words that help, and after each the server is alive and a
// good request still gets the right answer.
import { describe, expect, test } from 'vitest';
import { post, rawRequest } from '../http/raw-socket.ts';
import {
  binaryRequest,
  COUNT_TO_16,
  expectAlive,
  float32,
  int32,
  ONES,
  postJson,
  send,
  SIMPLE,
  strings,
} from './v2-client.ts';
import type { V2Server } from './v2-server.ts';
import { v2Server } from './v2-server.ts';

/** What came of it, after the two checks. */
async function judged(server: V2Server, answer: Promise<{ status: number; json: Record<string, unknown> }>) {
  const { status, json } = await answer;
  const asked = server.service.queries.length;
  await expectAlive(server.url, server.service);
  return { status, error: String(json['error']), asked };
}

async function posting(model: string, body: unknown) {
  const server = await v2Server({ http: { bodyMaxBytes: 10_000_000 } });
  return judged(server, postJson(`${server.url}/v2/models/${model}/infer`, body));
}

/** One input of an identity model. */
async function giving(model: string, datatype: string, shape: unknown, data: unknown) {
  return posting(model, { inputs: [{ name: 'INPUT0', datatype, shape, data }] });
}

function expectRefused(found: { status: number; error: string; asked: number }, message: string): void {
  expect(found.error).toContain(message);
  expect([found.status, found.asked]).toEqual([400, 0]);
}

describe('JSON', () => {
  test.each([
    ['broken', '{"inputs": [', 'the body is not valid JSON'],
    ['empty', '', 'the body is not valid JSON'],
    ['an array', '[]', 'the request got an array, expected an object'],
    ['a number', '7', 'the request got a number'],
    ['null', 'null', 'the request got null'],
    ['without inputs', '{}', 'inputs got nothing, expected an array of at least one object'],
    ['with inputs that are no array', '{"inputs": {}}', 'inputs got an object'],
    ['with no input', '{"inputs": []}', 'inputs got an array, expected an array of at least one object'],
    ['with an input that is no object', '{"inputs": [7]}', 'an item of inputs got 7, expected an object'],
    ['with an input without a name', '{"inputs": [{}]}', 'the name of an item of inputs got nothing'],
    ['with an id that is no string', '{"id": 7, "inputs": [{}]}', 'id got 7, expected a string'],
    [
      'with parameters that are no object',
      '{"parameters": [], "inputs": [{}]}',
      'the request: parameters got an array',
    ],
    ['with outputs that are no array', '{"outputs": {}, "inputs": [{}]}', 'the name of an item of inputs got nothing'],
    ['120 levels deep', `{"inputs": ${'['.repeat(120)}${']'.repeat(120)}}`, 'nested more than 100 levels'],
    ['250,000 levels deep', '['.repeat(250_000), 'nested more than 100 levels'],
    ['with a polluting name', '{"__proto__": {"inputs": [{}]}}', 'inputs got nothing'],
    ['that is not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'not valid UTF-8'],
  ])('%s', async (_name, body, message) => {
    const server = await v2Server();
    const answer = send(`${server.url}/v2/models/simple/infer`, { method: 'POST', body });
    expectRefused(await judged(server, answer), message);
  });
});

describe('types', () => {
  test.each([
    ['identity-int8', 'INT16', [1], 'input "INPUT0": got datatype "INT16", expected INT8'],
    ['identity-int8', 'INT9', [1], 'got datatype "INT9", expected INT8'],
    ['identity-int8', 'BF16', [1], 'got datatype "BF16", expected INT8'],
    ['identity-int8', '__proto__', [1], 'got datatype "__proto__", expected INT8'],
    ['identity-float16', 'FP16', [1], 'FP16 has no JSON form'],
    ['identity-int8', 'INT8', ['1'], 'element 0 got a string, expected INT8, an integer from -128 to 127'],
    ['identity-int8', 'INT8', [3.5], 'element 0 got 3.5, expected INT8'],
    ['identity-int8', 'INT8', [300], 'element 0 got 300, expected INT8'],
    ['identity-uint8', 'UINT8', [-1], 'element 0 got -1, expected UINT8, an integer from 0 to 255'],
    ['identity-uint32', 'UINT32', [4294967296], 'element 0 got 4294967296'],
    ['identity-float32', 'FP32', [true], 'element 0 got true, expected FP32, a number'],
    ['identity-float32', 'FP32', [null], 'element 0 got null'],
    ['identity-float32', 'FP32', [1e39], 'element 0 got 1e+39, which is too large'],
    ['identity-bool', 'BOOL', [1], 'element 0 got 1, expected BOOL, true or false'],
    ['identity-string', 'BYTES', [1], 'element 0 got 1, expected BYTES, a string'],
    ['identity-int64', 'INT64', [0.5], 'element 0 got 0.5'],
    ['identity-uint64', 'UINT64', [-1], 'element 0 got -1'],
    ['identity-float32', 'FP32', ['x'.repeat(100_000)], 'element 0 got a string'],
  ])('%s given %s %j', async (model, datatype, data, message) => {
    expectRefused(await giving(model, datatype, [1, 1], data), message);
  });

  test.each([
    ['identity-int64', '9223372036854775808', 'INT64', 'element 0 got 9223372036854775808'],
    ['identity-uint64', '18446744073709551616', 'UINT64', 'element 0 got 18446744073709551616'],
    ['identity-int64', '1e400', 'INT64', 'element 0 got Infinity'],
    ['identity-int64', '1e18', 'INT64', 'element 0 got 1000000000000000000, which is no exact integer'],
    ['identity-float32', '1e400', 'FP32', 'element 0 got Infinity'],
    ['identity-float64', 'NaN', 'FP64', 'not valid JSON'],
  ])('%s given %s is never rounded', async (model, value, datatype, message) => {
    const body = `{"inputs":[{"name":"INPUT0","datatype":"${datatype}","shape":[1,1],"data":[${value}]}]}`;
    expectRefused(await posting(model, body), message);
  });
});

describe('shapes', () => {
  test.each([
    ['of another rank', [16], 'got shape [16], expected [-1,16]'],
    ['of another extent', [1, 15], 'got shape [1,15], expected [-1,16]'],
    ['without rows', [0, 16], 'got shape [0,16]'],
    ['with a negative extent', [-1, 16], 'got shape [-1,16]'],
    ['with a fraction', [1.5, 16], 'got shape [1.5,16]'],
    ['with a text', ['1', 16], 'shape got a string, expected integers'],
    ['that is no array', 16, 'shape got 16, expected an array of integers'],
    ['beyond the batch', [9, 16], 'got a batch of 9, expected at most 8'],
    ['that is huge', [1e300, 16], 'got shape [1e+300,16]'],
    ['of 100,000 extents', new Array(100_000).fill(1), 'got shape [1,1,1,1,1,1,1,1,...]'],
  ])('%s', async (_name, shape, message) => {
    const [input, other] = SIMPLE.inputs;
    expectRefused(await posting('simple', { inputs: [{ ...input, shape }, other] }), message);
  });

  test.each([
    ['1152921504606846978,16', 'expected one of fewer than 2^53 elements'],
    ['1,1152921504606846978', 'expected one of fewer than 2^53 elements'],
    ['8,2305843009213693952', 'expected one of fewer than 2^53 elements'],
    ['1,9007199254740991', 'data got 1 elements, expected 9007199254740991'],
    ['1,0', 'got shape [1,0], expected [-1,-1] with 1 or more for each -1'],
  ])('a product that would overflow, [%s], costs nothing', async (shape, message) => {
    const body = `{"inputs":[{"name":"INPUT0","datatype":"INT8","shape":[${shape}],"data":[1]}]}`;
    expectRefused(await posting('identity-int8', body), message);
  });

  test('two inputs of different batch', async () => {
    const inputs = [SIMPLE.inputs[0], { ...SIMPLE.inputs[1], shape: [2, 16], data: [...ONES, ...ONES] }];
    expectRefused(
      await posting('simple', { inputs }),
      'input "INPUT1": got a batch of 2, expected 1 as of input "INPUT0"',
    );
  });
});

describe('data', () => {
  test.each([
    ['too short', [1, 2, 3], 'data got 3 elements, expected 4 for shape [2,2]'],
    ['too long', [1, 2, 3, 4, 5], 'data got 5 elements, expected 4'],
    ['none', [], 'data got 0 elements, expected 4'],
    ['nested otherwise', [[1], [2, 3, 4]], 'data got 1 elements at level 2, expected 2 for shape [2,2]'],
    ['nested too deep', [[[1, 2]], [[3, 4]]], 'data got 1 elements at level 2'],
    ['nested halfway', [[1, 2], 3], 'data got a number at level 2'],
    ['nested behind', [1, 2, 3, [4]], 'element 3 got an array'],
    ['an object', { 0: 1 }, 'data got an object, expected an array'],
    ['a text', '1234', 'data got a string, expected an array'],
    ['null', null, 'data got null, expected an array'],
    ['absent', undefined, 'got neither data nor binary_data_size'],
  ])('%s', async (_name, data, message) => {
    expectRefused(await giving('identity-int32', 'INT32', [2, 2], data), message);
  });
});

describe('inputs and outputs', () => {
  const [first, second] = SIMPLE.inputs;
  test.each([
    ['a missing input', { inputs: [first] }, 'input "INPUT1": got none, expected "INPUT0", "INPUT1"'],
    [
      'an extra input',
      { inputs: [first, second, { ...first, name: 'INPUT2' }] },
      'input "INPUT2": got an input that model',
    ],
    ['a repeated input', { inputs: [first, second, first] }, 'input "INPUT0": got it twice'],
    [
      'an unknown output',
      { ...SIMPLE, outputs: [{ name: 'OUTPUT7' }] },
      'output "OUTPUT7": model "simple" does not have it',
    ],
    [
      'a repeated output',
      { ...SIMPLE, outputs: [{ name: 'OUTPUT0' }, { name: 'OUTPUT0' }] },
      'output "OUTPUT0": got it twice',
    ],
    ['an output without a name', { ...SIMPLE, outputs: [{}] }, 'the name of an item of outputs got nothing'],
    [
      'a form that is no boolean',
      { ...SIMPLE, outputs: [{ name: 'OUTPUT0', parameters: { binary_data: 'yes' } }] },
      'parameter binary_data got "yes", expected true or false',
    ],
    [
      'a request form that is no boolean',
      { ...SIMPLE, parameters: { binary_data_output: 1 } },
      'parameter binary_data_output',
    ],
    [
      '100,000 outputs',
      { ...SIMPLE, outputs: Array.from({ length: 100_000 }, () => ({ name: 'OUTPUT0' })) },
      'output "OUTPUT0": got it twice',
    ],
    [
      '10,000 inputs',
      { inputs: Array.from({ length: 10_000 }, (_, at) => ({ ...first, name: `INPUT${at}` })) },
      'input "INPUT2": got an input that model "simple" does not have',
    ],
    [
      'shared memory',
      { inputs: [{ ...first, data: undefined, parameters: { shared_memory_region: 'x' } }, second] },
      'shared memory is not offered',
    ],
    [
      'shared memory for an output',
      { ...SIMPLE, outputs: [{ name: 'OUTPUT0', parameters: { shared_memory_region: 'x' } }] },
      'shared memory is not offered',
    ],
    ['a name that is long', { inputs: [{ ...first, name: 'x'.repeat(10_000) }] }, `input "${'x'.repeat(64)}..."`],
  ])('%s', async (_name, body, message) => {
    expectRefused(await posting('simple', body), message);
  });

  test('FP16 in a JSON answer is refused before it is computed', async () => {
    const server = await v2Server();
    const inputs = [{ name: 'INPUT0', datatype: 'FP16', shape: [1, 1], bytes: Buffer.alloc(2) }];
    const url = `${server.url}/v2/models/identity-float16/infer`;
    const found = await judged(server, send(url, { method: 'POST', ...binaryRequest(inputs) }));
    expectRefused(found, 'output "OUTPUT0": FP16 has no JSON form; ask for it as binary data');
  });
});

describe('binary tensors', () => {
  const good = [
    { name: 'INPUT0', datatype: 'INT32', shape: [1, 16], bytes: int32(...COUNT_TO_16) },
    { name: 'INPUT1', datatype: 'INT32', shape: [1, 16], bytes: int32(...ONES) },
  ];

  test.each(['-1', '99999999999', '2147483648', 'ten', '1.5', '1e2', ' ', '0x10', '+1', '300, 300'])(
    'a header length of "%s"',
    async (value) => {
      const server = await v2Server();
      const { body } = binaryRequest(good);
      const headers = ['connection: close', `Inference-Header-Content-Length: ${value}`];
      const { status, text } = await rawRequest(server.listener.port, post('/v2/models/simple/infer', body, headers));
      expect(status).toBe(400);
      expect(text).toContain('inference-header-content-length');
      await expectAlive(server.url, server.service);
    },
  );

  test.each([
    ['one byte short', -1],
    ['one byte long', 1],
    ['the whole body', 128],
  ])('a header length that is %s', async (_name, by) => {
    const server = await v2Server();
    const { body, headers } = binaryRequest(good);
    const length = Number(headers['Inference-Header-Content-Length']) + by;
    const answer = send(`${server.url}/v2/models/simple/infer`, {
      method: 'POST',
      body,
      headers: { 'Inference-Header-Content-Length': String(length) },
    });
    expect((await judged(server, answer)).status).toBe(400);
  });

  test.each([
    [[63, 64], 'got 1 bytes behind the last binary input, expected none'],
    [[63, 65], 'got 63 bytes, expected 64 bytes for INT32 [1,16]'],
    [[64, 65], 'binary_data_size got 65, expected at most the 64 bytes that are left'],
    [[129, 0], 'binary_data_size got 129, expected at most the 128 bytes'],
    [[64, 32], 'got 32 bytes behind the last binary input, expected none'],
    [[-1, 64], 'binary_data_size got -1, expected an integer from 0'],
    [[1.5, 64], 'binary_data_size got 1.5'],
    [['64', 64], 'binary_data_size got a string'],
    [[true, 64], 'binary_data_size got a boolean'],
    [[1e300, 64], 'binary_data_size got 1e+300'],
    [[0, 128], 'input "INPUT0": got 0 bytes, expected 64 bytes'],
  ])('sizes %j of 128 bytes', async (sizes, message) => {
    const server = await v2Server();
    const inputs = good.map(({ name, datatype, shape }, at) => {
      return { name, datatype, shape, parameters: { binary_data_size: sizes[at] } };
    });
    const json = Buffer.from(JSON.stringify({ inputs }));
    const answer = send(`${server.url}/v2/models/simple/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([json, Buffer.alloc(128)])),
      headers: { 'Inference-Header-Content-Length': String(json.length) },
    });
    const found = await judged(server, answer);
    expect(found.status).toBe(400);
    expect(found.error).toContain(message);
  });

  test('data beside a binary size', async () => {
    const [input, other] = SIMPLE.inputs;
    const inputs = [{ ...input, parameters: { binary_data_size: 64 } }, other];
    expectRefused(await posting('simple', { inputs }), 'got both data and binary_data_size');
  });

  test.each([
    [
      'past the end',
      Buffer.from([5, 0, 0, 0, 97]),
      'got a BYTES element of 5 bytes, expected at most the 1 that are left',
    ],
    ['of 4 GB', Buffer.from([255, 255, 255, 255]), 'got a BYTES element of 4294967295 bytes'],
    ['cut in its length', Buffer.concat([strings('a'), Buffer.from([1, 0])]), 'expected the 4 bytes of a length'],
    ['too few', strings('a'), 'got 1 BYTES elements, expected 2'],
    ['too many', strings('a', 'b', 'c'), 'got more than 2 BYTES elements, expected 2'],
    ['none', Buffer.alloc(0), 'got 0 BYTES elements, expected 2'],
  ])('BYTES elements %s', async (_name, bytes, message) => {
    const server = await v2Server();
    const inputs = [{ name: 'INPUT0', datatype: 'BYTES', shape: [1, 2], bytes }];
    const url = `${server.url}/v2/models/identity-string/infer`;
    expectRefused(await judged(server, send(url, { method: 'POST', ...binaryRequest(inputs) })), message);
  });

  test('BOOL bytes that are no booleans', async () => {
    const server = await v2Server();
    const inputs = [{ name: 'INPUT0', datatype: 'BOOL', shape: [1, 2], bytes: Buffer.from([1, 2]) }];
    const url = `${server.url}/v2/models/identity-bool/infer`;
    expectRefused(
      await judged(server, send(url, { method: 'POST', ...binaryRequest(inputs) })),
      'expected 0 or 1 for each BOOL',
    );
  });

  test('NaN and infinities are data', async () => {
    const server = await v2Server();
    const bytes = float32(Number.NaN, Infinity);
    const inputs = [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 2], bytes }];
    const request = binaryRequest(inputs, { parameters: { binary_data_output: true } });
    const answer = await send(`${server.url}/v2/models/identity-float32/infer`, { method: 'POST', ...request });
    expect(answer.binary.get('OUTPUT0')).toEqual(bytes);
    await expectAlive(server.url, server.service);
  });
});

describe('names', () => {
  test.each([
    '..%2Fx',
    'a%2F..%2Fb',
    '%2Fetc%2Fpasswd',
    'model%2Fsub',
    '%20..',
    '..',
    '.',
    '',
    '%20%20',
    'x'.repeat(300),
    '%2e%2e%2f',
    'a%00b',
    'a%0Ab',
    'a%5Cb',
  ])('a model named "%s" is refused after decoding once', async (name) => {
    const server = await v2Server();
    for (const call of ['ready', 'infer']) {
      const line =
        call === 'infer'
          ? post(`/v2/models/${name}/infer`, JSON.stringify(SIMPLE), ['connection: close'])
          : `GET /v2/models/${name}/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
      const { status, text } = await rawRequest(server.listener.port, line);
      expect(status).toBe(400);
      expect(text).toMatch(/path traversal characters|is empty|is longer than 256/);
    }
    await expectAlive(server.url, server.service);
  });

  test.each(['/v2/models/../../etc/passwd', '/v2/models/a/../b/infer', '/v2/repository/models/..%2F..%2Fx/load'])(
    'a path that climbs, %s, is refused',
    async (path) => {
      const server = await v2Server();
      expect((await rawRequest(server.listener.port, post(path, '', ['connection: close']))).status).toBe(400);
      await expectAlive(server.url, server.service);
    },
  );

  test('a version that climbs is refused', async () => {
    const server = await v2Server();
    const { status } = await send(`${server.url}/v2/models/simple/versions/..%2F1/ready`);
    expect(status).toBe(400);
  });

  test.each(['constructor', '__proto__', 'toString', 'none'])('a model named "%s" is unknown', async (name) => {
    const server = await v2Server();
    expect((await judged(server, postJson(`${server.url}/v2/models/${name}/infer`, SIMPLE))).status).toBe(404);
  });
});

describe('sizes', () => {
  test('a body beyond the limit is refused in the protocol’s words', async () => {
    const server = await v2Server({ http: { bodyMaxBytes: 10_000 } });
    const body = JSON.stringify({ ...SIMPLE, padding: 'x'.repeat(20_000) });
    const found = await judged(server, postJson(`${server.url}/v2/models/simple/infer`, body));
    expect([found.status, found.error]).toEqual([413, 'the body is larger than 10000 bytes']);
  });

  test('memory stays where it was after many refusals', async () => {
    const server = await v2Server();
    const huge = { inputs: [{ name: 'INPUT0', datatype: 'INT8', shape: [1, 9007199254740991], data: [1] }] };
    const url = `${server.url}/v2/models/identity-int8/infer`;
    await postJson(url, huge);
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 50; round += 1) await postJson(url, huge);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
    await expectAlive(server.url, server.service);
  });
});
