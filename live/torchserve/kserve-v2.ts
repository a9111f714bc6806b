/**
 * KServe's second protocol as TorchServe speaks it, which is not quite the Open Inference Protocol: output tensors are
 * called as the inputs are, images come as BYTES in base64, and versions have a point.
 */
import type { HandlerAnswer, Payload, TensorValue } from '../../backends/index.ts';
import { answerJson } from '../../backends/index.ts';
import { HttpRefusal, isJsonObject, memberOf, readJson } from '../http/index.ts';
import type { JsonObject, JsonValue } from '../http/index.ts';
import { datatypeOf } from '../open-inference/index.ts';
import type { ModelEntry } from '../service/index.ts';
import { base64Payload, jsonPayload } from './kserve-v1.ts';
import type { Predicted } from './predict.ts';
import { torchServeValue } from './predict.ts';
import { badRequest } from './torchserve-failure.ts';

/** Each extent becomes a level of nested lists. */
const RANK_MAX = 32;

export interface V2Request {
  readonly id: string | undefined;
  /** Names that the client gave its inputs. */
  readonly names: readonly string[];
  readonly payloads: readonly Payload[];
}

/** @throws TorchServeFailure, HttpRefusal 400 */
export function readV2Request(body: Buffer, entry: ModelEntry): V2Request {
  const value = readJson(body);
  const inputs = isJsonObject(value) ? memberOf(value, 'inputs') : undefined;
  if (!isJsonObject(value) || !Array.isArray(inputs) || inputs.length === 0) {
    throw badRequest('The request body must be a JSON object with a list of inputs.');
  }
  const id = memberOf(value, 'id');
  const list = inputs as readonly JsonValue[];
  return {
    id: typeof id === 'string' ? id : undefined,
    names: list.map((input, at) => nameOf(input) ?? `input-${at}`),
    payloads: takesTensors(entry) ? [tensorPayload(list, entry)] : list.flatMap(ownPayloads),
  };
}

export function v2Answer({ id, names }: V2Request, { entry, served, answers }: Predicted): object {
  const outputs = takesTensors(entry)
    ? served.outputs.map((tensor, at) => tensorOutput(tensor, names[at]))
    : [{ name: names[0], shape: [answers.length], datatype: 'BYTES', data: answers.map(textOf) }];
  return { id, model_name: entry.name, model_version: withPoint(entry.version), outputs };
}

/** The best label, or whatever else the answer is, as a text. */
function textOf(answer: HandlerAnswer): string {
  if (answer.kind === 'classification') return answer.top[0].label;
  const value = torchServeValue(answer);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function takesTensors({ handler }: ModelEntry): boolean {
  return handler === undefined || handler === 'tensor';
}

/** All inputs by the model's names for them, or in its order. */
function tensorPayload(inputs: readonly JsonValue[], entry: ModelEntry): Payload {
  if (inputs.length !== entry.inputs.length) {
    throw badRequest(`The model takes ${entry.inputs.length} inputs, and the request has ${inputs.length}.`);
  }
  const values = inputs.map((input, at) => {
    const spec = entry.inputs.find(({ name }) => name === nameOf(input)) ?? entry.inputs[at];
    if (!isJsonObject(input)) throw badRequest('An input is no JSON object.');
    const datatype = memberOf(input, 'datatype');
    if (datatype !== undefined && datatype !== datatypeOf(spec.type)) {
      throw badRequest(`Input ${spec.name} takes ${datatypeOf(spec.type)}.`);
    }
    return [spec.name, shaped(input)] as const;
  });
  if (new Set(values.map(([name]) => name)).size < values.length) throw badRequest('An input is given twice.');
  return jsonPayload(Object.fromEntries(values));
}

/** Images and the like: texts are base64, all else is the handler's to read. */
function ownPayloads(input: JsonValue): readonly Payload[] {
  const data = isJsonObject(input) ? memberOf(input, 'data') : undefined;
  if (data === undefined || data === null) throw badRequest('An input has no data.');
  const list: readonly JsonValue[] = Array.isArray(data) ? data : [data];
  if (list.every((item) => typeof item === 'string')) return list.map(base64Payload);
  return [jsonPayload(data)];
}

/** Flat data nested as its shape says; nested data as it is. */
function shaped(input: JsonObject): JsonValue {
  const data = memberOf(input, 'data');
  const shape = memberOf(input, 'shape');
  if (data === undefined) throw badRequest('An input has no data.');
  if (!Array.isArray(data) || data.some((item) => Array.isArray(item)) || !Array.isArray(shape)) return data;
  if (shape.length > RANK_MAX) throw new HttpRefusal(400, `the shape of an input has more than ${RANK_MAX} extents`);
  const extents = (shape as readonly JsonValue[]).map((extent) => (typeof extent === 'number' ? extent : NaN));
  // The last extent from within, as nothing needs to be cut along it.
  const product = extents.reduce((total, extent) => total * extent, 1);
  if (!extents.every((extent) => Number.isSafeInteger(extent) && extent > 0) || product !== data.length) {
    throw new HttpRefusal(400, 'the shape of an input does not match its data');
  }
  return extents
    .slice(1)
    .toReversed()
    .reduce<readonly JsonValue[]>((level, extent) => cut(level, extent), data as readonly JsonValue[]);
}

function cut(level: readonly JsonValue[], extent: number): JsonValue[][] {
  return Array.from({ length: level.length / extent }, (_, row) => level.slice(row * extent, (row + 1) * extent));
}

function tensorOutput(tensor: TensorValue, name: string | undefined): object {
  const nested = answerJson({ kind: 'tensors', tensors: [tensor] });
  const data: unknown = Array.isArray(nested) ? nested.flat(Infinity) : [nested];
  return { name: name ?? tensor.name, shape: tensor.shape, datatype: datatypeOf(tensor.type), data };
}

function nameOf(input: JsonValue): string | undefined {
  const name = isJsonObject(input) ? memberOf(input, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

function withPoint(version: string): string {
  return /^\d+$/.test(version) ? `${version}.0` : version;
}
