// Inference in JSON: what comes back is exactly what was sent or computed, in every type that JSON has a form for.
import { describe, expect, test } from 'vitest';
import { COUNT_TO_16, float32, ONES, postJson, SIMPLE, strings } from './v2-client.ts';
import { v2Server } from './v2-server.ts';

/** The answer's text for one row of an identity model, to see numbers as they are written. */
async function echoed(type: string, datatype: string, data: string, shape = '') {
  const { url } = await v2Server();
  const count = data.split(',').length;
  const body = `{"inputs":[{"name":"INPUT0","datatype":"${datatype}","shape":[${shape || `1,${count}`}],"data":${data}}]}`;
  const response = await fetch(`${url}/v2/models/identity-${type}/infer`, { method: 'POST', body });
  const text = await response.text();
  return { status: response.status, text, data: /"data":(\[.*\])\}\]\}$/.exec(text)?.[1] };
}

describe('an answer', () => {
  test('names the model that was asked for, the id, and who served it', async () => {
    const { url } = await v2Server();
    const { status, headers, json } = await postJson(`${url}/v2/models/simple/infer`, { id: 'q-1', ...SIMPLE });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(json).toEqual({
      id: 'q-1',
      model_name: 'simple',
      model_version: '1',
      parameters: { variant: 'simple', version: '1', worker: 'simple#0', outcome: 'served', batch_inputs: 1 },
      outputs: [
        { name: 'OUTPUT0', datatype: 'INT32', shape: [1, 16], data: COUNT_TO_16.map((value) => value + 1) },
        { name: 'OUTPUT1', datatype: 'INT32', shape: [1, 16], data: COUNT_TO_16.map((value) => value - 1) },
      ],
    });
  });

  test('of a virtual model names the variant', async () => {
    const { url } = await v2Server();
    const request = { inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] };
    const { json } = await postJson(`${url}/v2/models/classification-letters/infer`, request);
    expect(json).toMatchObject({
      model_name: 'classification-letters',
      model_version: '1',
      parameters: { variant: 'scores-small' },
    });
    expect(json).not.toHaveProperty('id');
  });

  test('of a version names that version', async () => {
    const { url, service } = await v2Server();
    const request = { inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 1], data: [1] }] };
    const { json } = await postJson(`${url}/v2/models/versioned/versions/2/infer`, request);
    expect(json).toMatchObject({ model_name: 'versioned', model_version: '2' });
    expect(service.queries[0].model.version).toBe('2');
  });

  test('has the outputs that were asked for, in that order', async () => {
    const { url } = await v2Server();
    const ask = async (...names: string[]) => {
      const outputs = names.map((name) => ({ name }));
      const { json } = await postJson(`${url}/v2/models/simple/infer`, { ...SIMPLE, outputs });
      return (json['outputs'] as { name: string }[]).map(({ name }) => name);
    };
    expect(await ask('OUTPUT1')).toEqual(['OUTPUT1']);
    expect(await ask('OUTPUT1', 'OUTPUT0')).toEqual(['OUTPUT1', 'OUTPUT0']);
    expect(await ask()).toEqual(['OUTPUT0', 'OUTPUT1']);
  });
});

describe('inputs', () => {
  test('may come in any order, flat or nested', async () => {
    const { url, service } = await v2Server();
    const inputs = [
      { name: 'INPUT1', datatype: 'INT32', shape: [2, 16], data: [...ONES, ...ONES] },
      { name: 'INPUT0', datatype: 'INT32', shape: [2, 16], data: [COUNT_TO_16, COUNT_TO_16] },
    ];
    const { json } = await postJson(`${url}/v2/models/simple/infer`, { inputs });
    const plusOne = COUNT_TO_16.map((value) => value + 1);
    expect(json['outputs']).toMatchObject([{ shape: [2, 16], data: [...plusOne, ...plusOne] }, {}]);
    expect(service.queries[0].tensors.map(({ name }) => name)).toEqual(['INPUT0', 'INPUT1']);
  });

  test('of a model that does not batch have their own extents', async () => {
    const { url } = await v2Server();
    const infer = (model: string, shape: number[], data: number[]) =>
      postJson(`${url}/v2/models/${model}/infer`, { inputs: [{ name: 'INPUT0', datatype: 'FP32', shape, data }] });
    expect((await infer('unbatched', [3, 4], new Array<number>(12).fill(0.5))).status).toBe(200);
    expect((await infer('scalar', [], [0.5])).json).toMatchObject({ outputs: [{ shape: [], data: [0.5] }] });
  });
});

describe('values', () => {
  test.each([
    ['bool', 'BOOL', '[true,false]'],
    ['uint8', 'UINT8', '[0,255]'],
    ['int8', 'INT8', '[-128,127]'],
    ['uint16', 'UINT16', '[0,65535]'],
    ['int16', 'INT16', '[-32768,32767]'],
    ['uint32', 'UINT32', '[0,4294967295]'],
    ['int32', 'INT32', '[-2147483648,2147483647]'],
    ['uint64', 'UINT64', '[9007199254740993,18446744073709551615]'],
    ['int64', 'INT64', '[-9223372036854775808,9223372036854775807,9007199254740993,7]'],
    ['float32', 'FP32', '[0.1,-0,1.5,3.4028235e+38,1e-45,16777216,-1e-7]'],
    ['float64', 'FP64', '[0.1,-0,1e-300,1.7976931348623157e+308]'],
    ['string', 'BYTES', '["","a","\\u0000\\"","花"]'],
  ])('%s come back as they were written: %s %s', async (type, datatype, data) => {
    expect((await echoed(type, datatype, data)).data).toBe(data);
  });

  test.each([
    ['refuse', 400, 'element 0 is NaN, which JSON does not have; ask for it as binary data'],
    ['null', 200, '[null,null,null]'],
    ['bare', 200, '[NaN,Infinity,-Infinity]'],
  ] as const)('NaN and infinities in an answer: %s', async (nonFinite, expected, message) => {
    const { url } = await v2Server({ nonFinite });
    const bytes = float32(Number.NaN, Infinity, -Infinity);
    const inputs = [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } }];
    const json = JSON.stringify({ inputs });
    const response = await fetch(`${url}/v2/models/identity-float32/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([Buffer.from(json), bytes])),
      headers: { 'Inference-Header-Content-Length': String(json.length) },
    });
    const text = await response.text();
    expect(response.status).toBe(expected);
    expect(text).toContain(message);
  });

  test('bare NaN in a request is taken only with that option', async () => {
    const body = '{"inputs":[{"name":"INPUT0","datatype":"FP32","shape":[1,2],"data":[NaN,-Infinity]}]}';
    const strict = await v2Server();
    expect((await postJson(`${strict.url}/v2/models/identity-float32/infer`, body)).status).toBe(400);
    const bare = await v2Server({ nonFinite: 'bare' });
    const response = await fetch(`${bare.url}/v2/models/identity-float32/infer`, { method: 'POST', body });
    expect(await response.text()).toContain('[NaN,-Infinity]');
  });

  test('strings that are no text are refused in JSON', async () => {
    const { url } = await v2Server();
    const bytes = strings(Buffer.from([0xff, 0xfe]));
    const json = JSON.stringify({
      inputs: [{ name: 'INPUT0', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: bytes.length } }],
    });
    const response = await fetch(`${url}/v2/models/identity-string/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([Buffer.from(json), bytes])),
      headers: { 'Inference-Header-Content-Length': String(json.length) },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('is not UTF-8');
  });
});
