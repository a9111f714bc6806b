/**
 * The float16 form of a graph: weights and arithmetic in half precision. Input and output stay float32, converted inside:
 * clients and handlers then serve all precisions of a network alike, and an architecture's variants may not differ in
 * their tensors.
 */
import { halfBits } from '../handlers/index.ts';
import type { Activation, Constant, Graph, GraphNode } from './graph.ts';
import { ELEMENT_TYPES } from './onnx-schema.ts';

/** The graph in half precision. @param graph in float32. */
export function halfGraph(graph: Graph): Graph {
  const { input, outputs, nodes, constants } = graph;
  const halves = new Map([input, ...outputs].map(({ name, shape }) => [name, { name: `${name}.half`, shape }]));
  const half = (name: string): string => halves.get(name)?.name ?? name;
  const within = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(half),
    output: halves.get(node.output.name) ?? node.output,
  }));
  return {
    ...graph,
    nodes: [
      cast(input.name, { name: half(input.name), shape: input.shape }, 'float16'),
      ...within,
      ...outputs.map((output) => cast(half(output.name), output, 'float32')),
    ],
    constants: constants.map(halfConstant),
  };
}

function cast(from: string, output: Activation, type: 'float16' | 'float32'): GraphNode {
  return { operator: 'Cast', inputs: [from], output, attributes: { to: ELEMENT_TYPES[type] } };
}

function halfConstant(constant: Constant): Constant {
  if (constant.type !== 'float32') return constant;
  const halves = (): Uint16Array<ArrayBuffer> => {
    const values = constant.values();
    const bits = new Uint16Array(values.length);
    for (let index = 0; index < bits.length; index += 1) bits[index] = halfBits(Number(values[index]));
    return bits;
  };
  return { ...constant, type: 'float16', values: halves };
}
