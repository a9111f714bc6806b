/**
 * MobileNet version 1: Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
 * Applications", 2017 (arXiv 1704.04861), table 1, at any of its widths.
 */
import type { Graph } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** Filters at full width and stride of each pair of a depthwise and a pointwise convolution. */
const PAIRS: readonly (readonly [filters: number, stride: number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

/** For images of 224 x 224. @param width share of the filters of each layer: 0.25, 0.5, 0.75 or 1. */
export function mobilenetV1(builder: GraphBuilder, width: number): Graph {
  let x = builder.convolutionRelu(builder.input, { filters: 32 * width, kernel: 3, stride: 2 });
  for (const [filters, stride] of PAIRS) {
    const [channels] = x.shape;
    x = builder.convolutionRelu(x, { filters: channels, kernel: 3, stride, groups: channels });
    x = builder.convolutionRelu(x, { filters: filters * width, kernel: 1 });
  }
  return builder.classifier(x, 1000);
}
