/**
 * Measures the ranges of activations, which the int8 form is scaled by: runs the float32 graph in an engine process of its
 * own on seeded noise of mean 0 and deviation 1, as normalised pixels have, with the least and the greatest value of
 * each activation as further outputs.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServingError, Stream } from '../../core/index.ts';
import type { Nanos } from '../../core/index.ts';
import { Engines } from '../onnx/index.ts';
import type { RunOutputs } from '../onnx/index.ts';
import { encodeGraph } from './encode-graph.ts';
import type { Activation, Graph, GraphNode } from './graph.ts';
import type { Range } from './quantised-constants.ts';
import { writeWhole } from './write-model-file.ts';

const IMAGES = 4;
/** Normalised pixels lie between -2.2 and 2.7. */
const NOISE_MAX = 2.64;
const TIMEOUT_NS: Nanos = 120e9;
/** A range is widened to the next of 16 steps to a power of two: the last bits of sums differ between processors. */
const STEPS = 16;
const REDUCTIONS = { low: 'ReduceMin', high: 'ReduceMax' } as const;

/**
 * The ranges of the named activations.
 * @throws ServingError ZOO_CALIBRATION, ZOO_UNWRITABLE (temporary files), BUILD_MISSING.
 */
export async function activationRanges(graph: Graph, names: readonly string[]): Promise<ReadonlyMap<string, Range>> {
  const folder = join(tmpdir(), `rehearse-zoo-${randomBytes(4).toString('hex')}`);
  const engines = new Engines();
  try {
    const path = join(folder, 'calibration.onnx');
    await writeWhole(path, await encodeGraph(withExtremes(graph, names)));
    const engine = engines.start();
    const loaded = await engine.load({ path, hardware: 'cpu', threads: 1, maxBatch: IMAGES }, TIMEOUT_NS);
    if (!loaded.ok) throw failed(loaded.failure.detail);
    const input = noise(graph.input.shape);
    const shape = [IMAGES, ...graph.input.shape];
    engine.room(input.byteLength).set(new Uint8Array(input.buffer));
    const inputs = [{ shape, at: 0, bytes: input.byteLength }];
    const ran = await engine.run([{ rows: IMAGES, inputs }], input.byteLength, TIMEOUT_NS);
    if (!ran.ok) throw failed(ran.failure.detail);
    return rangesOf(ran.report, names);
  } finally {
    await engines.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The graph with two numbers for each of the activations in place of its output. */
function withExtremes(graph: Graph, names: readonly string[]): Graph {
  const produced = new Map([graph.input, ...graph.nodes.map(({ output }) => output)].map((each) => [each.name, each]));
  const nodes = names.flatMap((name) => {
    const axes = produced.get(name)?.shape.map((_, axis) => axis + 1) ?? [];
    return (['low', 'high'] as const).map((end): GraphNode => {
      const output: Activation = { name: extreme(name, end), shape: [] };
      return { operator: REDUCTIONS[end], inputs: [name], output, attributes: { axes, keepdims: 0 } };
    });
  });
  return { ...graph, nodes: [...graph.nodes, ...nodes], outputs: nodes.map(({ output }) => output) };
}

function extreme(name: string, end: keyof Range): string {
  return `${name}.${end}`;
}

function noise(shape: readonly number[]): Float32Array<ArrayBuffer> {
  const stream = new Stream('zoo/calibration');
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, IMAGES));
  return values.map(() => Math.max(-NOISE_MAX, Math.min(NOISE_MAX, stream.normal())));
}

function rangesOf({ runs: [outputs] }: RunOutputs, names: readonly string[]): ReadonlyMap<string, Range> {
  const values = new Map(outputs.map(({ name, bytes }) => [name, new Float32Array(Uint8Array.from(bytes).buffer)]));
  const farthest = (name: string, end: keyof Range): number =>
    Math.max(0, ...(values.get(extreme(name, end)) ?? []).map((value) => (end === 'low' ? -value : value)));
  const ranges = names.map((name): readonly [string, Range] => {
    const [low, high] = [farthest(name, 'low'), farthest(name, 'high')];
    if (!Number.isFinite(low + high)) throw failed(`${name} is not finite`);
    return [name, { low: low === 0 ? 0 : -widened(low), high: widened(high) }];
  });
  return new Map(ranges);
}

/** The next multiple of 1/16 of the power of two below. */
function widened(value: number): number {
  if (value === 0) return 0;
  const step = 2 ** Math.floor(Math.log2(value)) / STEPS;
  return Math.ceil(value / step) * step;
}

function failed(detail: string): ServingError {
  return new ServingError({
    code: 'ZOO_CALIBRATION',
    message: 'the ranges that the int8 form needs cannot be measured',
    found: detail,
    next: 'build the fp32 form, or make room for one engine process',
  });
}
