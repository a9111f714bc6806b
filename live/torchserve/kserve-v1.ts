/**
 * KServe's first protocol as TorchServe speaks it: `{"instances": [...]}` in, `{"predictions": [...]}` out. An instance
 * is an input's values, an object of values by input, or bytes in base64 as `data` or `b64`.
 */
import type { Payload } from '../../backends/index.ts';
import type { JsonValue } from '../http/index.ts';
import { isJsonObject, memberOf, readJson } from '../http/index.ts';
import { badRequest } from './torchserve-failure.ts';

/** @throws TorchServeFailure, HttpRefusal 400 */
export function instancesOf(body: Buffer): readonly Payload[] {
  const value = readJson(body);
  const instances = isJsonObject(value) ? memberOf(value, 'instances') : undefined;
  if (!Array.isArray(instances) || instances.length === 0) {
    throw badRequest('The request body must be a JSON object with a list of instances.');
  }
  return (instances as readonly JsonValue[]).map(payloadOf);
}

function payloadOf(instance: JsonValue): Payload {
  const text = isJsonObject(instance) ? (memberOf(instance, 'b64') ?? memberOf(instance, 'data')) : undefined;
  return typeof text === 'string' ? base64Payload(text) : jsonPayload(instance);
}

/** What is not base64 decodes to something else; the handler refuses it. */
export function base64Payload(text: string): Payload {
  return { name: '', contentType: 'application/octet-stream', bytes: Buffer.from(text, 'base64') };
}

export function jsonPayload(value: JsonValue | Readonly<Record<string, unknown>>): Payload {
  return { name: '', contentType: 'application/json', bytes: Buffer.from(JSON.stringify(value, withoutBigints)) };
}

/** An integer beyond 2^53 is refused further on; JSON cannot write it here. */
function withoutBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
