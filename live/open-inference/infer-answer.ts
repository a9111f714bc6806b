/** Writes the answer to an inference request: JSON, and behind it the tensors that are wanted as bytes. */
import type { TensorValue } from '../../backends/index.ts';
import { invariant } from '../../core/index.ts';
import type { HttpAnswer } from '../http/index.ts';
import type { ModelEntry, Served } from '../service/index.ts';
import { classify } from './classification.ts';
import { datatypeOf } from './datatypes.ts';
import { HEADER_LENGTH } from './infer-request.ts';
import type { RequestedOutput } from './requested-outputs.ts';
import type { NonFinite } from './tensor-json.ts';
import { tensorJson } from './tensor-json.ts';

export interface InferAnswerParts {
  readonly entry: ModelEntry;
  readonly id: string | undefined;
  readonly outputs: readonly RequestedOutput[];
  readonly answer: Served;
  readonly nonFinite: NonFinite;
}

/** What clients learn beside the tensors, in HTTP and gRPC: who served them, and how. */
export function answerParameters({ variant, version, worker, outcome, batchInputs }: Served) {
  return { variant, version, worker, outcome, batch_inputs: batchInputs };
}

/** The tensor behind a requested output: its values, or its best classes. */
export function answerTensor(answer: Served, entry: ModelEntry, { spec, classes }: RequestedOutput): TensorValue {
  const tensor = answer.outputs.find(({ name }) => name === spec.name);
  invariant(tensor !== undefined, `${answer.variant} answered without its output ${spec.name}`);
  const { batches, labels } = entry;
  return classes === 0 ? tensor : classify(tensor, { classes, batches, labels });
}

/** @throws HttpRefusal 400 when JSON cannot hold an output that was wanted in it. */
export function inferAnswer({ entry, id, outputs, answer, nonFinite }: InferAnswerParts): HttpAnswer {
  const binary: Uint8Array[] = [];
  const texts = outputs.map((output) => {
    const tensor = answerTensor(answer, entry, output);
    const { name, type, shape, bytes } = tensor;
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatypeOf(type)}","shape":[${shape.join(',')}]`;
    if (!output.isBinary) return `${head},"data":${tensorJson(tensor, nonFinite)}}`;
    binary.push(bytes);
    return `${head},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const json = Buffer.from(
    `{${id === undefined ? '' : `"id":${JSON.stringify(id)},`}"model_name":${JSON.stringify(entry.name)},` +
      `"model_version":${JSON.stringify(entry.version)},"parameters":${JSON.stringify(answerParameters(answer))},` +
      `"outputs":[${texts.join(',')}]}`,
  );
  if (binary.length === 0) return { status: 200, headers: { 'content-type': 'application/json' }, body: json };
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(json.length) },
    body: [json, ...binary],
  };
}
