/**
 * What is published of ImageNet networks besides ResNet50: size, accuracy and how long they take on hardware where
 * ResNet50 was timed too. Figures only; what is made of them is in `scaling`. Invariant: every figure has a source.
 *
 * Where nothing else is said the figures are those of the results tables of timm (huggingface/pytorch-image-models,
 * Apache-2.0): weights, multiply-accumulates and single-crop top-1 at the input size given; step time on a Core
 * i9-10940X at batch 1; images per second on an RTX 3090, half precision, at batch 1024 or the largest that fits.
 */

/** How long a network takes on a GPU, over what ResNet50 takes on the same one. */
export interface GpuComparison {
  /** Ratio of step times by batch, ascending; a batch beyond the last has the last one's. */
  readonly ratios: readonly (readonly [batch: number, ratio: number])[];
  /** What was compared, as it stands in a profile's source. */
  readonly source: string;
}

export interface Network {
  /** The architecture's name in the catalogue. */
  readonly name: string;
  /** Side of the input image, pixels. */
  readonly size: number;
  /** Millions. */
  readonly weightsM: number;
  /** Thousand million multiply-accumulates of one image. */
  readonly gmacs: number;
  /** Percent. */
  readonly top1: number;
  /** Step time at batch 1 on the Core i9-10940X, milliseconds; absent where none is published. */
  readonly cpuMs?: number;
  readonly gpu: GpuComparison;
}

export interface Family {
  readonly name: string;
  readonly networks: readonly Network[];
}

/** ResNet50 at 224 in the same tables. */
export const RESNET50 = { weightsM: 25.56, gmacs: 4.11, cpuMs: 14.865 } as const;

const RESNET50_PER_S = { rtx3090: 3219.06, rtx4090: 4217.6 } as const;

/** The batches of the GPU variants. */
const V100_BATCHES = [1, 4, 8, 16, 32] as const;

/**
 * NVIDIA DeepLearningExamples (Apache-2.0, BSD-3), inference performance on V100 in single precision: step times in
 * milliseconds, 1000 x batch / published images per second, at `V100_BATCHES`. Each network with ResNet50 v1.5 in the
 * same framework.
 */
const V100_MS = {
  /** TensorFlow/Classification/ConvNets, V100 16 GB. */
  tensorflow: { resnet50: [5.7687, 7.113, 10.214, 15.9506, 28.0672] },
  resnext101: [10.1688, 18.6759, 30.774, 45.6217, 78.4698],
  seResnext101: [13.2066, 20.9325, 33.9862, 50.755, 85.0951],
  /** PyTorch/Classification/ConvNets, V100 32 GB. */
  pytorch: { resnet50: [10.4167, 10.3627, 11.2835, 15.6403, 28.394] },
  efficientnetB0: [12.0482, 12.0482, 12.1766, 12.4127, 14.9533],
} as const;

export const FAMILIES: readonly Family[] = [
  {
    name: 'alexnet',
    networks: [
      // Weights, multiply-accumulates and accuracy as torchvision's documentation states them (alexnet, IMAGENET1K_V1).
      // Forward passes of 16 images on a GTX 1080: 7.36 ms, ResNet50 50.67 ms (jcjohnson/cnn-benchmarks).
      { name: 'alexnet', size: 224, weightsM: 61.1, gmacs: 0.71, top1: 56.522, gpu: gtx1080(7.36, 50.67) },
    ],
  },
  {
    name: 'densenet',
    networks: [
      network('densenet121', 224, { weightsM: 7.98, gmacs: 2.87, top1: 74.75, cpuMs: 24.095 }, rtx3090(2764.41)),
      network('densenet161', 224, { weightsM: 28.68, gmacs: 7.79, top1: 77.384, cpuMs: 41.894 }, rtx3090(1249.24)),
      network('densenet169', 224, { weightsM: 14.15, gmacs: 3.4, top1: 75.922, cpuMs: 30.075 }, rtx3090(2245.68)),
      network('densenet201', 224, { weightsM: 20.01, gmacs: 4.34, top1: 77.284, cpuMs: 39.186 }, rtx3090(1750.03)),
    ],
  },
  {
    name: 'inception',
    networks: [
      network('inception-v3', 299, { weightsM: 23.83, gmacs: 5.73, top1: 78.806, cpuMs: 22.986 }, rtx3090(2349.22)),
      network('inception-v4', 299, { weightsM: 42.68, gmacs: 12.28, top1: 80.144, cpuMs: 39.242 }, rtx3090(1197.2)),
      network(
        'inception-resnet-v2',
        299,
        { weightsM: 55.84, gmacs: 13.18, top1: 80.434, cpuMs: 47.499 },
        rtx3090(965.48),
      ),
    ],
  },
  {
    name: 'mobilenet',
    networks: [
      network('mobilenet-v1', 256, { weightsM: 4.23, gmacs: 0.76, top1: 76.088, cpuMs: 5.146 }, rtx3090(8925.01)),
      network('mobilenet-v2', 224, { weightsM: 3.5, gmacs: 0.31, top1: 72.91, cpuMs: 5.299 }, rtx3090(8629.73)),
      network(
        'mobilenet-v3-small',
        224,
        { weightsM: 2.54, gmacs: 0.06, top1: 67.636, cpuMs: 3.991 },
        rtx3090(31410.96),
      ),
    ],
  },
  {
    name: 'nasnet',
    networks: [
      network('nasnet-large', 331, { weightsM: 88.75, gmacs: 23.89, top1: 82.638, cpuMs: 120.143 }, rtx3090(307.5)),
    ],
  },
  {
    name: 'resnet',
    networks: [
      network('resnet18', 224, { weightsM: 11.69, gmacs: 1.82, top1: 73.286, cpuMs: 7.907 }, rtx3090(9260.29)),
      network('resnet34', 224, { weightsM: 21.8, gmacs: 3.67, top1: 74.574, cpuMs: 12.391 }, rtx3090(5454.89)),
      network('resnet101', 224, { weightsM: 44.55, gmacs: 7.83, top1: 81.906, cpuMs: 26.325 }, rtx3090(1956.19)),
      network('resnet152', 224, { weightsM: 60.19, gmacs: 11.56, top1: 82.294, cpuMs: 35.749 }, rtx3090(1373.51)),
    ],
  },
  {
    name: 'resnext',
    networks: [
      network('resnext50', 224, { weightsM: 25.03, gmacs: 4.26, top1: 82.162, cpuMs: 12.987 }, rtx3090(2577.31)),
      network(
        'resnext101',
        224,
        { weightsM: 44.18, gmacs: 8.01, top1: 83.268, cpuMs: 23.4 },
        v100(V100_MS.resnext101, V100_MS.tensorflow.resnet50),
      ),
      network(
        'se-resnext101',
        224,
        { weightsM: 48.96, gmacs: 8.02, top1: 80.886, cpuMs: 28.956 },
        v100(V100_MS.seResnext101, V100_MS.tensorflow.resnet50),
      ),
    ],
  },
  {
    name: 'vgg',
    networks: [
      network('vgg11', 224, { weightsM: 132.86, gmacs: 7.61, top1: 69.05, cpuMs: 107.646 }, rtx3090(2887.76)),
      network('vgg13', 224, { weightsM: 133.05, gmacs: 11.31, top1: 69.95, cpuMs: 113.264 }, rtx3090(1872.83)),
      // The table's figure for an RTX 3090 (1021.7) is out of line: slower than VGG19.
      network('vgg16', 224, { weightsM: 138.36, gmacs: 15.47, top1: 71.594, cpuMs: 117.85 }, rtx4090(2165.35)),
      network('vgg19', 224, { weightsM: 143.67, gmacs: 19.63, top1: 72.4, cpuMs: 121.627 }, rtx3090(1266.93)),
    ],
  },
  {
    name: 'efficientnet',
    networks: [
      network(
        'efficientnet-b0',
        224,
        { weightsM: 5.29, gmacs: 0.4, top1: 77.698, cpuMs: 9.945 },
        v100(V100_MS.efficientnetB0, V100_MS.pytorch.resnet50),
      ),
      network('efficientnet-b4', 384, { weightsM: 19.34, gmacs: 4.51, top1: 83.468, cpuMs: 31.668 }, rtx3090(937.43)),
    ],
  },
];

function network(
  name: string,
  size: number,
  figures: Required<Pick<Network, 'weightsM' | 'gmacs' | 'top1' | 'cpuMs'>>,
  gpu: GpuComparison,
): Network {
  return { name, size, ...figures, gpu };
}

/** @param perS images per second. */
function rtx3090(perS: number): GpuComparison {
  return { ratios: [[1, RESNET50_PER_S.rtx3090 / perS]], source: 'images per second on an RTX 3090 (timm)' };
}

/** @param perS images per second. */
function rtx4090(perS: number): GpuComparison {
  return { ratios: [[1, RESNET50_PER_S.rtx4090 / perS]], source: 'images per second on an RTX 4090 (timm)' };
}

function gtx1080(stepMs: number, resnet50Ms: number): GpuComparison {
  return { ratios: [[1, stepMs / resnet50Ms]], source: 'forward passes on a GTX 1080 (cnn-benchmarks)' };
}

/** @param stepMs at `V100_BATCHES`. @param resnet50Ms likewise. */
function v100(stepMs: readonly number[], resnet50Ms: readonly number[]): GpuComparison {
  return {
    ratios: V100_BATCHES.map((batch, index) => [batch, stepMs[index] / resnet50Ms[index]]),
    source: 'step times on a V100 by batch (NVIDIA DeepLearningExamples)',
  };
}
