/** A tensor's elements as the JSON text of an answer, exact for every type that has a JSON form. */
import { isUtf8 } from 'node:buffer';
import type { TensorValue } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import { quoted } from './client-text.ts';
import { float32Text, float64Text } from './float-text.ts';
import { unpackStrings } from './string-bytes.ts';
import { tensorElements } from './tensor-elements.ts';

/** What becomes of NaN and the infinities, which JSON does not have. */
export type NonFinite = 'refuse' | 'null' | 'bare';

/** @throws HttpRefusal 400 that names binary_data when JSON cannot hold the elements. */
export function tensorJson(tensor: TensorValue, nonFinite: NonFinite): string {
  return `[${elementTexts(tensor, nonFinite).join(',')}]`;
}

function elementTexts(tensor: TensorValue, nonFinite: NonFinite): readonly string[] {
  const { type } = tensor;
  switch (type) {
    case 'bool':
      return Array.from(tensor.bytes, (byte) => (byte === 0 ? 'false' : 'true'));
    case 'string':
      return stringTexts(tensor);
    case 'float16':
      throw noForm(tensor, 'FP16 has no JSON form');
    case 'float32':
      return floatTexts(tensor, nonFinite, float32Text);
    case 'float64':
      return floatTexts(tensor, nonFinite, float64Text);
    default:
      return Array.from(tensorElements(tensor), String);
  }
}

function floatTexts(tensor: TensorValue, nonFinite: NonFinite, text: (value: number) => string): string[] {
  return Array.from(tensorElements(tensor), (element, index) => {
    const value = Number(element);
    if (Number.isFinite(value)) return text(value);
    if (nonFinite === 'refuse') throw noForm(tensor, `element ${index} is ${value}, which JSON does not have`);
    return nonFinite === 'null' ? 'null' : String(value);
  });
}

function stringTexts(tensor: TensorValue): string[] {
  return Array.from(unpackStrings(tensor.bytes), (bytes, index) => {
    if (!isUtf8(bytes)) throw noForm(tensor, `element ${index} is not UTF-8, which JSON strings are`);
    return JSON.stringify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  });
}

function noForm({ name }: TensorValue, why: string): HttpRefusal {
  return new HttpRefusal(
    400,
    `output ${quoted(name)}: ${why}; ask for it as binary data ("parameters": {"binary_data": true})`,
  );
}
