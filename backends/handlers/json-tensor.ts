/**
 * JSON values as tensor elements and back. A client may write one input's values nested as the shape says, or flat, or
 * several inputs with one more level around them. Depth is bounded while a value is walked, so that no client can
 * overflow the stack.
 */
import type { TensorSpec } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementCount } from '../tensors/index.ts';
import { decodeElements, encodeElements } from './element-codec.ts';

/** More dimensions than any engine takes. */
const MAX_DEPTH = 32;

/** Rows of one input tensor that a client gave, one or more. */
export interface Rows {
  readonly rows: number;
  /** Of one row, every extent known. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Reads JSON as rows of a tensor. @param rowShape a row's extents, -1 for one that the client chooses.
 * @throws ServingError HANDLER_PAYLOAD naming the input, what was found and what was expected.
 */
export function rowsOfJson(value: unknown, spec: Pick<TensorSpec, 'name' | 'type'>, rowShape: readonly number[]): Rows {
  const shape = nestedShape(value);
  const elements: unknown[] = [];
  if (shape === undefined || !flatten(value, shape, elements)) {
    throw refusal(
      spec,
      'is not a regular nesting of lists',
      'lists of different lengths or depths',
      shapeText(rowShape),
    );
  }
  const rows = splitIntoRows(shape, rowShape);
  if (rows === undefined) {
    throw refusal(spec, 'has another shape', shapeText(shape), `${shapeText(rowShape)}, or a list of such`);
  }
  const encoded = encodeElements(spec.type, elements);
  if (!encoded.ok)
    throw refusal(spec, `has a wrong element at ${encoded.at}`, kindOf(elements[encoded.at]), encoded.expected);
  return { ...rows, bytes: encoded.bytes };
}

/** A tensor's elements as nested lists; a scalar as itself. */
export function nestedValues(tensor: TensorValue): unknown {
  let level: unknown[] = decodeElements(tensor);
  for (const extent of tensor.shape.slice(1).toReversed()) {
    const { length } = level;
    level =
      extent === 0
        ? []
        : Array.from({ length: length / extent }, (_, row) => level.slice(row * extent, (row + 1) * extent));
  }
  return tensor.shape.length === 0 ? level[0] : level;
}

/** Extents along the first elements; whether all agree is `flatten`'s to see. */
function nestedShape(value: unknown): number[] | undefined {
  const shape: number[] = [];
  let inner = value;
  while (Array.isArray(inner)) {
    if (shape.length === MAX_DEPTH) return undefined;
    shape.push(inner.length);
    inner = inner[0];
  }
  return shape;
}

function flatten(value: unknown, shape: readonly number[], into: unknown[], depth = 0): boolean {
  if (depth === shape.length) {
    into.push(value);
    return !Array.isArray(value);
  }
  if (!Array.isArray(value) || value.length !== shape[depth]) return false;
  return value.every((inner) => flatten(inner, shape, into, depth + 1));
}

function splitIntoRows(shape: readonly number[], row: readonly number[]): Omit<Rows, 'bytes'> | undefined {
  if (shape.includes(0)) return undefined;
  if (agrees(shape, row)) return { rows: 1, shape };
  if (shape.length > 0 && agrees(shape.slice(1), row)) return { rows: shape[0], shape: shape.slice(1) };
  // A flat list counts its elements; one extent may follow from them.
  if (shape.length !== 1) return undefined;
  const unknown = row.filter((extent) => extent < 0).length;
  const known = elementCount(row.filter((extent) => extent >= 0));
  if (known === 0 || shape[0] % known !== 0) return undefined;
  const rest = shape[0] / known;
  if (unknown === 0) return { rows: rest, shape: row };
  return unknown === 1 ? { rows: 1, shape: row.map((extent) => (extent < 0 ? rest : extent)) } : undefined;
}

function agrees(shape: readonly number[], row: readonly number[]): boolean {
  return shape.length === row.length && row.every((extent, index) => extent < 0 || extent === shape[index]);
}

function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single value' : `a list of shape [${shape.join(', ')}]`;
}

function kindOf(element: unknown): string {
  if (typeof element === 'number') return String(element);
  if (element === null) return 'null';
  return typeof element === 'object' ? 'an object' : `a ${typeof element}`;
}

function refusal({ name }: { readonly name: string }, message: string, found: string, expected: string): ServingError {
  return new ServingError({ code: 'HANDLER_PAYLOAD', message: `input ${name} ${message}`, found, expected });
}
