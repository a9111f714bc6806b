/**
 * The int8 form of a graph: pairs of QuantizeLinear and DequantizeLinear (QDQ) after what computes an activation, and a
 * DequantizeLinear after stored integers. ONNX Runtime turns an operator between such pairs into one on bytes; another
 * runtime may compute the same in float32.
 */
import { invariant } from '../../core/index.ts';
import type { Activation, Constant, Graph, GraphNode } from './graph.ts';
import type { QuantisedActivations } from './quantised-activations.ts';
import { activationConstants, quantisedBias, quantisedWeight } from './quantised-constants.ts';
import type { QuantisedConstant, Range } from './quantised-constants.ts';

/** Of the output channels, in every weight and bias of the zoo. */
const CHANNEL_AXIS = 0;

/** @param graph in float32. @param ranges of all activations in `activations.ranged`. */
export function quantisedGraph(
  graph: Graph,
  { rangeOf }: QuantisedActivations,
  ranges: ReadonlyMap<string, Range>,
): Graph {
  const constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const nodes: GraphNode[] = [];
  const keep = (...added: readonly Constant[]): void => {
    for (const constant of added) constants.set(constant.name, constant);
  };
  const take = (name: string): Constant => {
    const constant = constants.get(name);
    invariant(constant !== undefined, `${name} is no constant`);
    constants.delete(name);
    return constant;
  };
  const rangeOfActivation = (name: string): Range | undefined => ranges.get(rangeOf.get(name) ?? '');

  const throughBytes = (activation: Activation): void => {
    const range = rangeOfActivation(activation.name);
    if (range === undefined) return;
    const { scale, zero } = activationConstants(activation.name, range);
    keep(scale, zero);
    nodes.push(...bytesAndBack(activation, scale.name, zero.name));
  };
  const fromIntegers = (name: string, shape: readonly number[], quantised: QuantisedConstant): string => {
    const { integers, scale, zero } = quantised;
    keep(integers, scale, zero);
    const node = dequantise(
      [integers.name, scale.name, zero.name],
      { name: back(name), shape },
      { axis: CHANNEL_AXIS },
    );
    nodes.push(node);
    return node.output.name;
  };

  throughBytes(graph.input);
  for (const node of graph.nodes) {
    const [first, ...rest] = node.inputs;
    const range = rangeOfActivation(first);
    let others = rest.map((name) => (rangeOf.has(name) ? back(name) : name));
    if (range !== undefined && (node.operator === 'Conv' || node.operator === 'Gemm')) {
      const [weight, bias] = rest.map(take);
      others = [fromIntegers(weight.name, weight.dims, quantisedWeight(weight))];
      if (bias !== undefined) others.push(fromIntegers(bias.name, bias.dims, quantisedBias(bias, weight, range)));
    }
    nodes.push({ ...node, inputs: [range === undefined ? first : back(first), ...others] });
    throughBytes(node.output);
  }
  return { ...graph, nodes, constants: [...constants.values()] };
}

/** Name of what comes back from integers. */
function back(name: string): string {
  return `${name}.back`;
}

function bytesAndBack({ name, shape }: Activation, scale: string, zero: string): readonly GraphNode[] {
  const bytes = { name: `${name}.bytes`, shape };
  return [
    { operator: 'QuantizeLinear', inputs: [name, scale, zero], output: bytes, attributes: {} },
    dequantise([bytes.name, scale, zero], { name: back(name), shape }, {}),
  ];
}

function dequantise(inputs: readonly string[], output: Activation, attributes: GraphNode['attributes']): GraphNode {
  return { operator: 'DequantizeLinear', inputs, output, attributes };
}
