/** An inference request of the Open Inference Protocol as bytes: tensors behind the JSON, or in it. */
import type { TensorValue } from '../../../../backends/index.ts';
import { arrayOver } from '../../../../backends/index.ts';
import { datatypeOf } from './datatypes.ts';

export const HEADER_LENGTH = 'Inference-Header-Content-Length';

/** How tensors travel: as bytes (Triton's binary tensor data extension), or as JSON. */
export type TensorForm = 'binary' | 'json';

export interface EncodedRequest {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param id comes back with the answer. float16 has no JSON form. */
export function encodeRequest(id: string, tensors: readonly TensorValue[], form: TensorForm): EncodedRequest {
  if (form === 'json') {
    const inputs = tensors.map((tensor) => `{${described(tensor)},"data":[${jsonElements(tensor)}]}`);
    const body = Buffer.from(`{"id":${JSON.stringify(id)},"inputs":[${inputs.join(',')}]}`);
    return { body, headers: { 'Content-Type': 'application/json' } };
  }
  const inputs = tensors.map(
    (tensor) => `{${described(tensor)},"parameters":{"binary_data_size":${tensor.bytes.length}}}`,
  );
  const json = Buffer.from(
    `{"id":${JSON.stringify(id)},"parameters":{"binary_data_output":true},"inputs":[${inputs.join(',')}]}`,
  );
  return {
    body: Buffer.concat([json, ...tensors.map(({ bytes }) => bytes)]),
    headers: { 'Content-Type': 'application/octet-stream', [HEADER_LENGTH]: String(json.length) },
  };
}

function described({ name, type, shape }: TensorValue): string {
  return `"name":${JSON.stringify(name)},"datatype":"${datatypeOf(type)}","shape":[${shape.join(',')}]`;
}

function jsonElements({ type, bytes }: TensorValue): string {
  if (type === 'string')
    return textsOf(bytes)
      .map((text) => JSON.stringify(text))
      .join(',');
  if (type === 'bool') return Array.from(bytes, (value) => value !== 0).join(',');
  // A copy begins at a multiple of any element's size.
  return arrayOver(type, Uint8Array.from(bytes)).join(',');
}

/** Four bytes of length before each text. */
function textsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < buffer.length;) {
    const end = at + 4 + buffer.readUInt32LE(at);
    texts.push(buffer.toString('utf8', at + 4, end));
    at = end;
  }
  return texts;
}
