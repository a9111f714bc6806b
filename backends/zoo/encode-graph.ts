/** From a graph to the bytes of an ONNX file. */
import { endianness } from 'node:os';
import { invariant } from '../../core/index.ts';
import type { TensorType } from '../../core/index.ts';
import type { Activation, Attribute, Constant, Graph, GraphNode } from './graph.ts';
import type { AttributeMessage, NodeMessage, TensorMessage, ValueInfoMessage } from './onnx-schema.ts';
import { ATTRIBUTE_TYPES, ELEMENT_TYPES, IR_VERSION, encodeModel } from './onnx-schema.ts';

/** The first with quantisation by channel, which the int8 forms need. */
const OPSET = 13;
const BATCH = 'N';

/** The same graph gives the same bytes. Inputs and outputs are float32, with a free batch. */
export function encodeGraph({ name, input, outputs, nodes, constants }: Graph): Promise<Uint8Array> {
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'rehearse zoo',
    docString: 'generated with seeded random weights: untrained, for timing only',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name,
      node: nodes.map(nodeMessage),
      initializer: constants.map(tensorMessage),
      input: [valueInfo(input, 'float32')],
      output: outputs.map((output) => valueInfo(output, 'float32')),
    },
  });
}

function nodeMessage({ operator, inputs, output, attributes }: GraphNode): NodeMessage {
  return {
    name: output.name,
    opType: operator,
    input: inputs,
    output: [output.name],
    attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
  };
}

function attributeMessage(name: string, value: Attribute): AttributeMessage {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE_TYPES.int };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE_TYPES.float };
  return { name, ints: value, type: ATTRIBUTE_TYPES.ints };
}

function tensorMessage({ name, type, dims, values }: Constant): TensorMessage {
  invariant(endianness() === 'LE', 'weights are written as they lie in memory, which must be little-endian');
  const { buffer, byteOffset, byteLength } = values();
  return { name, dims, dataType: ELEMENT_TYPES[type], rawData: new Uint8Array(buffer, byteOffset, byteLength) };
}

function valueInfo({ name, shape }: Activation, type: TensorType): ValueInfoMessage {
  const dim = [{ dimParam: BATCH }, ...shape.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type], shape: { dim } } } };
}
