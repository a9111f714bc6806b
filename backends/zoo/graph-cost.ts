/**
 * What a network has and does, counted on its graph: parameters and multiply-accumulates. Both of the float32 form; the
 * others have the same layers.
 */
import type { Constant, Graph } from './graph.ts';

export interface GraphCost {
  /**
   * Weights and biases of convolutions and linear layers, scales and shifts of the normalisations that are left. A
   * normalisation folded into a convolution leaves one bias a channel where publications count a scale and a shift.
   */
  readonly parameters: number;
  /** Of convolutions and linear layers, for one input. */
  readonly macs: number;
}

export function graphCost({ nodes, constants }: Graph): GraphCost {
  const sizes = new Map(constants.map((constant) => [constant.name, elements(constant)]));
  let parameters = 0;
  let macs = 0;
  for (const { operator, inputs, output } of nodes) {
    if (operator === 'Conv' || operator === 'Gemm' || operator === 'BatchNormalization') {
      for (const name of inputs.slice(1, 3)) parameters += sizes.get(name) ?? 0;
    }
    // Each weight of a convolution is used once for each pixel of the output.
    const [, height = 1, width = 1] = output.shape;
    if (operator === 'Conv' || operator === 'Gemm') macs += (sizes.get(inputs[1]) ?? 0) * height * width;
  }
  return { parameters, macs };
}

function elements({ dims }: Constant): number {
  return dims.reduce((product, extent) => product * extent, 1);
}
