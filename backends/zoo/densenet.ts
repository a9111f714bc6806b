/**
 * Densely connected networks: Huang et al., "Densely Connected Convolutional Networks", CVPR 2017, the form with
 * bottlenecks and compression (DenseNet-BC), laid out as torchvision's. A layer's first normalisation reads the joined
 * features of all layers before it, so that no convolution can take it in: it stays in the graph.
 */
import type { Activation, Graph } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

export interface DensenetOptions {
  /** Layers of each of the four blocks. */
  readonly layers: readonly number[];
  /** Channels that each layer adds. */
  readonly growth: number;
  /** Filters of the first convolution. */
  readonly filters: number;
}

const BOTTLENECK = 4;

/** For images of 224 x 224. */
export function densenet(builder: GraphBuilder, { layers, growth, filters }: DensenetOptions): Graph {
  let x = builder.convolutionRelu(builder.input, { filters, kernel: 7, stride: 2 });
  x = builder.maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  for (const [block, count] of layers.entries()) {
    for (let layer = 0; layer < count; layer += 1) x = builder.concatenate(x, denseLayer(builder, x, growth));
    if (block < layers.length - 1) x = transition(builder, x);
  }
  return builder.classifier(normalised(builder, x), 1000);
}

function denseLayer(builder: GraphBuilder, x: Activation, growth: number): Activation {
  const narrow = builder.convolutionRelu(normalised(builder, x), { filters: BOTTLENECK * growth, kernel: 1 });
  return builder.convolution(narrow, { filters: growth, kernel: 3, bias: false });
}

/** Half the channels at half the size. */
function transition(builder: GraphBuilder, x: Activation): Activation {
  const filters = Math.floor(x.shape[0] / 2);
  const narrow = builder.convolution(normalised(builder, x), { filters, kernel: 1, bias: false });
  return builder.averagePool(narrow, { kernel: 2, stride: 2, padding: 0 });
}

function normalised(builder: GraphBuilder, x: Activation): Activation {
  return builder.relu(builder.batchNormalisation(x));
}
