/**
 * Writes a network down layer by layer. It names operators and weights, keeps track of shapes, which must fit, and draws
 * each weight from a stream of its own when it is asked for, so that the order in which they are asked for is free.
 *
 * Weights are uniform, of the variance that He et al. ("Delving Deep into Rectifiers", ICCV 2015) derive for networks of
 * ReLUs, which keeps activations finite at any depth. A batch normalisation right after a convolution is in the
 * convolution's weights and bias already, as exporters leave it.
 */
import { Stream, invariant } from '../../core/index.ts';
import type { Activation, Attribute, Constant, Graph, GraphNode } from './graph.ts';

export interface ConvolutionOptions {
  readonly filters: number;
  /** Side of the kernel; odd, padded so that a stride of 1 keeps the image's size. */
  readonly kernel: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Default: 1. As many as there are channels makes it depthwise. */
  readonly groups?: number;
  /** What a batch normalisation folded into it would scale by. Default: 1. */
  readonly gain?: number;
  /** Whether a batch normalisation was folded into it, which leaves a bias. Default: true. */
  readonly bias?: boolean;
}

export interface PoolOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

const UNIT_OF_BITS = 1 / 2_147_483_648;
const EPSILON = 1e-5;
/** To the end, as Slice writes it. */
const END = 2 ** 31 - 1;

export class GraphBuilder {
  readonly input: Activation;
  private readonly name: string;
  private readonly seed: string;
  private readonly nodes: GraphNode[] = [];
  private readonly constants: Constant[] = [];

  /** @param seed of the weights. @param shape of one input: channels, height, width. */
  constructor({
    name,
    seed,
    shape,
  }: {
    readonly name: string;
    readonly seed: string;
    readonly shape: readonly number[];
  }) {
    this.name = name;
    this.seed = seed;
    this.input = { name: 'input', shape };
  }

  convolution(x: Activation, options: ConvolutionOptions): Activation {
    const { filters, kernel, stride = 1, groups = 1, gain = 1, bias = true } = options;
    const [channels, height, width] = x.shape;
    invariant(channels % groups === 0 && filters % groups === 0, `${channels} channels in ${groups} groups`);
    const padding = (kernel - 1) / 2;
    const fanIn = (channels / groups) * kernel * kernel;
    const label = `conv${this.nodes.length}`;
    const weight = this.weights(`${label}.weight`, [filters, channels / groups, kernel, kernel], {
      deviation: gain * Math.sqrt(2 / fanIn),
    });
    const inputs = bias
      ? [x.name, weight, this.weights(`${label}.bias`, [filters], { deviation: 0.05 })]
      : [x.name, weight];
    const shape = [filters, extentAfter(height, kernel, stride, padding), extentAfter(width, kernel, stride, padding)];
    const attributes = { ...window({ kernel, stride, padding }), group: groups };
    return this.node('Conv', inputs, { name: label, shape }, attributes);
  }

  /** A convolution and its ReLU. */
  convolutionRelu(x: Activation, options: ConvolutionOptions): Activation {
    return this.relu(this.convolution(x, options));
  }

  relu(x: Activation): Activation {
    return this.node('Relu', [x.name], this.after('relu', x.shape));
  }

  /** A batch normalisation that no convolution comes right before, so that nothing can take it in. */
  batchNormalisation(x: Activation): Activation {
    const [channels] = x.shape;
    const label = `norm${this.nodes.length}`;
    const parameters = [
      this.weights(`${label}.scale`, [channels], { mean: 1, deviation: 0.1 }),
      this.weights(`${label}.shift`, [channels], { deviation: 0.05 }),
      this.weights(`${label}.mean`, [channels], { deviation: 0.05 }),
      this.weights(`${label}.variance`, [channels], { mean: 1, deviation: 0.1 }),
    ];
    const output = { name: label, shape: x.shape };
    return this.node('BatchNormalization', [x.name, ...parameters], output, { epsilon: { float: EPSILON } });
  }

  add(a: Activation, b: Activation): Activation {
    requireSame(a.shape, b.shape);
    return this.node('Add', [a.name, b.name], this.after('add', a.shape));
  }

  /** Channels of one after those of the other. */
  concatenate(a: Activation, b: Activation): Activation {
    const [channels, ...size] = a.shape;
    const [more, ...otherSize] = b.shape;
    requireSame(size, otherSize);
    return this.node('Concat', [a.name, b.name], this.after('concat', [channels + more, ...size]), { axis: 1 });
  }

  maxPool(x: Activation, options: PoolOptions): Activation {
    return this.pool('MaxPool', x, options);
  }

  averagePool(x: Activation, options: PoolOptions): Activation {
    return this.pool('AveragePool', x, options);
  }

  /** Every second pixel, and zeros for channels that are missing, half before and half after: a shortcut without weights. */
  subsample(x: Activation, channels: number): Activation {
    const [own, height, width] = x.shape;
    const added = (channels - own) / 2;
    const label = `slice${this.nodes.length}`;
    const list = (part: string, values: readonly number[]): string => this.integers(`${label}.${part}`, values);
    const half = { name: label, shape: [own, Math.ceil(height / 2), Math.ceil(width / 2)] };
    const inputs = [
      x.name,
      list('starts', [0, 0]),
      list('ends', [END, END]),
      list('axes', [2, 3]),
      list('steps', [2, 2]),
    ];
    this.node('Slice', inputs, half);
    const pads = this.integers(`pad${this.nodes.length}.pads`, [0, added, 0, 0, 0, added, 0, 0]);
    return this.node('Pad', [half.name, pads], this.after('pad', [channels, ...half.shape.slice(1)]));
  }

  /** The mean over each channel, and a linear layer; finishes the graph with its output `logits`. */
  classifier(x: Activation, classes: number): Graph {
    const [channels] = x.shape;
    const mean = this.node('GlobalAveragePool', [x.name], this.after('mean', [channels, 1, 1]));
    const vector = this.node('Flatten', [mean.name], this.after('flatten', [channels]), { axis: 1 });
    const weight = this.weights('classifier.weight', [classes, channels], { deviation: Math.sqrt(1 / channels) });
    const bias = this.weights('classifier.bias', [classes], { deviation: 0.05 });
    const logits = { name: 'logits', shape: [classes] };
    this.node('Gemm', [vector.name, weight, bias], logits, { transB: 1 });
    const { name, input, nodes, constants } = this;
    return { name, input, outputs: [logits], nodes, constants };
  }

  private pool(operator: string, x: Activation, options: PoolOptions): Activation {
    const { kernel, stride, padding } = options;
    const [channels, ...size] = x.shape;
    const shape = [channels, ...size.map((extent) => extentAfter(extent, kernel, stride, padding))];
    return this.node(operator, [x.name], this.after('pool', shape), window(options));
  }

  private after(kind: string, shape: readonly number[]): Activation {
    return { name: `${kind}${this.nodes.length}`, shape };
  }

  private node(
    operator: string,
    inputs: readonly string[],
    output: Activation,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Activation {
    this.nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  private weights(
    name: string,
    dims: readonly number[],
    { mean = 0, deviation }: { readonly mean?: number; readonly deviation: number },
  ): string {
    const values = (): Float32Array<ArrayBuffer> => {
      const stream = new Stream(`${this.seed}/${name}`);
      // A uniform variable on [-1, 1) has a variance of 1/3.
      const unit = UNIT_OF_BITS * Math.sqrt(3) * deviation;
      const drawn = new Float32Array(dims.reduce((product, extent) => product * extent, 1));
      for (let index = 0; index < drawn.length; index += 1) drawn[index] = mean + stream.bits() * unit;
      return drawn;
    };
    this.constants.push({ name, type: 'float32', dims, values });
    return name;
  }

  private integers(name: string, values: readonly number[]): string {
    const constant = { name, type: 'int64', dims: [values.length] } as const;
    this.constants.push({ ...constant, values: () => BigInt64Array.from(values, BigInt) });
    return name;
  }
}

function window({ kernel, stride, padding }: PoolOptions): Readonly<Record<string, Attribute>> {
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  };
}

function requireSame(a: readonly number[], b: readonly number[]): void {
  invariant(String(a) === String(b), `layers of [${String(a)}] and of [${String(b)}] do not fit together`);
}

function extentAfter(extent: number, kernel: number, stride: number, padding: number): number {
  const after = Math.floor((extent + 2 * padding - kernel) / stride) + 1;
  invariant(after >= 1, `a window of ${kernel} does not fit into ${extent}`);
  return after;
}
