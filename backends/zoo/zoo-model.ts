/**
 * Builds the zoo's models: networks of published shape with seeded random weights, for timings without a download. Time
 * does not depend on the weights; answers do, and these mean nothing, so every name ends in `-untrained`.
 * Invariant: the same network, precision and seed give the same bytes; those of int8 follow from a measurement, so there
 * it holds for one kind of processor.
 */
import { join, resolve } from 'node:path';
import { ServingError, assertNever } from '../../core/index.ts';
import type { TensorSpec } from '../../core/index.ts';
import { meantName, nearestNames } from '../catalogue/nearest-name.ts';
import { activationRanges } from './calibrate.ts';
import { encodeGraph } from './encode-graph.ts';
import type { Activation, Graph } from './graph.ts';
import { graphCost } from './graph-cost.ts';
import { halfGraph } from './half-graph.ts';
import { ZOO_NETWORKS, networkGraph } from './networks.ts';
import { quantisedGraph } from './quantise-graph.ts';
import { quantisedActivations } from './quantised-activations.ts';
import { writeModelFile, writtenModel } from './write-model-file.ts';

/** fp16 and int8 take and give float32 too, so that one client serves all forms of a network. */
export const ZOO_PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type ZooPrecision = (typeof ZOO_PRECISIONS)[number];

export interface ZooModelOptions {
  /** One of `ZOO_NETWORKS`. */
  readonly network: string;
  readonly precision: ZooPrecision;
  /** Of the weights: a whole number from 0. Default: 1. */
  readonly seed?: number;
  /** Where the file goes; made where it is missing. */
  readonly folder: string;
}

export interface ZooModel {
  /** Of the variant and, with `.onnx`, of the file: `resnet18-int8-untrained`. */
  readonly name: string;
  readonly network: string;
  readonly precision: ZooPrecision;
  /** Absolute path of the file. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Weights, biases, and scales and shifts of normalisations that are not folded into a convolution. */
  readonly parameters: number;
  /** Multiply-accumulates for one input. */
  readonly macs: number;
  readonly input: TensorSpec;
  readonly output: TensorSpec;
}

/** Goes up when the bytes of a model change, so that older files are not taken for the same. */
const ZOO_VERSION = 1;
const DEFAULT_SEED = 1;

/** What there is to know of a network before its file is built. */
export interface ZooNetwork extends Pick<ZooModel, 'network' | 'parameters' | 'macs' | 'input' | 'output'> {}

/** @throws ServingError ZOO_UNKNOWN_NETWORK. */
export function zooNetwork(network: string): ZooNetwork {
  throwFirst(zooProblems({ networks: [network] }));
  return factsOf(network, networkGraph(network, DEFAULT_SEED));
}

/**
 * Writes the model's file, whole or not at all, unless it is there already.
 * @throws ServingError ZOO_UNKNOWN_NETWORK, ZOO_UNKNOWN_PRECISION, ZOO_SEED, ZOO_UNWRITABLE, ZOO_CALIBRATION.
 */
export async function buildZooModel(options: ZooModelOptions): Promise<ZooModel> {
  const { network, precision, seed = DEFAULT_SEED, folder } = options;
  throwFirst(zooProblems({ networks: [network], precisions: [precision], seed }));
  const graph = networkGraph(network, seed);
  const name = `${network}-${precision}-untrained`;
  const path = join(resolve(folder), `${name}.onnx`);
  const recipe = `rehearse zoo ${ZOO_VERSION}: ${network} ${precision} seed ${seed}`;
  const file =
    (await writtenModel(path, recipe)) ??
    (await writeModelFile(path, await encodeGraph(await inPrecision(graph, precision)), recipe));
  return { name, precision, path, ...file, ...factsOf(network, graph) };
}

function factsOf(network: string, graph: Graph): ZooNetwork {
  const [output] = graph.outputs;
  return { network, ...graphCost(graph), input: spec(graph.input), output: spec(output) };
}

async function inPrecision(graph: Graph, precision: ZooPrecision): Promise<Graph> {
  switch (precision) {
    case 'fp32':
      return graph;
    case 'fp16':
      return halfGraph(graph);
    case 'int8': {
      const activations = quantisedActivations(graph);
      return quantisedGraph(graph, activations, await activationRanges(graph, activations.ranged));
    }
    default:
      return assertNever(precision);
  }
}

function spec({ name, shape }: Activation): TensorSpec {
  return { name, type: 'float32', shape: [null, ...shape] };
}

/** Several choices at once, as a command line makes them. */
export interface ZooChoice {
  readonly networks: readonly string[];
  readonly precisions?: readonly string[];
  readonly seed?: number;
}

/** What is wrong with a choice: each name that the zoo does not have, and the seed. */
export function zooProblems({ networks, precisions = [], seed = DEFAULT_SEED }: ZooChoice): readonly ServingError[] {
  const unknown = (code: string, kind: string, names: readonly string[], known: readonly string[]): ServingError[] =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => {
        const message = `the zoo has no ${kind} ${JSON.stringify(name)}`;
        const expected = `one of ${nearestNames(name, known, ' (see: rehearse zoo list)')}`;
        return new ServingError({ code, message, ...meantName(name, known), expected });
      });
  const isSeed = Number.isSafeInteger(seed) && seed >= 0;
  const [message, found, expected] = ['the seed of the weights is no seed', String(seed), 'a whole number from 0'];
  return [
    ...unknown('ZOO_UNKNOWN_NETWORK', 'network', networks, ZOO_NETWORKS),
    ...unknown('ZOO_UNKNOWN_PRECISION', 'precision', precisions, ZOO_PRECISIONS),
    ...(isSeed ? [] : [new ServingError({ code: 'ZOO_SEED', message, found, expected })]),
  ];
}

function throwFirst([problem]: readonly ServingError[]): void {
  if (problem !== undefined) throw problem;
}
