/**
 * Runs batches on a session, inside the engine process. Inputs are read where they lie, and outputs whose extents are
 * known are written where they go: no tensor is copied on the way in, and none but these on the way out.
 * Invariant: where the model batches, each output has one row per input; else the run fails.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { Tensor } from 'onnxruntime-node';
import type { TensorType } from '../../core/index.ts';
import { aligned, monotonicNs } from '../process/index.ts';
import type { Exchange } from '../process/index.ts';
import { elementBytes, elementCount, rowOffsets } from '../tensors/index.ts';
import type { ModelTensors, OutputPlace, RunInputs, RunReport, TensorPlace } from './engine-protocol.ts';
import { rowShapeOf } from './model-plan.ts';
import { arrayOver } from '../tensors/index.ts';
import { decodeStrings, encodeStrings } from './tensor-data.ts';

/** An output of a run; `place` is where it has been written already. */
interface Prepared {
  readonly name: string;
  readonly type: TensorType;
  readonly place: TensorPlace | undefined;
}

/** Where outputs go: the next free offset. */
interface Cursor {
  at: number;
}

export class SessionRunner {
  readonly session: InferenceSession;
  readonly tensors: ModelTensors;
  /** Shape of one row of each output, or undefined when only a run tells it. */
  private rowShapes: readonly (readonly number[] | undefined)[];

  constructor(session: InferenceSession, tensors: ModelTensors) {
    this.session = session;
    this.tensors = tensors;
    this.rowShapes = tensors.outputs.map(({ name, type }) =>
      type === 'string' ? undefined : rowShapeOf(session.outputMetadata, name, tensors.batches),
    );
  }

  /** Runs them one after another. @param exchange where their inputs lie, and their outputs go. */
  async run(runs: readonly RunInputs[], exchange: Exchange): Promise<RunReport & { readonly dataBytes: number }> {
    const cursor = { at: 0 };
    const outputs: OutputPlace[][] = [];
    const inferStartedNs = monotonicNs();
    for (const run of runs) outputs.push(await this.runOne(run, exchange, cursor));
    const inferEndedNs = monotonicNs();
    return { runs: outputs, inferStartedNs, inferEndedNs, dataBytes: cursor.at };
  }

  private async runOne(run: RunInputs, exchange: Exchange, cursor: Cursor): Promise<OutputPlace[]> {
    const { inputs, batches, fixedBatch } = this.tensors;
    const feeds: Record<string, Tensor> = {};
    for (const [index, { name, type }] of inputs.entries()) {
      feeds[name] = tensorAt(type, run.inputs[index], exchange.data);
    }
    const rows = batches ? (fixedBatch ?? run.rows) : undefined;
    const prepared = this.prepare(rows, cursor);
    const room = exchange.room(cursor.at);
    const fetches: Record<string, Tensor | null> = {};
    for (const { name, type, place } of prepared)
      fetches[name] = place === undefined ? null : tensorAt(type, place, room);
    const results = await this.call(feeds, fetches);
    if (results === undefined) return this.runOne(run, exchange, cursor);
    return prepared.map(({ name, type, place }) => {
      const kept = place ?? copied(results[name], type, exchange, cursor);
      return {
        name,
        type,
        ...(rows === undefined ? kept : answeredRows({ name, type, ...kept }, rows, run.rows, exchange)),
      };
    });
  }

  /** Sets room aside for the outputs whose extents are known. */
  private prepare(rows: number | undefined, cursor: Cursor): Prepared[] {
    return this.tensors.outputs.map(({ name, type }, index) => {
      const rowShape = this.rowShapes[index];
      if (rowShape === undefined) return { name, type, place: undefined };
      const shape = rows === undefined ? rowShape : [rows, ...rowShape];
      const place = { shape, at: cursor.at, bytes: elementCount(shape) * elementBytes(type) };
      cursor.at = aligned(cursor.at + place.bytes);
      return { name, type, place };
    });
  }

  /** Undefined when outputs turned out to have other extents than the model declares; they are not relied on again. */
  private async call(
    feeds: Record<string, Tensor>,
    fetches: Record<string, Tensor | null>,
  ): Promise<InferenceSession.OnnxValueMapType | undefined> {
    try {
      return await this.session.run(feeds, fetches);
    } catch (error) {
      const isExtent = error instanceof Error && error.message.startsWith('Got invalid dimensions for output');
      if (!isExtent || this.rowShapes.every((shape) => shape === undefined)) throw error;
      this.rowShapes = this.rowShapes.map(() => undefined);
      return undefined;
    }
  }
}

function tensorAt(type: TensorType, { shape, at, bytes }: TensorPlace, data: Uint8Array): Tensor {
  const own = data.subarray(at, at + bytes);
  if (type === 'string') return new Tensor('string', decodeStrings(own, elementCount(shape)), shape);
  // The types of the constructor pair each name with its array; `arrayOver` has done that.
  return new Tensor(type as 'float32', arrayOver(type, own) as Float32Array, shape);
}

/** An output without the rows that padding added. */
function answeredRows(output: OutputPlace, rows: number, count: number, exchange: Exchange): TensorPlace {
  const { name, type, shape, at, bytes } = output;
  if (shape[0] !== rows) {
    throw new Error(`output "${name}" has shape [${shape.join(',')}]; its first dimension must be the batch, ${rows}`);
  }
  if (count === rows) return output;
  const rest = shape.slice(1);
  const data = exchange.room(at + bytes).subarray(at, at + bytes);
  return { shape: [count, ...rest], at, bytes: rowOffsets({ type, bytes: data }, rows, elementCount(rest))[count] };
}

/** Puts an output behind the others. */
function copied(result: Tensor, type: TensorType, exchange: Exchange, cursor: Cursor): TensorPlace {
  const bytes = result.type === 'string' ? encodeStrings(result.data as string[]) : bytesOf(result);
  if (result.type !== type) throw new Error(`an output is ${result.type}; the model says ${type}`);
  const place = { shape: result.dims, at: cursor.at, bytes: bytes.length };
  cursor.at = aligned(cursor.at + bytes.length);
  exchange.room(cursor.at).set(bytes, place.at);
  return place;
}

function bytesOf({ data }: Tensor): Uint8Array {
  // All but strings are typed arrays.
  const view = data as Float32Array;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
