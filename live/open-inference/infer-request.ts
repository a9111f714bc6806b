/**
 * Reads the body of an inference request: JSON, JSON with binary tensors behind it, or one bare tensor. Binary parts
 * stay where they came, in the body; only the JSON is parsed.
 */
import type { JsonObject, JsonValue } from '../http/index.ts';
import { HttpRefusal, isJsonObject, jsonKind, memberOf, readJson } from '../http/index.ts';
import type { ModelEntry } from '../service/index.ts';
import type { GivenTensor } from './check-tensors.ts';
import { quoted } from './client-text.ts';
import { packJson } from './pack-json.ts';
import type { Parameters, ParameterValue } from './parameters.ts';
import { flagOf, NO_PARAMETERS, refuseNotOffered } from './parameters.ts';
import { rawTensor } from './raw-tensor.ts';
import type { OutputWish } from './requested-outputs.ts';

export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly GivenTensor[];
  readonly outputs: readonly OutputWish[];
  /** The form of outputs that do not say theirs. */
  readonly isBinary: boolean;
}

/** The header that says how long the JSON is; what follows it are tensors. */
export const HEADER_LENGTH = 'inference-header-content-length';
const LENGTH_MAX = 0x7fff_ffff;

/**
 * @param headerLength of the header of that name; undefined when the whole body is JSON.
 * @throws HttpRefusal 400 that names the field.
 */
export function readInferRequest(
  body: Buffer,
  headerLength: string | undefined,
  entry: ModelEntry,
  takeNonFinite: boolean,
): InferRequest {
  const jsonBytes = headerLength === undefined ? body.length : headerLengthOf(headerLength, body.length);
  if (headerLength !== undefined && jsonBytes === 0) {
    return { id: undefined, parameters: NO_PARAMETERS, inputs: [rawTensor(entry, body)], outputs: [], isBinary: true };
  }
  const request = readJson(body.subarray(0, jsonBytes), { takeNonFinite });
  if (!isJsonObject(request)) throw new HttpRefusal(400, `the request got ${jsonKind(request)}, expected an object`);
  const id = memberOf(request, 'id');
  if (id !== undefined && typeof id !== 'string') throw wrong('id', id, 'a string');
  const parameters = parametersOf(request, 'the request');
  const inputs = inputsOf(request, body.subarray(jsonBytes), takeNonFinite);
  const outputs = listOf(request, 'outputs', false).map((output) => {
    const name = nameOf(output, 'outputs');
    return { name, parameters: parametersOf(output, `output ${quoted(name)}`) };
  });
  return {
    id,
    parameters,
    inputs,
    outputs,
    isBinary: flagOf(parameters, 'binary_data_output', 'the request') ?? false,
  };
}

function headerLengthOf(text: string, bodyLength: number): number {
  const length = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (length <= Math.min(bodyLength, LENGTH_MAX)) return length;
  throw new HttpRefusal(
    400,
    `the header ${HEADER_LENGTH} got ${quoted(text)}, expected an integer from 0 to the ${bodyLength} bytes of the body`,
  );
}

function inputsOf(request: JsonObject, binary: Buffer, takeNonFinite: boolean): GivenTensor[] {
  let rest = binary;
  const inputs = listOf(request, 'inputs', true).map((input): GivenTensor => {
    const name = nameOf(input, 'inputs');
    const where = `input ${quoted(name)}`;
    const datatype = memberOf(input, 'datatype');
    if (typeof datatype !== 'string') throw wrong(`${where}: datatype`, datatype, 'a string');
    const shape = shapeOf(input, where);
    const parameters = parametersOf(input, where);
    refuseNotOffered(parameters);
    const data = memberOf(input, 'data');
    const size = parameters.get('binary_data_size');
    if (size === undefined) {
      if (data === undefined) throw new HttpRefusal(400, `${where}: got neither data nor binary_data_size`);
      return { name, datatype, shape, data: packJson(data, takeNonFinite) };
    }
    if (data !== undefined) throw new HttpRefusal(400, `${where}: got both data and binary_data_size`);
    const bytes = Number(size);
    if (typeof size === 'string' || typeof size === 'boolean' || !Number.isSafeInteger(bytes) || bytes < 0) {
      throw wrong(`${where}: binary_data_size`, size, 'an integer from 0');
    }
    if (bytes > rest.length) {
      const left = `${where}: binary_data_size got ${bytes}, expected at most the ${rest.length} bytes that are left`;
      throw new HttpRefusal(400, left);
    }
    const part = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return { name, datatype, shape, data: part };
  });
  if (rest.length > 0)
    throw new HttpRefusal(400, `got ${rest.length} bytes behind the last binary input, expected none`);
  return inputs;
}

function listOf(request: JsonObject, name: string, isNeeded: boolean): readonly JsonObject[] {
  const list = memberOf(request, name);
  if (list === undefined && !isNeeded) return [];
  if (!Array.isArray(list) || (isNeeded && list.length === 0)) {
    throw wrong(name, list, isNeeded ? 'an array of at least one object' : 'an array');
  }
  return list.map((item: JsonValue) => {
    if (!isJsonObject(item)) throw wrong(`an item of ${name}`, item, 'an object');
    return item;
  });
}

function nameOf(item: JsonObject, list: string): string {
  const name = memberOf(item, 'name');
  if (typeof name !== 'string') throw wrong(`the name of an item of ${list}`, name, 'a string');
  return name;
}

function shapeOf(input: JsonObject, where: string): readonly (number | bigint)[] {
  const shape = memberOf(input, 'shape');
  if (!Array.isArray(shape)) throw wrong(`${where}: shape`, shape, 'an array of integers');
  return shape.map((extent: JsonValue) => {
    if (typeof extent !== 'number' && typeof extent !== 'bigint') throw wrong(`${where}: shape`, extent, 'integers');
    return extent;
  });
}

function parametersOf(holder: JsonObject, where: string): Parameters {
  const parameters = memberOf(holder, 'parameters');
  if (parameters === undefined) return NO_PARAMETERS;
  if (!isJsonObject(parameters)) throw wrong(`${where}: parameters`, parameters, 'an object');
  const entries = Object.entries(parameters).map(([name, value]): [string, ParameterValue] => {
    if (value === null || typeof value === 'object') {
      throw wrong(`${where}: parameter ${quoted(name)}`, value, 'a string, a number or a boolean');
    }
    return [name, value];
  });
  return new Map(entries);
}

function wrong(field: string, found: JsonValue | undefined, expected: string): HttpRefusal {
  const shown = typeof found === 'number' || typeof found === 'bigint' ? String(found) : jsonKind(found);
  return new HttpRefusal(400, `${field} got ${shown}, expected ${expected}`);
}
