// The wire, checked by hand: messages made and read by field number, without the .proto files.
import { describe, expect, test } from 'vitest';
import { loadService } from '../../../live/grpc/definitions.ts';
import type { ServiceName } from '../../../live/grpc/index.ts';
import { bench, int32s } from './inference-fixture.ts';
import { contentsOf, field, integer, valuesOf, varintsOf } from './protobuf-bytes.ts';

/** Two INT32 tensors [1, 16] for `simple`. */
function inferBytes(rest: Buffer): Buffer {
  const inputs = ['INPUT0', 'INPUT1'].map((name) =>
    field(5, Buffer.concat([field(1, name), field(2, 'INT32'), field(3, Buffer.from([1, 16]))])),
  );
  return Buffer.concat([field(1, 'simple'), field(2, '1'), field(3, 'hand'), ...inputs, rest]);
}

describe('ModelInfer', () => {
  test('takes and gives its fields by number', async () => {
    const { client } = await bench();
    const raw = [
      field(
        7,
        int32s((at) => at),
      ),
      field(
        7,
        int32s(() => 1),
      ),
    ];
    const answer = await client.raw('ModelInfer', inferBytes(Buffer.concat(raw)));
    expect(contentsOf(answer, 1).toString()).toBe('simple');
    expect(contentsOf(answer, 2).toString()).toBe('1');
    expect(contentsOf(answer, 3).toString()).toBe('hand');
    const outputs = valuesOf(answer, 5) as Buffer[];
    expect(outputs.map((output) => contentsOf(output, 1).toString())).toEqual(['OUTPUT0', 'OUTPUT1']);
    expect(outputs.map((output) => contentsOf(output, 2).toString())).toEqual(['INT32', 'INT32']);
    expect(outputs.map((output) => varintsOf(contentsOf(output, 3)))).toEqual([
      [1, 16],
      [1, 16],
    ]);
    expect(valuesOf(answer, 6)).toEqual([int32s((at) => at + 1), int32s((at) => at - 1)]);
  });

  test('takes extents that are not packed, and fields that it does not know', async () => {
    const { client } = await bench();
    const shape = Buffer.concat([integer(3, 1), integer(3, 2)]);
    const input = field(5, Buffer.concat([field(1, 'INPUT0'), field(2, 'INT8'), shape, field(99, 'later')]));
    const request = Buffer.concat([field(1, 'identity-int8'), input, field(7, 'ab'), integer(1234, 5)]);
    expect(valuesOf(await client.raw('ModelInfer', request), 6)).toEqual([Buffer.from('ab')]);
  });

  test('takes objectives by number, and names the variant in field 4', async () => {
    const { client, service } = await bench();
    // accuracy_percent: int64 in field 2; latency_ms: text in field 3.
    const accuracy = field(4, Buffer.concat([field(1, 'accuracy_percent'), field(2, integer(2, 80))]));
    const latency = field(4, Buffer.concat([field(1, 'latency_ms'), field(2, field(3, '7.5'))]));
    const raw = [
      field(
        7,
        int32s((at) => at),
      ),
      field(
        7,
        int32s(() => 1),
      ),
    ];
    const answer = await client.raw('ModelInfer', inferBytes(Buffer.concat([accuracy, latency, ...raw])));
    expect(service.queries[0]).toMatchObject({ accuracyPercent: 80, latencyNs: 7_500_000 });
    const parameters = valuesOf(answer, 4) as Buffer[];
    const variant = parameters.find((parameter) => contentsOf(parameter, 1).toString() === 'variant');
    expect(contentsOf(contentsOf(variant ?? Buffer.alloc(0), 2), 3).toString()).toBe('simple');
  });

  test.each([
    ['bool', 'BOOL', 1, [1, 0], '0100'],
    ['int16', 'INT16', 2, [5, 300], '05002c01'],
    ['uint8', 'UINT8', 4, [5, 200], '05c8'],
    ['uint64', 'UINT64', 5, [5, 1], '05000000000000000100000000000000'],
  ])('takes typed %s packed in its field', async (type, datatype, number, values, bytes) => {
    const { client } = await bench();
    const packed = field(
      number,
      Buffer.from(values.flatMap((value) => (value < 128 ? [value] : [(value % 128) + 128, Math.floor(value / 128)]))),
    );
    const tensor = [field(1, 'INPUT0'), field(2, datatype), field(3, Buffer.from([1, 2])), field(5, packed)];
    const answer = await client.raw(
      'ModelInfer',
      Buffer.concat([field(1, `identity-${type}`), field(5, Buffer.concat(tensor))]),
    );
    expect(contentsOf(answer, 6).toString('hex')).toBe(bytes);
  });
});

test('ServerReady, ModelReady and metadata give their fields by number', async () => {
  const { client } = await bench();
  expect(valuesOf(await client.raw('ServerReady', Buffer.alloc(0)), 1)).toEqual([1]);
  expect(valuesOf(await client.raw('ModelReady', field(1, 'simple')), 1)).toEqual([1]);
  const server = await client.raw('ServerMetadata', Buffer.alloc(0));
  expect([contentsOf(server, 1).toString(), contentsOf(server, 2).toString()]).toEqual(['bench', '7']);
  const model = await client.raw('ModelMetadata', field(1, 'identity-int8'));
  expect(contentsOf(model, 3).toString()).toBe('onnxruntime_onnx');
  const input = contentsOf(model, 4);
  expect(contentsOf(input, 1).toString()).toBe('INPUT0');
  // -1 as a 64-bit number.
  expect(contentsOf(input, 3).toString('hex')).toBe('ffffffffffffffffff01'.repeat(2));
});

test('ModelConfig has the numbers of its fields', async () => {
  const { client } = await bench();
  const config = contentsOf(await client.raw('ModelConfig', field(1, 'scores-large')), 1);
  expect(contentsOf(config, 1).toString()).toBe('scores-large');
  expect(valuesOf(config, 4)).toEqual([16]);
  expect(valuesOf(contentsOf(config, 5), 2)).toEqual([11]);
  expect(varintsOf(contentsOf(contentsOf(config, 5), 4))).toEqual([4]);
  expect(contentsOf(config, 17).toString()).toBe('onnxruntime');
});

test('ModelStatistics has the numbers of its fields', async () => {
  const { client } = await bench();
  const raw = [
    field(
      7,
      int32s((at) => at),
    ),
    field(
      7,
      int32s(() => 1),
    ),
  ];
  await client.raw('ModelInfer', inferBytes(Buffer.concat(raw)));
  const model = contentsOf(await client.raw('ModelStatistics', field(1, 'simple')), 1);
  expect([3, 4, 5].map((number) => valuesOf(model, number)[0])).toEqual([1000, 1, 1]);
  const success = contentsOf(contentsOf(model, 6), 1);
  expect([valuesOf(success, 1), valuesOf(success, 2)]).toEqual([[1], [10_000]]);
  expect(valuesOf(contentsOf(model, 7), 1)).toEqual([1]);
});

describe('paths', () => {
  const offered: [ServiceName, string[]][] = [
    [
      'inference.GRPCInferenceService',
      [
        'ServerLive',
        'ServerReady',
        'ModelReady',
        'ServerMetadata',
        'ModelMetadata',
        'ModelInfer',
        'ModelStreamInfer',
        'ModelConfig',
        'ModelStatistics',
        'RepositoryIndex',
        'RepositoryModelLoad',
        'RepositoryModelUnload',
      ],
    ],
    ['grpc.health.v1.Health', ['Check', 'Watch']],
    [
      'org.pytorch.serve.grpc.inference.InferenceAPIsService',
      ['Ping', 'Predictions', 'StreamPredictions', 'StreamPredictions2'],
    ],
    [
      'org.pytorch.serve.grpc.management.ManagementAPIsService',
      ['DescribeModel', 'ListModels', 'RegisterModel', 'ScaleWorker', 'SetDefault', 'UnregisterModel'],
    ],
  ];

  test.each(offered)('%s has its calls', (name, methods) => {
    const paths = [...loadService(name).values()].map(({ path }) => path);
    expect(paths).toEqual(methods.map((method) => `/${name}/${method}`));
  });
});
