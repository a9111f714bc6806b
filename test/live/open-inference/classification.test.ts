// The classification extension: the best classes of each row in place of the values.
import { describe, expect, test } from 'vitest';
import { packStrings } from '../../../live/open-inference/string-bytes.ts';
import { binaryRequest, postBinary, postJson, send, strings } from './v2-client.ts';
import { v2Server } from './v2-server.ts';

/** The classes of one output. */
async function classes(model: string, datatype: string, shape: number[], data: unknown[], classification: unknown) {
  const { url } = await v2Server();
  const { status, json } = await postJson(`${url}/v2/models/${model}/infer`, {
    inputs: [{ name: 'INPUT0', datatype, shape, data }],
    outputs: [{ name: 'OUTPUT0', parameters: { classification } }],
  });
  const [output] = (json['outputs'] ?? []) as { datatype: string; shape: number[]; data: string[] }[];
  return { status, error: json['error'], ...output };
}

describe('classes', () => {
  test('have value, index and label, the best first', async () => {
    const found = await classes('scores-net', 'FP32', [1, 4], [0.1, 0.7, 0.15, 0.05], 2);
    expect(found).toMatchObject({ datatype: 'BYTES', shape: [1, 2], data: ['0.700000:1:b', '0.150000:2:c'] });
  });

  test('are judged row by row', async () => {
    const found = await classes('scores-net', 'FP32', [2, 4], [1, 2, 3, 4, 4, 3, 2, 1], 1);
    expect(found).toMatchObject({ shape: [2, 1], data: ['4.000000:3:d', '4.000000:0:a'] });
  });

  test('that are equal go by index', async () => {
    expect((await classes('scores-net', 'FP32', [1, 4], [1, 2, 2, 2], 3)).data).toEqual([
      '2.000000:1:b',
      '2.000000:2:c',
      '2.000000:3:d',
    ]);
  });

  test('are at most as many as there are', async () => {
    expect((await classes('scores-net', 'FP32', [1, 4], [1, 2, 3, 4], 1000)).shape).toEqual([1, 4]);
  });

  test('of integers are integers, exact beyond 2^53, without labels where there are none', async () => {
    const { url } = await v2Server();
    const body =
      '{"inputs":[{"name":"INPUT0","datatype":"INT64","shape":[1,3],"data":[9007199254740993,9007199254740992,-5]}],' +
      '"outputs":[{"name":"OUTPUT0","parameters":{"classification":3}}]}';
    const { json } = await postJson(`${url}/v2/models/identity-int64/infer`, body);
    expect(json['outputs']).toMatchObject([{ data: ['9007199254740993:0', '9007199254740992:1', '-5:2'] }]);
  });

  test('of a model that does not batch are of the whole tensor', async () => {
    const found = await classes('unbatched', 'FP32', [1, 4], [0, 3, 1, 2], 2);
    expect(found).toMatchObject({ shape: [2], data: ['3.000000:1', '2.000000:3'] });
  });

  test('put what is no number last, and write large values out', async () => {
    const { url } = await v2Server();
    const bytes = Buffer.from(new Float32Array([Number.NaN, -Infinity, 1e22, Infinity]).buffer);
    const inputs = [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 4], bytes }];
    const outputs = [{ name: 'OUTPUT0', parameters: { classification: 4 } }];
    const { json } = await postBinary(`${url}/v2/models/scores-net/infer`, inputs, { outputs });
    expect(json['outputs']).toMatchObject([
      { data: ['inf:3:d', '9999999778196308361216.000000:2:c', '-inf:1:b', 'nan:0:a'] },
    ]);
  });

  test('come as bytes where bytes are wanted', async () => {
    const { url } = await v2Server();
    const inputs = [
      { name: 'INPUT0', datatype: 'FP32', shape: [1, 4], bytes: Buffer.from(new Float32Array(4).buffer) },
    ];
    const outputs = [{ name: 'OUTPUT0', parameters: { classification: 1, binary_data: true } }];
    const request = binaryRequest(inputs, { outputs });
    const { binary } = await send(`${url}/v2/models/scores-net/infer`, { method: 'POST', ...request });
    expect(binary.get('OUTPUT0')).toEqual(strings('0.000000:0:a'));
    expect(Buffer.from(packStrings(['0.000000:0:a']))).toEqual(strings('0.000000:0:a'));
  });

  test.each([0, -1, 1.5, '2', true, 1e300])('a count of %j is refused', async (count) => {
    const { status, error } = await classes('scores-net', 'FP32', [1, 4], [1, 2, 3, 4], count);
    expect([status, String(error)]).toEqual([400, expect.stringContaining('classification')]);
  });

  test('of strings there are none', async () => {
    const { status, error } = await classes('identity-string', 'BYTES', [1, 1], ['a'], 1);
    expect([status, String(error)]).toEqual([400, expect.stringContaining('classification needs numbers')]);
  });
});
