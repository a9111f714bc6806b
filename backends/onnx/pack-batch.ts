/**
 * Lays a batch's requests out in runs and writes their tensors. Requests whose shapes agree run together; the others run
 * one after another, and so do all requests of a model that does not batch. What the payload store throws becomes a
 * text: it fails a batch, not the backend.
 */
import type { Bytes, Slot, TensorSpec } from '../../core/index.ts';
import { aligned } from '../process/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementBytes, elementCount } from '../tensors/index.ts';
import type { Batch, PackedBatch, PackedRun } from './batch.ts';
import type { ModelTensors, TensorPlace } from './engine-protocol.ts';
import type { Payloads } from './payloads.ts';

/** Requests that will run together, before their tensors have places. */
interface Group {
  readonly slots: Slot[];
  readonly weights: number[];
  /** For each of the model's inputs its shape, without the batch dimension. */
  readonly shapes: readonly (readonly number[])[];
  /** For each of the model's inputs the bytes of all requests together. */
  readonly bytes: Bytes[];
}

interface Packing {
  readonly payloads: Payloads;
  readonly model: ModelTensors;
  /** Gives room for that many bytes. @throws Error when there is not so much. */
  readonly room: (bytes: Bytes) => Uint8Array;
}

/** What an empty text is in bytes: its length. */
const EMPTY_TEXT_BYTES = 4;

/** Packs a batch. @returns what went wrong as a text, if anything did. */
export function packBatch(batch: Batch, packing: Packing): PackedBatch | string {
  const { payloads, model, room } = packing;
  try {
    const groups = isRegular(model) ? [regularGroup(batch, packing)] : groupsByShape(batch, packing);
    const packed = placed(groups, model);
    const target = room(packed.bytes);
    for (const run of packed.runs) {
      for (const [index, input] of model.inputs.entries()) write(input, run, { index, target, payloads, model });
    }
    return packed;
  } catch (error) {
    return `an input could not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Whether sizes are known without asking: a batch of numbers in shapes that no request chooses. */
function isRegular({ inputs, batches }: ModelTensors): boolean {
  return batches && inputs.every(({ type, shape }) => type !== 'string' && !shape.includes(-1));
}

function regularGroup({ slots, count }: Batch, { model, payloads }: Packing): Group {
  const own = Array.from(slots.subarray(0, count));
  const weights = own.map((slot) => payloads.inputsOf(slot));
  const rows = weights.reduce((sum, weight) => sum + weight, 0);
  // Only the first extent of a regular input is no number.
  const shapes = model.inputs.map(({ shape }) => shape.slice(1) as number[]);
  const bytes = model.inputs.map(({ type }, index) => rows * elementCount(shapes[index]) * elementBytes(type));
  return { slots: own, weights, shapes, bytes };
}

function groupsByShape({ slots, count }: Batch, { model, payloads }: Packing): Group[] {
  const groups = new Map<string, Group>();
  for (let index = 0; index < count; index += 1) {
    const slot = slots[index];
    const sizes = model.inputs.map((input) => {
      const { shape, bytes } = payloads.tensorOf(slot, input);
      requireShape(input, shape);
      return { shape: model.batches ? shape.slice(1) : [...shape], bytes: bytes.length };
    });
    const shapes = sizes.map(({ shape }) => shape);
    const key = model.batches ? JSON.stringify(shapes) : String(index);
    let group = groups.get(key);
    if (group === undefined) {
      group = { slots: [], weights: [], shapes, bytes: sizes.map(() => 0) };
      groups.set(key, group);
    }
    group.slots.push(slot);
    group.weights.push(payloads.inputsOf(slot));
    for (const [at, { bytes }] of sizes.entries()) group.bytes[at] += bytes;
  }
  return [...groups.values()];
}

function placed(groups: readonly Group[], { inputs, batches, fixedBatch }: ModelTensors): PackedBatch {
  let at = 0;
  const runs = groups.map(({ slots, weights, shapes, bytes }): PackedRun => {
    const rows = weights.reduce((sum, weight) => sum + weight, 0);
    const places = inputs.map(({ type }, index): TensorPlace => {
      const padding = ((fixedBatch ?? rows) - rows) * elementCount(shapes[index]);
      const size = bytes[index] + padding * (type === 'string' ? EMPTY_TEXT_BYTES : elementBytes(type));
      const place = { shape: batches ? [fixedBatch ?? rows, ...shapes[index]] : shapes[index], at, bytes: size };
      at = aligned(at + size);
      return place;
    });
    return { slots, weights, rows, inputs: places };
  });
  return { runs, bytes: at };
}

/** Writes one input of all requests of a run, one after another, and zeros where the batch is padded. */
function write(
  input: TensorSpec,
  { slots, weights, inputs }: PackedRun,
  { index, target, payloads, model }: Pick<Packing, 'payloads' | 'model'> & { index: number; target: Uint8Array },
): void {
  const place = inputs[index];
  const end = place.at + place.bytes;
  let at = place.at;
  for (const [position, slot] of slots.entries()) {
    const tensor = payloads.tensorOf(slot, input);
    const shape = model.batches ? [weights[position], ...place.shape.slice(1)] : place.shape;
    requireTensor(tensor, { ...input, shape });
    if (at + tensor.bytes.length > end) throw new Error(`input "${input.name}" has become larger meanwhile`);
    target.set(tensor.bytes, at);
    at += tensor.bytes.length;
  }
  target.fill(0, at, end);
}

function requireShape({ name, shape: spec }: TensorSpec, shape: readonly number[]): void {
  const agrees = spec.every((extent, index) => extent === null || extent === -1 || extent === shape[index]);
  if (agrees && spec.length === shape.length) return;
  const expected = spec.map((extent) => (extent === null ? 'N' : extent === -1 ? '?' : extent)).join(',');
  throw new Error(`input "${name}" has shape [${shape.join(',')}]; the model takes [${expected}]`);
}

function requireTensor({ type, shape, bytes }: TensorValue, expected: TensorSpec & { shape: readonly number[] }): void {
  const agrees = type === expected.type && shape.length === expected.shape.length;
  if (!agrees || shape.some((extent, index) => extent !== expected.shape[index])) {
    const [found, wanted] = [{ type, shape }, expected].map((tensor) => `${tensor.type} [${tensor.shape.join(',')}]`);
    throw new Error(`input "${expected.name}" is ${found}; the model takes ${wanted}`);
  }
  const needed = elementCount(shape) * elementBytes(type);
  if (type === 'string' || bytes.length === needed) return;
  throw new Error(`input "${expected.name}" has ${bytes.length} bytes; its shape needs ${needed}`);
}
