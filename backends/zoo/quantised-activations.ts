/**
 * Which activations of a graph the int8 form quantises: what goes into and comes out of every operator that ONNX Runtime
 * computes on bytes. What a ReLU alone reads is left out, since the two become one operator; normalisations compute in
 * float32; and the output stays float32 for the client.
 */
import type { Graph } from './graph.ts';

const ON_BYTES = new Set(['Conv', 'Gemm', 'Add', 'Concat', 'AveragePool', 'GlobalAveragePool']);
/** These hand values on as they are, so that both sides must have one scale. */
const HANDING_ON = new Set(['MaxPool', 'Slice', 'Pad', 'Flatten']);

export interface QuantisedActivations {
  /** Names of the activations whose range must be known, in the order in which they are computed. */
  readonly ranged: readonly string[];
  /** For each quantised activation the one whose range it has: itself, or what it was handed on from. */
  readonly rangeOf: ReadonlyMap<string, string>;
}

export function quantisedActivations({ input, outputs, nodes }: Graph): QuantisedActivations {
  const readers = readersByName(nodes);
  const produced = new Map([input, ...nodes.map(({ output }) => output)].map((output) => [output.name, output]));
  const chosen = new Set<string>();
  for (const { operator, inputs, output } of nodes) {
    if (!ON_BYTES.has(operator) && !HANDING_ON.has(operator)) continue;
    for (const name of inputs) if (produced.has(name)) chosen.add(name);
    const [reader, ...others] = readers.get(output.name) ?? [];
    chosen.add(reader?.operator === 'Relu' && others.length === 0 ? reader.output.name : output.name);
  }
  for (const { name } of outputs) chosen.delete(name);
  const rangeOf = new Map<string, string>();
  for (const name of produced.keys()) if (chosen.has(name)) rangeOf.set(name, name);
  for (const { operator, inputs, output } of nodes) {
    if (HANDING_ON.has(operator)) rangeOf.set(output.name, rangeOf.get(inputs[0]) ?? inputs[0]);
  }
  return { ranged: [...new Set(rangeOf.values())], rangeOf };
}

function readersByName(nodes: Graph['nodes']): ReadonlyMap<string, readonly Graph['nodes'][number][]> {
  const readers = new Map<string, Graph['nodes'][number][]>();
  for (const node of nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  return readers;
}
