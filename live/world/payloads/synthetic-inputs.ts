/**
 * Made-up inputs of a variant's shapes, for models without bundled data: what a network computes takes the same time
 * whatever the numbers are. One row for each input of the variant, drawn from a stream of its own and repeated.
 */
import type { RandomStreams, Stream, TensorSpec, Variant } from '../../../core/index.ts';
import { ServingError } from '../../../core/index.ts';
import { elementBytes, elementCount } from '../../../backends/index.ts';
import type { InputSource } from './input-source.ts';

const BYTE_VALUES = 256;
/** Characters of a made-up text, all letters. */
const TEXT_LENGTH = 8;
/** Binary16 of numbers from 1/2 to 1: this exponent, any of the 1,024 fractions (IEEE 754). */
const HALF_EXPONENT = 0x3800;
const HALF_FRACTIONS = 1024;

/** An input made up: its shape without the batch, and the bytes of one row. */
interface MadeUp {
  readonly batches: boolean;
  readonly row: readonly number[];
  readonly once: Uint8Array;
  /** The row as often as the largest request so far has inputs. */
  repeated: Uint8Array;
}

/** @throws ServingError LIVE_INPUT_UNKNOWN when the variant does not state the shapes of its inputs. */
export function syntheticInputs(variant: Pick<Variant, 'name' | 'inputs'>, streams: RandomStreams): InputSource {
  const { name, inputs } = variant;
  if (inputs.length === 0) throw unknownShape(name, 'no inputs');
  const stream = streams.stream(`payload/${name}`);
  const madeUp = new Map(inputs.map((input) => [input.name, makeUp(input, name, stream)]));
  return {
    tensorOf(input, _position, count) {
      const made = madeUp.get(input.name);
      if (made === undefined) throw new Error(`variant ${name} does not state its input "${input.name}"`);
      const { batches, row, once } = made;
      const bytes = once.length * count;
      if (made.repeated.length < bytes) {
        made.repeated = new Uint8Array(bytes);
        for (let at = 0; at < bytes; at += once.length) made.repeated.set(once, at);
      }
      const shape = batches ? [count, ...row] : row;
      return { ...input, shape, bytes: made.repeated.subarray(0, bytes) };
    },
  };
}

function makeUp({ name, type, shape }: TensorSpec, variant: string, stream: Stream): MadeUp {
  const batches = shape[0] === null;
  const row = (batches ? shape.slice(1) : shape).map((extent) => {
    if (extent !== null && extent >= 0) return extent;
    throw unknownShape(variant, `input "${name}" with an extent that each request chooses`);
  });
  const once = valuesOf(type, elementCount(row), stream);
  return { batches, row, once, repeated: once };
}

/** Numbers from 0 to 1, bytes of any value, and of the other whole numbers 0 and 1: an index or a mask takes these. */
function valuesOf(type: TensorSpec['type'], count: number, stream: Stream): Uint8Array {
  const values = new Uint8Array(count * (type === 'string' ? 4 + TEXT_LENGTH : elementBytes(type)));
  const view = new DataView(values.buffer);
  const size = values.length / Math.max(1, count);
  for (let at = 0; at < values.length; at += size) {
    if (type === 'float32') view.setFloat32(at, stream.unit(), true);
    else if (type === 'float64') view.setFloat64(at, stream.unit(), true);
    else if (type === 'float16') view.setUint16(at, HALF_EXPONENT + stream.int(HALF_FRACTIONS), true);
    else if (type === 'uint8') view.setUint8(at, stream.int(BYTE_VALUES));
    else if (type === 'string') writeText(view, at, stream);
    // The other bytes of a larger whole number stay 0, little-endian.
    else view.setUint8(at, stream.int(2));
  }
  return values;
}

function writeText(view: DataView, at: number, stream: Stream): void {
  view.setUint32(at, TEXT_LENGTH, true);
  for (let letter = 0; letter < TEXT_LENGTH; letter += 1) view.setUint8(at + 4 + letter, 97 + stream.int(26));
}

function unknownShape(variant: string, found: string): ServingError {
  return new ServingError({
    code: 'LIVE_INPUT_UNKNOWN',
    message: `variant ${variant} does not state the shapes of its inputs, so no request can be made for it`,
    found,
    expected: 'every input with all its dimensions, the batch first',
    next: 'add `inputs` to the variant',
  });
}
