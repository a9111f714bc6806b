/**
 * Numbers in, numbers out: for models whose clients do their own pre- and postprocessing. A payload is JSON (values of
 * the one input, or an object of values by the input's name) or the raw little-endian bytes of one or more inputs.
 */
import type { TensorSpec } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementBytes, elementCount } from '../tensors/index.ts';
import type { Handler, HandlerModel, Payload } from './handler.ts';
import type { Rows } from './json-tensor.ts';
import { rowsOfJson } from './json-tensor.ts';
import { answerRows } from './rows.ts';

export const tensor: Handler = {
  name: 'tensor',
  doc: 'Takes inputs as JSON numbers or raw little-endian bytes, answers the outputs as numbers.',
  preprocess(payloads, model) {
    const given = new Map<string, Rows[]>(model.inputs.map(({ name }) => [name, []]));
    for (const payload of payloads) {
      for (const [name, rows] of rowsOf(payload, model)) given.get(name)?.push(rows);
    }
    const tensors = model.inputs.map((spec) => joined(spec, given.get(spec.name) ?? [], model));
    const counts = new Set(tensors.map(({ shape }) => shape[0]));
    if (!model.batches || counts.size === 1) return tensors;
    throw refusal('the inputs differ in their number of rows', [...counts].join(' and '), 'one number for all inputs');
  },
  postprocess(outputs, model) {
    return answerRows(outputs, model).map((tensors) => ({ kind: 'tensors', tensors }));
  },
};

function rowsOf(payload: Payload, model: HandlerModel): (readonly [input: string, Rows])[] {
  const json = jsonOf(payload);
  if (json === undefined) {
    const spec = model.inputs.find(({ name }) => name === payload.name) ?? onlyInput(model);
    return [[spec.name, rawRows(payload.bytes, spec, model)]];
  }
  if (typeof json.value === 'object' && json.value !== null && !Array.isArray(json.value)) {
    return Object.entries(json.value).map(([key, value]) => {
      // `data` is what TorchServe's clients call the one input of a request.
      const spec = model.inputs.find(({ name }) => name === key) ?? (key === 'data' ? onlyInput(model) : undefined);
      if (spec === undefined) throw refusal('there is no such input', 'another name', namesOf(model));
      return [spec.name, rowsOfJson(value, spec, rowShape(spec, model))] as const;
    });
  }
  const spec = model.inputs.find(({ name }) => name === payload.name) ?? onlyInput(model);
  return [[spec.name, rowsOfJson(json.value, spec, rowShape(spec, model))]];
}

/** JSON where the client says so; where it says nothing, what begins as a list or an object and parses. */
function jsonOf({ contentType, bytes }: Payload): { readonly value: unknown } | undefined {
  const says = /^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(contentType);
  const silent = ['', 'text/plain', 'application/x-www-form-urlencoded'].includes(contentType);
  if (!says && !(silent && [0x5b, 0x7b].includes(bytes[0]))) return undefined;
  try {
    return {
      value: JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as unknown,
    };
  } catch {
    if (!says) return undefined;
    throw refusal('the payload is no JSON', `${bytes.length} bytes that do not parse`, 'numbers in lists');
  }
}

function rawRows(bytes: Uint8Array, spec: TensorSpec, model: HandlerModel): Rows {
  const row = rowShape(spec, model);
  const size = elementBytes(spec.type) * elementCount(row.filter((extent) => extent >= 0));
  const unknown = row.filter((extent) => extent < 0).length;
  if (size === 0 || unknown > 1) {
    throw refusal(`input ${spec.name} cannot be read from raw bytes`, 'bytes without a shape', 'JSON');
  }
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw refusal(`input ${spec.name} is cut short`, `${bytes.length} bytes`, `a positive multiple of ${size} bytes`);
  }
  const rest = bytes.length / size;
  return unknown === 0
    ? { rows: rest, shape: row, bytes }
    : { rows: 1, shape: row.map((extent) => (extent < 0 ? rest : extent)), bytes };
}

/** The rows of all payloads, one after another, as one tensor. */
function joined({ name, type }: TensorSpec, parts: readonly Rows[], { batches, maxBatch }: HandlerModel): TensorValue {
  if (parts.length === 0) throw refusal(`input ${name} is missing`, 'nothing', 'its values');
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const most = batches ? maxBatch : 1;
  if (rows > most) throw refusal('there are too many inputs', String(rows), `at most ${most} in one request`);
  const [{ shape }] = parts;
  if (parts.some((part) => String(part.shape) !== String(shape))) {
    throw refusal(`the rows of input ${name} differ in shape`, 'several shapes', `[${shape.join(', ')}] for all`);
  }
  const bytes = parts.length === 1 ? parts[0].bytes : Buffer.concat(parts.map((part) => part.bytes));
  return { name, type, shape: batches ? [rows, ...shape] : shape, bytes };
}

function rowShape({ shape }: TensorSpec, { batches }: HandlerModel): number[] {
  return (batches ? shape.slice(1) : shape).map((extent) => extent ?? -1);
}

function onlyInput(model: HandlerModel): TensorSpec {
  if (model.inputs.length === 1) return model.inputs[0];
  throw refusal('the payload does not say which input it is', 'no name', namesOf(model));
}

function namesOf({ inputs }: HandlerModel): string {
  return `values by name: ${inputs.map(({ name }) => name).join(', ')}`;
}

function refusal(message: string, found: string, expected: string): ServingError {
  return new ServingError({ code: 'HANDLER_PAYLOAD', message, found, expected });
}
