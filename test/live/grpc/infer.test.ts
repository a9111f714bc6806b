// Inference over gRPC: tensors in both forms, objectives, and every way in which it fails.
import { status } from '@grpc/grpc-js';
import { describe, expect, test, vi } from 'vitest';
import { NEVER } from '../../../core/index.ts';
import type { NotServed } from '../../../live/service/index.ts';
import type { Message } from './grpc-fixture.ts';
import { errorOf } from './grpc-fixture.ts';
import { bench, identityRequest, int32s, simpleRequest } from './inference-fixture.ts';

describe('tensors', () => {
  test('raw tensors are answered by raw tensors', async () => {
    const { client } = await bench();
    const answer = await client.call('ModelInfer', simpleRequest({ id: 'q-1' }));
    expect(answer).toMatchObject({ model_name: 'simple', model_version: '1', id: 'q-1' });
    expect(answer['outputs']).toMatchObject([
      { name: 'OUTPUT0', datatype: 'INT32', shape: ['1', '16'], contents: null },
      { name: 'OUTPUT1', datatype: 'INT32', shape: ['1', '16'], contents: null },
    ]);
    expect(answer['raw_output_contents']).toEqual([int32s((at) => at + 1), int32s((at) => at - 1)]);
  });

  test.each([
    ['BOOL', 'bool', { bool_contents: [true, false] }, '0100'],
    ['UINT8', 'uint8', { uint_contents: [1, 255] }, '01ff'],
    ['UINT16', 'uint16', { uint_contents: [1, 65_535] }, '0100ffff'],
    ['UINT32', 'uint32', { uint_contents: [1, 4_294_967_295] }, '01000000ffffffff'],
    ['UINT64', 'uint64', { uint64_contents: ['1', '18446744073709551615'] }, '0100000000000000ffffffffffffffff'],
    ['INT8', 'int8', { int_contents: [-128, 127] }, '807f'],
    ['INT16', 'int16', { int_contents: [-32_768, 1] }, '00800100'],
    ['INT32', 'int32', { int_contents: [-2, 2_147_483_647] }, 'feffffffffffff7f'],
    ['INT64', 'int64', { int64_contents: ['-1', '9007199254740993'] }, 'ffffffffffffffff0100000000002000'],
    ['FP32', 'float32', { fp32_contents: [1.5, Number.NaN] }, '0000c03f0000c07f'],
    ['FP64', 'float64', { fp64_contents: [1, -Infinity] }, '000000000000f03f000000000000f0ff'],
    ['BYTES', 'string', { bytes_contents: [Buffer.from('ab'), Buffer.alloc(0)] }, '02000000616200000000'],
  ])('typed contents of %s arrive exactly', async (datatype, type, contents, bytes) => {
    const { client } = await bench();
    const answer = await client.call('ModelInfer', identityRequest(`identity-${type}`, datatype, [2, 1], contents));
    expect(Buffer.concat(answer['raw_output_contents'] as Buffer[]).toString('hex')).toBe(bytes);
  });

  test('16-bit floats travel raw', async () => {
    const { client } = await bench();
    const inputs = [{ name: 'INPUT0', datatype: 'FP16', shape: [1, 2] }];
    const raw_input_contents = [Buffer.from('003c00c0', 'hex')];
    const answer = await client.call('ModelInfer', { model_name: 'identity-float16', inputs, raw_input_contents });
    expect(answer['raw_output_contents']).toEqual(raw_input_contents);
  });

  test('inputs may come in any order', async () => {
    const { client } = await bench();
    const inputs = ['INPUT1', 'INPUT0'].map((name) => ({ name, datatype: 'INT32', shape: [1, 16] }));
    const answer = await client.call('ModelInfer', simpleRequest({ inputs }));
    expect(answer['raw_output_contents']).toEqual([int32s((at) => at + 1), int32s((at) => 1 - at)]);
  });

  test('a message of more than 4 MB is taken and answered', async () => {
    const { client } = await bench();
    const raw = Buffer.alloc(6_000_000, 7);
    const inputs = [{ name: 'INPUT0', datatype: 'UINT8', shape: [1, raw.length] }];
    const answer = await client.call('ModelInfer', { model_name: 'identity-uint8', inputs, raw_input_contents: [raw] });
    expect((answer['raw_output_contents'] as Buffer[])[0].equals(raw)).toBe(true);
  });

  test('the requested outputs are answered in their order, and no other', async () => {
    const { client } = await bench();
    const answer = await client.call('ModelInfer', simpleRequest({ outputs: [{ name: 'OUTPUT1' }] }));
    expect(answer['outputs']).toMatchObject([{ name: 'OUTPUT1' }]);
    expect(answer['raw_output_contents']).toEqual([int32s((at) => at - 1)]);
  });

  test('an output can be had as its best classes', async () => {
    const { client } = await bench();
    const outputs = [{ name: 'OUTPUT0', parameters: { classification: { int64_param: 2 } } }];
    const contents = { fp32_contents: [0.5, 3, -1, 2] };
    const request = { ...identityRequest('scores-small', 'FP32', [1, 4], contents), outputs };
    const answer = await client.call('ModelInfer', request);
    expect(answer['outputs']).toMatchObject([{ datatype: 'BYTES', shape: ['1', '2'] }]);
    expect((answer['raw_output_contents'] as Buffer[])[0].toString()).toBe(
      '\u000c\0\0\u00003.000000:1:b\u000c\0\0\u00002.000000:3:d',
    );
  });
});

describe('parameters', () => {
  test('objectives reach the service', async () => {
    const { client, service } = await bench();
    const parameters = {
      latency_ms: { double_param: 12.5 },
      accuracy_percent: { int64_param: 80 },
      timeout: { uint64_param: 5_000 },
    };
    await client.call('ModelInfer', simpleRequest({ parameters }));
    const [query] = service.queries;
    expect(query).toMatchObject({
      latencyNs: 12_500_000,
      accuracyPercent: 80,
      timeoutNs: 5_000_000,
      application: 'default',
    });
  });

  test('without objectives there are none', async () => {
    const { client, service } = await bench();
    await client.call('ModelInfer', simpleRequest());
    expect(service.queries[0]).toMatchObject({ latencyNs: NEVER, accuracyPercent: 0, timeoutNs: undefined });
  });

  test('the answer names the variant that served a virtual model', async () => {
    const { client } = await bench();
    const answer = await client.call(
      'ModelInfer',
      identityRequest('scores-net', 'FP32', [1, 4], { fp32_contents: [1, 2, 3, 4] }),
    );
    expect(answer).toMatchObject({ model_name: 'scores-net', model_version: '1' });
    expect(answer['parameters']).toMatchObject({
      variant: { string_param: 'scores-small' },
      version: { string_param: '1' },
      outcome: { string_param: 'served' },
      batch_inputs: { int64_param: '1' },
    });
  });

  test('a version can be asked for', async () => {
    const { client } = await bench();
    const request = identityRequest('versioned', 'FP32', [1, 1], { fp32_contents: [1] });
    expect(await client.call('ModelInfer', { ...request, model_version: '2' })).toMatchObject({ model_version: '2' });
  });
});

const badRequests: [name: string, request: Message, details: RegExp][] = [
  [
    'raw and typed contents',
    simpleRequest({ inputs: [{ name: 'INPUT0', datatype: 'INT32', shape: [1, 16], contents: { int_contents: [1] } }] }),
    /inputs\[0\]: got contents beside raw_input_contents/,
  ],
  [
    'fewer raw tensors than inputs',
    simpleRequest({ raw_input_contents: [int32s(() => 1)] }),
    /got 1 entries, expected one for each of 2 inputs/,
  ],
  ['no data', simpleRequest({ raw_input_contents: [] }), /inputs\[0\]: got no data/],
  ['no inputs', { model_name: 'simple' }, /input "INPUT0": got none/],
  [
    'a missing input',
    simpleRequest({
      inputs: [{ name: 'INPUT0', datatype: 'INT32', shape: [1, 16] }],
      raw_input_contents: [int32s(() => 1)],
    }),
    /input "INPUT1": got none/,
  ],
  ['an unknown input', identityRequest('identity-int8', 'INT8', [1, 1], { int_contents: [1] }), /^$/],
  [
    'another type',
    identityRequest('identity-int8', 'INT16', [1, 1], { int_contents: [1] }),
    /got datatype "INT16", expected INT8/,
  ],
  ['BF16', identityRequest('identity-float32', 'BF16', [1, 1], { fp32_contents: [1] }), /got datatype "BF16"/],
  [
    'typed 16-bit floats',
    identityRequest('identity-float16', 'FP16', [1, 1], { fp32_contents: [1] }),
    /expected FP16 in raw_input_contents/,
  ],
  [
    'elements in the wrong field',
    identityRequest('identity-int32', 'INT32', [1, 1], { fp32_contents: [1] }),
    /got elements in fp32_contents, expected INT32 in int_contents/,
  ],
  [
    'elements in two fields',
    identityRequest('identity-int32', 'INT32', [1, 1], { int_contents: [1], bool_contents: [true] }),
    /got elements in bool_contents/,
  ],
  [
    '300 for INT8',
    identityRequest('identity-int8', 'INT8', [1, 1], { int_contents: [300] }),
    /got 300, expected -128 to 127/,
  ],
  ['-129 for INT8', identityRequest('identity-int8', 'INT8', [1, 1], { int_contents: [-129] }), /got -129/],
  [
    '65536 for UINT16',
    identityRequest('identity-uint16', 'UINT16', [1, 1], { uint_contents: [65_536] }),
    /got 65536, expected 0 to 65535/,
  ],
  [
    'too few elements',
    identityRequest('identity-int8', 'INT8', [1, 3], { int_contents: [1] }),
    /got 1 elements, expected 3/,
  ],
  [
    'too many elements',
    identityRequest('identity-int8', 'INT8', [1, 1], { int_contents: [1, 2] }),
    /got 2 elements, expected 1/,
  ],
  ['another rank', identityRequest('identity-int8', 'INT8', [1], { int_contents: [1] }), /got shape \[1\]/],
  ['a negative extent', identityRequest('identity-int8', 'INT8', [1, -1], { int_contents: [1] }), /got shape \[1,-1\]/],
  ['no extent', identityRequest('identity-int8', 'INT8', [1, 0], {}), /got shape \[1,0\]/],
  [
    'extents whose product overflows',
    {
      model_name: 'identity-int8',
      inputs: [{ name: 'INPUT0', datatype: 'INT8', shape: [8, '2305843009213693952'], contents: {} }],
    },
    /fewer than 2\^53 elements/,
  ],
  [
    'a batch over the largest',
    identityRequest('identity-int8', 'INT8', [9, 1], { int_contents: [1, 2, 3, 4, 5, 6, 7, 8, 9] }),
    /got a batch of 9, expected at most 8/,
  ],
  [
    'raw bytes shorter than the shape',
    simpleRequest({ raw_input_contents: [Buffer.alloc(63), int32s(() => 1)] }),
    /got 63 bytes, expected 64 bytes/,
  ],
  [
    'raw strings cut off',
    {
      model_name: 'identity-string',
      inputs: [{ name: 'INPUT0', datatype: 'BYTES', shape: [1, 1] }],
      raw_input_contents: [Buffer.from('ff000000', 'hex')],
    },
    /BYTES element of 255 bytes/,
  ],
  ['an unknown output', simpleRequest({ outputs: [{ name: 'OUTPUT9' }] }), /output "OUTPUT9"/],
  ['an output twice', simpleRequest({ outputs: [{ name: 'OUTPUT0' }, { name: 'OUTPUT0' }] }), /got it twice/],
  [
    'an objective out of range',
    simpleRequest({ parameters: { accuracy_percent: { int64_param: 101 } } }),
    /accuracy_percent/,
  ],
  [
    'a sequence',
    simpleRequest({ parameters: { sequence_id: { int64_param: 1 } } }),
    /sequences of requests are not offered/,
  ],
  ['a name that climbs', simpleRequest({ model_name: '../simple' }), /must not contain path traversal/],
];

describe('bad requests are INVALID_ARGUMENT', () => {
  test.each(badRequests.filter(([name]) => name !== 'an unknown input'))('%s', async (_name, request, details) => {
    const { client, service } = await bench();
    const error = await errorOf(client.call('ModelInfer', request));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.details).toMatch(details);
    expect(service.queries).toEqual([]);
    expect(await client.call('ModelInfer', simpleRequest())).toMatchObject({ model_name: 'simple' });
  });

  test('an input that the model does not have', async () => {
    const { client } = await bench();
    const inputs = [{ name: 'OTHER', datatype: 'INT8', shape: [1, 1], contents: { int_contents: [1] } }];
    const error = await errorOf(client.call('ModelInfer', { model_name: 'identity-int8', inputs }));
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(error.details).toContain('input "OTHER"');
  });
});

test.each([
  ['an unknown model', simpleRequest({ model_name: 'nobody' }), 'unknown model "nobody"'],
  ['an unknown version', simpleRequest({ model_version: '9' }), 'model "simple" has no version "9"'],
])('%s is NOT_FOUND', async (_name, request, details) => {
  const { client } = await bench();
  expect(await errorOf(client.call('ModelInfer', request))).toMatchObject({ code: status.NOT_FOUND, details });
});

describe('queries that are not served', () => {
  const unserved: [Pick<NotServed, 'outcome' | 'reason'> & { retryAfterS?: number }, status][] = [
    [{ outcome: 'rejected', reason: 'queue-full', retryAfterS: 3 }, status.UNAVAILABLE],
    [{ outcome: 'rejected', reason: 'stopping' }, status.UNAVAILABLE],
    [{ outcome: 'rejected', reason: 'rate-limit' }, status.RESOURCE_EXHAUSTED],
    [{ outcome: 'rejected', reason: 'no-variant' }, status.INVALID_ARGUMENT],
    [{ outcome: 'expired', reason: 'deadline-passed' }, status.DEADLINE_EXCEEDED],
    [{ outcome: 'failed', reason: 'worker-crashed' }, status.INTERNAL],
    [{ outcome: 'cancelled', reason: 'client-cancelled' }, status.CANCELLED],
  ];

  test.each(unserved)('%j is code %i', async (answer, code) => {
    const { client, service } = await bench();
    service.answerNext({ ok: false, message: 'because', ...answer });
    const error = await errorOf(client.call('ModelInfer', simpleRequest()));
    expect(error).toMatchObject({ code, details: 'because' });
  });

  test('a full queue says when to try again', async () => {
    const { client, service } = await bench();
    service.answerNext({ ok: false, outcome: 'rejected', reason: 'queue-full', message: 'full', retryAfterS: 3 });
    const { metadata } = await errorOf(client.call('ModelInfer', simpleRequest()));
    expect(metadata.getMap()).toMatchObject({ 'retry-after': '3', 'grpc-retry-pushback-ms': '3000' });
  });

  test('an error that nobody foresaw tells the client nothing', async () => {
    const { client, service } = await bench();
    vi.spyOn(service, 'infer').mockRejectedValue(new Error('secret of the house'));
    const error = await errorOf(client.call('ModelInfer', simpleRequest()));
    expect(error).toMatchObject({ code: status.INTERNAL, details: 'internal error' });
  });
});

describe('clients that do not wait', () => {
  const never = new Promise<never>(() => undefined);

  test('a cancelled call cancels its query', async () => {
    const { client, service } = await bench();
    service.answerNext(never);
    const { answer, cancel } = client.open('ModelInfer', simpleRequest());
    const failed = errorOf(answer);
    await vi.waitFor(() => expect(service.queries).toHaveLength(1));
    cancel();
    expect((await failed).code).toBe(status.CANCELLED);
    const { signal } = service.queries[0];
    await vi.waitFor(() => expect(signal?.aborted).toBe(true));
  });

  test('a deadline bounds the query and ends it', async () => {
    const { client, service } = await bench();
    await client.call('ServerLive', {});
    service.answerNext(never);
    const error = await errorOf(client.call('ModelInfer', simpleRequest(), { deadline: Date.now() + 300 }));
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    const { timeoutNs = Infinity, signal } = service.queries[0];
    expect(timeoutNs).toBeGreaterThan(0);
    expect(timeoutNs).toBeLessThanOrEqual(500_000_000);
    await vi.waitFor(() => expect(signal?.aborted).toBe(true));
  });

  test('the shorter of timeout and deadline counts', async () => {
    const { client, service } = await bench();
    const parameters = { timeout: { int64_param: 1_000 } };
    await client.call('ModelInfer', simpleRequest({ parameters }), { deadline: Date.now() + 10_000 });
    expect(service.queries[0].timeoutNs).toBe(1_000_000);
  });
});

test('an answer over the limit is RESOURCE_EXHAUSTED', async () => {
  const { client } = await bench({ options: { messageMaxBytes: 250 } });
  const error = await errorOf(client.call('ModelInfer', simpleRequest()));
  expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(error.details).toMatch(/the answer has \d+ bytes, more than the 250/);
});

test('typed contents beyond the limit are sent to the raw form', async () => {
  const { client } = await bench({ options: { plainMaxBytes: 1_000 } });
  const contents = { int_contents: new Array<number>(2_000).fill(1) };
  const error = await errorOf(
    client.call('ModelInfer', identityRequest('identity-int8', 'INT8', [1, 2_000], contents)),
  );
  expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(error.details).toContain('send tensors in raw_input_contents');
});
