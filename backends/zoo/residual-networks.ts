/**
 * Residual networks: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. Those for ImageNet have the
 * stride of a bottleneck in its 3x3 convolution, as torchvision's do; those for CIFAR-10 have shortcuts without weights
 * (the paper's option A).
 */
import type { Activation, Graph } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

type Block = (builder: GraphBuilder, x: Activation, width: number, stride: number) => Activation;

/** A block's last normalisation starts small, so that the sum does not grow with depth. */
const BRANCH_GAIN = 0.3;
const SHORTCUT_GAIN = 0.7;
const BOTTLENECK_EXPANSION = 4;

/** For images of 224 x 224. @param blocks of each of the four stages. */
export function imagenetResnet(builder: GraphBuilder, blocks: readonly number[], block: Block): Graph {
  let x = builder.convolutionRelu(builder.input, { filters: 64, kernel: 7, stride: 2 });
  x = builder.maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  for (const [stage, count] of blocks.entries()) {
    for (let index = 0; index < count; index += 1) {
      x = block(builder, x, 64 * 2 ** stage, stage > 0 && index === 0 ? 2 : 1);
    }
  }
  return builder.classifier(x, 1000);
}

/** For images of 32 x 32. @param count blocks of each of the three stages: (depth - 2) / 6. */
export function cifarResnet(builder: GraphBuilder, count: number): Graph {
  let x = builder.convolutionRelu(builder.input, { filters: 16, kernel: 3 });
  for (let stage = 0; stage < 3; stage += 1) {
    for (let index = 0; index < count; index += 1) {
      x = cifarBlock(builder, x, 16 * 2 ** stage, stage > 0 && index === 0 ? 2 : 1);
    }
  }
  return builder.classifier(x, 10);
}

/** Two 3x3 convolutions. */
export function basicBlock(builder: GraphBuilder, x: Activation, width: number, stride: number): Activation {
  const branch = twoConvolutions(builder, x, width, stride);
  return builder.relu(builder.add(branch, projected(builder, x, width, stride)));
}

/** 1x1, 3x3 and 1x1 convolutions, four times as wide after as within. */
export function bottleneckBlock(builder: GraphBuilder, x: Activation, width: number, stride: number): Activation {
  const outside = width * BOTTLENECK_EXPANSION;
  const narrow = builder.convolutionRelu(x, { filters: width, kernel: 1 });
  const middle = builder.convolutionRelu(narrow, { filters: width, kernel: 3, stride });
  const branch = builder.convolution(middle, { filters: outside, kernel: 1, gain: BRANCH_GAIN });
  return builder.relu(builder.add(branch, projected(builder, x, outside, stride)));
}

function cifarBlock(builder: GraphBuilder, x: Activation, width: number, stride: number): Activation {
  const branch = twoConvolutions(builder, x, width, stride);
  return builder.relu(builder.add(branch, stride === 1 ? x : builder.subsample(x, width)));
}

function twoConvolutions(builder: GraphBuilder, x: Activation, width: number, stride: number): Activation {
  const middle = builder.convolutionRelu(x, { filters: width, kernel: 3, stride });
  return builder.convolution(middle, { filters: width, kernel: 3, gain: BRANCH_GAIN });
}

/** The input itself where it has the shape of the output, else a 1x1 convolution of it. */
function projected(builder: GraphBuilder, x: Activation, filters: number, stride: number): Activation {
  if (stride === 1 && x.shape[0] === filters) return x;
  return builder.convolution(x, { filters, kernel: 1, stride, gain: SHORTCUT_GAIN });
}
