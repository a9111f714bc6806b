/** The networks of the zoo by name. A new one is a function that writes it down and one line here. */
import { densenet } from './densenet.ts';
import type { Graph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { mobilenetV1 } from './mobilenet.ts';
import { basicBlock, bottleneckBlock, cifarResnet, imagenetResnet } from './residual-networks.ts';

const IMAGENET = [3, 224, 224];
const CIFAR = [3, 32, 32];

interface Network {
  /** Of one input: channels, height, width. */
  readonly shape: readonly number[];
  readonly write: (builder: GraphBuilder) => Graph;
}

const imagenet = (write: Network['write']): Network => ({ shape: IMAGENET, write });
const cifar = (depth: number): Network => ({ shape: CIFAR, write: (b) => cifarResnet(b, (depth - 2) / 6) });

const NETWORKS: Readonly<Record<string, Network>> = {
  resnet18: imagenet((b) => imagenetResnet(b, [2, 2, 2, 2], basicBlock)),
  resnet34: imagenet((b) => imagenetResnet(b, [3, 4, 6, 3], basicBlock)),
  resnet50: imagenet((b) => imagenetResnet(b, [3, 4, 6, 3], bottleneckBlock)),
  resnet101: imagenet((b) => imagenetResnet(b, [3, 4, 23, 3], bottleneckBlock)),
  resnet152: imagenet((b) => imagenetResnet(b, [3, 8, 36, 3], bottleneckBlock)),
  'resnet20-cifar': cifar(20),
  'resnet56-cifar': cifar(56),
  'resnet110-cifar': cifar(110),
  densenet121: imagenet((b) => densenet(b, { layers: [6, 12, 24, 16], growth: 32, filters: 64 })),
  densenet161: imagenet((b) => densenet(b, { layers: [6, 12, 36, 24], growth: 48, filters: 96 })),
  'mobilenetv1-025': imagenet((b) => mobilenetV1(b, 0.25)),
  'mobilenetv1-050': imagenet((b) => mobilenetV1(b, 0.5)),
  'mobilenetv1-075': imagenet((b) => mobilenetV1(b, 0.75)),
  'mobilenetv1-100': imagenet((b) => mobilenetV1(b, 1)),
};

/**
 * Names of the networks, in the order of the lists. `-cifar` marks those for images of 32 x 32 and 10 classes, all others
 * take 224 x 224 and know 1,000; what follows `mobilenetv1-` is the width in percent.
 */
export const ZOO_NETWORKS: readonly string[] = Object.keys(NETWORKS);

/** The network with 32-bit weights. @param name one of `ZOO_NETWORKS`. @param seed of its weights. */
export function networkGraph(name: string, seed: number): Graph {
  const { shape, write } = NETWORKS[name];
  return write(new GraphBuilder({ name, seed: `zoo/${seed}/${name}`, shape }));
}
