// The networks are those of the publications: as many parameters, as much arithmetic, shapes that fit.
import { describe, expect, test } from 'vitest';
import { ZOO_NETWORKS, zooNetwork } from '../../../backends/index.ts';
import { GraphBuilder } from '../../../backends/zoo/graph-builder.ts';
import { networkGraph } from '../../../backends/zoo/networks.ts';

/**
 * Trainable parameters and multiply-accumulates (millions) as published: torchvision's documentation of its models
 * (resnet, densenet), keras-applications (MobileNet, without moving averages; arithmetic from the paper's tables 6 and
 * 8), and for CIFAR the paper's table 6 and github.com/akamaster/pytorch_resnet_cifar10, which counts its models.
 */
const PUBLISHED: Readonly<Record<string, readonly [parameters: number, megaMacs: number]>> = {
  resnet18: [11_689_512, 1814],
  resnet34: [21_797_672, 3664],
  resnet50: [25_557_032, 4089],
  resnet101: [44_549_160, 7801],
  resnet152: [60_192_808, 11514],
  'resnet20-cifar': [269_722, 41],
  'resnet56-cifar': [853_018, 126],
  'resnet110-cifar': [1_727_962, 254],
  densenet121: [7_978_856, 2834],
  densenet161: [28_681_000, 7728],
  'mobilenetv1-025': [470_072, 41],
  'mobilenetv1-050': [1_331_592, 149],
  'mobilenetv1-075': [2_585_560, 325],
  'mobilenetv1-100': [4_231_976, 569],
};

test('every network has its published figures here', () => {
  expect(Object.keys(PUBLISHED)).toEqual(ZOO_NETWORKS);
});

describe.each(Object.entries(PUBLISHED))('%s', (name, [parameters, megaMacs]) => {
  const graph = networkGraph(name, 1);

  test('has the published parameters, less one for each channel whose normalisation is folded', () => {
    const biases = graph.nodes.filter(({ operator, inputs }) => operator === 'Conv' && inputs.length === 3);
    const folded = biases.reduce((sum, { output }) => sum + output.shape[0], 0);
    expect(zooNetwork(name).parameters + folded).toBe(parameters);
    expect(folded / parameters).toBeLessThan(0.015);
  });

  test('has the published arithmetic to 2 %', () => {
    expect(Math.abs(zooNetwork(name).macs / 1e6 / megaMacs - 1)).toBeLessThan(0.02);
  });

  test('computes each activation once, after what it reads', () => {
    const known = new Set([graph.input.name, ...graph.constants.map((constant) => constant.name)]);
    for (const { inputs, output } of graph.nodes) {
      expect(inputs.filter((input) => !known.has(input))).toEqual([]);
      expect(known.has(output.name)).toBe(false);
      known.add(output.name);
    }
    const [logits] = graph.outputs;
    expect(graph.nodes.at(-1)?.output).toEqual(logits);
    expect(logits.shape).toEqual([name.endsWith('-cifar') ? 10 : 1000]);
  });
});

describe('layers that do not fit', () => {
  const builder = new GraphBuilder({ name: 'odd', seed: 'odd', shape: [3, 8, 8] });
  const wide = builder.convolution(builder.input, { filters: 4, kernel: 3 });
  const small = builder.convolution(builder.input, { filters: 4, kernel: 3, stride: 2 });

  test('are neither added nor joined', () => {
    const message = 'layers of [4,8,8] and of [4,4,4] do not fit together';
    expect(() => builder.add(wide, small)).toThrow(message);
    expect(() => builder.concatenate(wide, small)).toThrow('layers of [8,8] and of [4,4] do not fit together');
  });

  test('take no window larger than themselves', () => {
    expect(() => builder.maxPool(small, { kernel: 5, stride: 1, padding: 0 })).toThrow(
      'a window of 5 does not fit into 4',
    );
    expect(() => builder.convolution(small, { filters: 4, kernel: 3, groups: 3 })).toThrow('4 channels in 3 groups');
  });
});

test('zeros stand for the channels that a shortcut without weights lacks, half on each side', () => {
  const builder = new GraphBuilder({ name: 'short', seed: 'short', shape: [16, 32, 32] });
  expect(builder.subsample(builder.input, 32).shape).toEqual([32, 16, 16]);
  const { constants } = builder.classifier(builder.input, 10);
  expect(constants.find(({ name }) => name.endsWith('.pads'))?.values()).toEqual(
    BigInt64Array.of(0n, 8n, 0n, 0n, 0n, 8n, 0n, 0n),
  );
});
