/**
 * Reads the answer to an inference request and holds it to what the model's metadata promises: the request's id, every
 * output with its datatype, and as many rows as the request had samples. What differs is a wrong answer, whatever its
 * status said.
 */
import { z } from 'zod';
import type { TensorSpec } from '../../../../core/index.ts';
import { arrayOver, elementBytes, elementCount } from '../../../../backends/index.ts';
import { datatypeOf } from './datatypes.ts';
import type { HttpAnswer } from './http-client.ts';
import { HEADER_LENGTH } from './infer-request.ts';

export interface Expected {
  readonly id: string;
  readonly samples: number;
  readonly outputs: readonly TensorSpec[];
}

/** Right in form, with the first output's numbers where it has such; or wrong, in few words. */
export type ReadAnswer =
  | { readonly isWrong: false; readonly first: ArrayLike<number> | undefined }
  | { readonly isWrong: true; readonly why: string };

const answerSchema = z.object({
  id: z.string().optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number().int().min(0)),
      parameters: z
        .object({ binary_data_size: z.number().int().min(0).optional() })
        .loose()
        .optional(),
      data: z.array(z.unknown()).optional(),
    }),
  ),
});
type Output = z.output<typeof answerSchema>['outputs'][number];

export function readAnswer(answer: HttpAnswer, expected: Expected): ReadAnswer {
  const { body, headers } = answer;
  const given = headers[HEADER_LENGTH.toLowerCase()];
  const jsonBytes = given === undefined ? body.length : Number(given);
  if (!Number.isSafeInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.length)
    return wrong('a header length beyond the answer');
  const parsed = answerSchema.safeParse(jsonOf(body.subarray(0, jsonBytes)));
  if (!parsed.success) return wrong('an answer that is not of the protocol');
  const { id, outputs } = parsed.data;
  if (id !== undefined && id !== expected.id) return wrong("another request's id");
  const binary = binaryParts(outputs, body.subarray(jsonBytes));
  if (binary === undefined) return wrong('other bytes than its outputs say');
  let first: ArrayLike<number> | undefined;
  for (const [index, spec] of expected.outputs.entries()) {
    const output = outputs.find(({ name }) => name === spec.name);
    if (output === undefined) return wrong(`no output ${spec.name}`);
    const fault = faultOf(output, spec, expected.samples);
    if (fault !== undefined) return wrong(`output ${spec.name} ${fault}`);
    const numbers = numbersOf(output, spec, binary.get(output));
    if (numbers === 'wrong') return wrong(`output ${spec.name} with other values than its shape and datatype say`);
    if (index === 0) first = numbers;
  }
  return { isWrong: false, first };
}

function wrong(why: string): ReadAnswer {
  return { isWrong: true, why };
}

/** The bytes of each output that has some; undefined when they are not as many as the outputs say. */
function binaryParts(outputs: readonly Output[], bytes: Buffer): ReadonlyMap<Output, Buffer> | undefined {
  const parts = new Map<Output, Buffer>();
  let at = 0;
  for (const output of outputs) {
    const size = output.parameters?.binary_data_size;
    if (size === undefined) continue;
    parts.set(output, bytes.subarray(at, at + size));
    at += size;
  }
  return at === bytes.length ? parts : undefined;
}

function faultOf({ datatype, shape }: Output, spec: TensorSpec, samples: number): string | undefined {
  if (datatype !== datatypeOf(spec.type)) return `of datatype ${datatype}`;
  const fits =
    shape.length === spec.shape.length &&
    spec.shape.every((extent, at) => extent === -1 || shape[at] === (extent ?? samples));
  return fits ? undefined : `of shape [${shape.join(', ')}]`;
}

/** The output's numbers; undefined where it is of texts or whole numbers of 64 bits, 'wrong' when they do not fit. */
function numbersOf(
  { shape, data }: Output,
  { type }: TensorSpec,
  bytes: Buffer | undefined,
): ArrayLike<number> | undefined | 'wrong' {
  const count = elementCount(shape);
  if (bytes === undefined) {
    const values = data?.flat(shape.length);
    if (values?.length !== count) return 'wrong';
    if (type === 'string' || type === 'bool') return undefined;
    return values.every((value): value is number => typeof value === 'number') ? values : 'wrong';
  }
  if (type === 'string') return undefined;
  if (bytes.length !== count * elementBytes(type)) return 'wrong';
  if (type !== 'float32' && type !== 'float64') return undefined;
  // A copy begins at a multiple of any element's size.
  const values = arrayOver(type, Uint8Array.from(bytes)) as Float32Array | Float64Array; // Of these two types.
  return values.every((value) => Number.isFinite(value)) ? values : 'wrong';
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
