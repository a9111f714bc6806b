/** Tensors that are not what they say: types, shapes, sizes, names. */
import { status as codes } from '@grpc/grpc-js';
import { expect } from 'vitest';
import { INFERENCE, identityRequest, int32s, simpleRequest } from '../grpc/inference-fixture.ts';
import type { Message } from '../grpc/grpc-fixture.ts';
import {
  COUNT_TO_16,
  ONES,
  binaryRequest,
  float32,
  int32,
  postBinary,
  send,
  strings,
} from '../open-inference/v2-client.ts';
import { errorOf, grpcClient } from './grpc-target.ts';
import { call, expectRefused, giving } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';

const [first, second] = [
  { name: 'INPUT0', datatype: 'INT32', shape: [1, 16], data: COUNT_TO_16 },
  { name: 'INPUT1', datatype: 'INT32', shape: [1, 16], data: ONES },
];

function infer(model: string, what: string, body: string | object, why: RegExp): HostileTry {
  return {
    what: `${model}: ${what}`,
    run: async ({ url }) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      expectRefused(await call(`POST ${url}/v2/models/${model}/infer`, text), 400, why);
    },
  };
}

/** An input of an identity model. */
function identity(type: string, datatype: string, shape: unknown, data: unknown, why: RegExp): HostileTry {
  const what = `${datatype} ${JSON.stringify(shape)} of ${JSON.stringify(data).slice(0, 30)}`;
  return infer(`identity-${type}`, what, giving(datatype, shape, data), why);
}

/** The input's data as it stands in JSON. */
function literal(type: string, datatype: string, data: string, why: RegExp): HostileTry {
  const body = giving(datatype, [1, 1], ['DATA']).replace('"DATA"', data);
  return infer(`identity-${type}`, `${datatype} ${data}`, body, why);
}

function simple(what: string, inputs: unknown, why: RegExp, outputs?: unknown): HostileTry {
  return infer('simple', what, { inputs, ...(outputs === undefined ? {} : { outputs }) }, why);
}

function grpc(what: string, request: Message, code: codes = codes.INVALID_ARGUMENT): HostileTry {
  return {
    what: `over gRPC: ${what}`,
    run: async (server) => {
      const error = await errorOf(grpcClient(server, 'grpc', INFERENCE).call('ModelInfer', request));
      expect({ code: error.code, details: error.details }).toEqual({ code, details: expect.stringMatching(/./) });
    },
  };
}

/** Binary tensors of `simple`, 64 bytes each. */
function binary(what: string, sizes: readonly unknown[], bytes: number, why: RegExp): HostileTry {
  return {
    what,
    run: async ({ url }) => {
      const inputs = [first, second].map(({ name, datatype, shape }, at) => {
        return { name, datatype, shape, parameters: { binary_data_size: sizes[at] } };
      });
      const json = Buffer.from(JSON.stringify({ inputs }));
      const headers = { 'inference-header-content-length': String(json.length) };
      const body = Buffer.concat([json, Buffer.alloc(bytes)]);
      expectRefused(await call(`POST ${url}/v2/models/simple/infer`, body, headers), 400, why);
    },
  };
}

function headerLength(value: string): HostileTry {
  return {
    what: `a header length of "${value}"`,
    run: async ({ url }) => {
      const { body } = binaryRequest([{ ...first, bytes: int32(...COUNT_TO_16) }]);
      const headers = { 'inference-header-content-length': value };
      expectRefused(await call(`POST ${url}/v2/models/simple/infer`, body, headers), 400);
    },
  };
}

function texts(what: string, bytes: Buffer, why: RegExp): HostileTry {
  return {
    what,
    run: async ({ url }) => {
      const request = binaryRequest([{ name: 'INPUT0', datatype: 'BYTES', shape: [1, 2], bytes }]);
      expectRefused(await call(`POST ${url}/v2/models/identity-string/infer`, request.body, request.headers), 400, why);
    },
  };
}

const raw = (...contents: readonly Buffer[]): Message => simpleRequest({ raw_input_contents: contents });
const shaped = (...shape: readonly (number | string)[]): Message =>
  simpleRequest({ inputs: ['INPUT0', 'INPUT1'].map((name) => ({ name, datatype: 'INT32', shape })) });

export const tensorRows: readonly HostileRow[] = [
  {
    row: 'wrong dtype; dtype unknown; FP16 as JSON numbers; string for a number; 3.5 or 300 for INT8; true for FP32',
    precedent: "Triton: inference input data-type is 'X', but model expects 'Y'",
    tries: [
      identity('int8', 'INT16', [1, 1], [1], /INPUT0.*INT16.*INT8/),
      identity('int8', 'INT9', [1, 1], [1], /INT9/),
      identity('float16', 'FP16', [1, 1], [1], /FP16/),
      identity('int8', 'INT8', [1, 1], ['1'], /a string/),
      identity('int8', 'INT8', [1, 1], [3.5], /3\.5/),
      identity('int8', 'INT8', [1, 1], [300], /300/),
      identity('float32', 'FP32', [1, 1], [true], /true/),
      identity('float32', 'FP32', [1, 1], [null], /null/),
      grpc('another type', identityRequest('identity-int8', 'INT16', [1, 1], { int_contents: [1] })),
      grpc('300 for INT8', identityRequest('identity-int8', 'INT8', [1, 1], { int_contents: [300] })),
      grpc('FP16 in typed contents', identityRequest('identity-float16', 'FP16', [1, 1], { fp32_contents: [1] })),
    ],
  },
  {
    row: 'INT64 above 2^53 in JSON',
    precedent: 'exactness: JSON.parse rounds 9007199254740993',
    tries: [
      {
        what: 'is exact, there and back',
        run: async ({ url }) => {
          const body = giving('INT64', [1, 2], ['DATA']).replace('"DATA"', '9007199254740993,-9223372036854775808');
          const { status, text } = await call(`POST ${url}/v2/models/identity-int64/infer`, body);
          expect([status, text]).toEqual([200, expect.stringMatching(/9007199254740993,\s*-9223372036854775808\]/)]);
        },
      },
      literal('int64', 'INT64', '9223372036854775808', /9223372036854775808/),
      literal('int64', 'INT64', '1e400', /Infinity|1e400/),
    ],
  },
  {
    row: 'shape rank/extent wrong, 0 dims, negative, fractional, 2^60+2 x 2^4 (overflow), batch > max, two inputs with different batch',
    precedent: 'CVE-2025-23323, -23324, -23326, -23327, -23331: overflow, negative extents',
    tries: [
      ...[[16], [1, 15], [0, 16], [-1, 16], [1.5, 16], ['1', 16], 16, [1e300, 16], [9, 16]].map((shape) =>
        simple(`shape ${JSON.stringify(shape)}`, [{ ...first, shape }, second], /shape|batch/),
      ),
      infer(
        'simple',
        'shape [2^60+2, 16]',
        JSON.stringify({ inputs: [{ ...first, shape: ['SHAPE', 16] }, second] }).replace(
          '"SHAPE"',
          '1152921504606846978',
        ),
        /1152921504606846978/,
      ),
      simple('two batches', [{ ...first, shape: [2, 16], data: [...COUNT_TO_16, ...COUNT_TO_16] }, second], /batch/),
      grpc('a rank of one', shaped(16)),
      grpc('negative', shaped(-1, 16)),
      grpc('an overflow', shaped('1152921504606846978', 16)),
      grpc('a batch beyond the largest', {
        ...shaped(9, 16),
        raw_input_contents: [Buffer.alloc(576), Buffer.alloc(576)],
      }),
    ],
  },
  {
    row: 'data longer/shorter than shape',
    precedent: "Triton: shape does not match true shape of 'data' field",
    tries: [
      simple('one too few', [{ ...first, data: COUNT_TO_16.slice(1) }, second], /15/),
      simple('one too many', [{ ...first, data: [...COUNT_TO_16, 16] }, second], /17|more than 16/),
      simple('of another nesting', [{ ...first, data: [[COUNT_TO_16], [COUNT_TO_16]] }, second], /./),
      grpc(
        'a byte too few',
        raw(
          int32s(() => 1),
          Buffer.alloc(63),
        ),
      ),
      grpc(
        'a byte too many',
        raw(
          int32s(() => 1),
          Buffer.alloc(65),
        ),
      ),
    ],
  },
  {
    row: 'binary_data_size beyond the body, negative, left-over bytes; header length -1, > body, 99999999999, non-number',
    precedent: 'CVE-2026-24175: a malformed header crashed the server',
    tries: [
      binary('beyond the body', [64, 65], 128, /65/),
      binary('negative', [-64, 64], 128, /-64/),
      binary('no whole number', [64, 6.4], 128, /6\.4/),
      binary('left-over bytes', [64, 64], 130, /2 bytes/),
      ...['-1', '99999999999', '2147483648', 'ten', '1.5', '0x10', '100000'].map(headerLength),
      grpc(
        'more raw tensors than inputs',
        raw(
          int32s(() => 1),
          int32s(() => 1),
          int32s(() => 1),
        ),
      ),
      grpc('raw tensors beside typed ones', {
        ...identityRequest('identity-int64', 'INT64', [1, 1], { int64_contents: ['1'] }),
        raw_input_contents: [Buffer.alloc(8)],
      }),
    ],
  },
  {
    row: 'BYTES element length past the end; too many / few elements',
    precedent: 'Triton’s input_validation_test',
    tries: [
      texts('past the end', Buffer.from([5, 0, 0, 0, 97]), /5 bytes/),
      texts('of 4 GB', Buffer.from([255, 255, 255, 255]), /4294967295/),
      texts('cut in a length', Buffer.concat([strings('a'), Buffer.from([1, 0])]), /length/),
      texts('too few', strings('a'), /1 BYTES/),
      texts('too many', strings('a', 'b', 'c'), /more than 2/),
      grpc('past the end', {
        ...identityRequest('identity-string', 'BYTES', [1, 1], {}),
        inputs: [{ name: 'INPUT0', datatype: 'BYTES', shape: [1, 1] }],
        raw_input_contents: [Buffer.from([9, 0, 0, 0, 97])],
      }),
    ],
  },
  {
    row: 'missing, extra, repeated inputs; repeated or unknown outputs; 100,000 outputs',
    precedent: 'CVE-2026-24146: duplicate outputs',
    tries: [
      simple('a missing input', [first], /INPUT1/),
      simple('an extra input', [first, second, { ...first, name: 'INPUT2' }], /INPUT2/),
      simple('a repeated input', [first, second, second], /INPUT1|INPUT/),
      simple('an unknown output', [first, second], /OUTPUT9/, [{ name: 'OUTPUT9' }]),
      simple('a repeated output', [first, second], /OUTPUT0/, [{ name: 'OUTPUT0' }, { name: 'OUTPUT0' }]),
      simple(
        '100,000 outputs',
        [first, second],
        /output/,
        Array.from({ length: 100_000 }, () => ({})),
      ),

      grpc('a repeated input', simpleRequest({ inputs: ['INPUT0', 'INPUT0'].map(int32Input) })),
      grpc('an unknown output', simpleRequest({ outputs: [{ name: 'OUTPUT9' }] })),
      grpc(
        '100,000 outputs',
        simpleRequest({ outputs: Array.from({ length: 100_000 }, () => ({})) }),
        codes.RESOURCE_EXHAUSTED,
      ),
    ],
  },
  {
    row: 'NaN/Inf inputs (binary)',
    precedent: 'Triton’s nan_inf_test',
    tries: [
      {
        what: 'are data, and come back bit by bit',
        run: async ({ url }) => {
          const bytes = float32(Number.NaN, Infinity, -Infinity, -0);
          const inputs = [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 4], bytes }];
          const answer = await postBinary(`${url}/v2/models/identity-float32/infer`, inputs);
          expect([answer.status, answer.binary.get('OUTPUT0')]).toEqual([200, bytes]);
        },
      },
      {
        what: 'have no JSON form, which is said before they are computed',
        run: async ({ url }) => {
          const bytes = float32(Number.NaN);
          const inputs = [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 1], bytes }];
          const sent = binaryRequest(inputs);
          const answer = await send(`${url}/v2/models/identity-float32/infer`, { method: 'POST', ...sent });
          expect([answer.status, answer.json['error']]).toEqual([
            expect.toBeOneOf([400, 500]),
            expect.stringMatching(/binary/),
          ]);
        },
      },
      literal('float32', 'FP32', 'NaN', /JSON/),
    ],
  },
];

function int32Input(name: string): object {
  return { name, datatype: 'INT32', shape: [1, 16] };
}
