import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../../core/index.ts';
import { LOADING, NEVER, NONE } from '../../../core/index.ts';
import { costPerInputUsd } from '../../../core/policies/selection/candidates.ts';
import {
  CPU,
  DETECTOR,
  GPU,
  KINDS,
  SMALL,
  VARIANTS,
  addMachine,
  addWorker,
  anyFleet,
  anyQuery,
  emptyWorld,
  HOST,
  namesOf,
  open,
  policyOf,
  worldOf,
} from './fixtures.ts';
import type { World } from './fixtures.ts';

const NAMED: readonly (readonly number[])[] = [VARIANTS, [GPU, CPU, SMALL], [GPU, CPU], [SMALL], []];

/** The promises a query was given, checked without the policy's code. */
function keepsPromises({ catalogue, requests }: World, slot: Slot, variant: number): boolean {
  const { maxBatch, accuracyPercent } = catalogue.variants[variant];
  const inputs = requests.inputs[slot];
  if (!NAMED[requests.kind[slot]].includes(variant) || inputs > maxBatch) return false;
  if (accuracyPercent < requests.accuracyPercent[slot]) return false;
  if (requests.deadlineNs[slot] === NEVER) return true;
  return catalogue.latency[variant].expectedBatchNs(inputs) <= requests.deadlineNs[slot] - requests.scheduledNs[slot];
}

const optionsOf = (name: string): Record<string, string> => (name === 'fixed' ? { variant: 'resnet-cpu' } : {});
// These select what a developer chose beforehand, whatever the query asks: that is their definition.
const BY_DEVELOPER = ['fixed', 'preloaded', 'torchserve', 'clipper-plus', 'sm-plus'];
// INFaaS makes promises of its own: a full batch on accelerators, nothing too fast for a loose objective, no accuracy
// where an architecture is named. Its tests are in the folder `infaas`.
const OF_ITS_OWN = ['infaas'];
const choosing = namesOf('selection').filter((name) => ![...BY_DEVELOPER, ...OF_ITS_OWN].includes(name));

describe.each(namesOf('selection'))('selection %s', (name) => {
  test('answers a variant of the catalogue or none, and the same to the same question', () => {
    fc.assert(
      fc.property(anyFleet, anyQuery, (sketch, query) => {
        const world = worldOf(sketch);
        const slot = open(world, query);
        const answer = policyOf('selection', name, world, optionsOf(name)).select(slot, 0);
        expect([NONE, ...VARIANTS]).toContain(answer);
        const again = policyOf('selection', name, world, optionsOf(name));
        expect([again.select(slot, 0), again.select(slot, 0)]).toEqual([answer, answer]);
      }),
    );
  });
});

describe.each(choosing)('selection %s', (name) => {
  test('never breaks a promise, and finds a variant when one keeps them all', () => {
    fc.assert(
      fc.property(anyFleet, anyQuery, fc.boolean(), (sketch, query, preferReady) => {
        const world = worldOf(sketch);
        const slot = open(world, query);
        const answer = policyOf('selection', name, world, { preferReady }).select(slot, 0);
        const qualifying = VARIANTS.filter((variant) => keepsPromises(world, slot, variant));
        expect(qualifying.length === 0 ? [NONE] : qualifying).toContain(answer);
      }),
    );
  });

  test('follows the name that was given first: variant, architecture, use case', () => {
    const world = emptyWorld();
    const select = policyOf('selection', name, world).select;
    expect(select(open(world, { kind: KINDS.named }), 0)).toBe(SMALL);
    expect([CPU, GPU]).toContain(select(open(world, { kind: KINDS.resnet }), 0));
    expect(select(open(world, { kind: KINDS.unknown }), 0)).toBe(NONE);
  });

  test('knows a query kind that joined after it was created', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', name, world);
    world.kinds.push({ application: 'late', useCase: 'detection-imagenet', architecture: '', variant: '' });
    expect(select(open(world, { kind: world.kinds.length - 1 }), 0)).toBe(DETECTOR);
  });

  test('takes an execution that just fits the objective and none that takes a millisecond more', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', name, world);
    // mobilenet-cpu: 5 ms + 4 inputs * 5 ms.
    expect(select(open(world, { kind: KINDS.named, inputs: 4, latencyMs: 25 }), 0)).toBe(SMALL);
    expect(select(open(world, { kind: KINDS.named, inputs: 4, latencyMs: 24 }), 0)).toBe(NONE);
  });

  test('leaves the rest of the objective to queueing when told so', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', name, world, { latencyShare: 0.5 });
    expect(select(open(world, { kind: KINDS.named, inputs: 4, latencyMs: 50 }), 0)).toBe(SMALL);
    expect(select(open(world, { kind: KINDS.named, inputs: 4, latencyMs: 49 }), 0)).toBe(NONE);
  });

  test('counts the objective from the scheduled time, not from the start of the run', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', name, world);
    const at = { kind: KINDS.named, inputs: 4, atNs: 7_000_000_000 };
    expect(select(open(world, { ...at, latencyMs: 25 }), 7_000_000_000)).toBe(SMALL);
    expect(select(open(world, { ...at, latencyMs: 24 }), 7_000_000_000)).toBe(NONE);
  });

  test('takes the accuracy asked for and not a percent less', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', name, world);
    expect(select(open(world, { kind: KINDS.named, accuracyPercent: 71 }), 0)).toBe(SMALL);
    expect(select(open(world, { kind: KINDS.named, accuracyPercent: 71.1 }), 0)).toBe(NONE);
  });

  test('takes no query that is larger than a batch', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', name, world);
    expect(select(open(world, { kind: KINDS.named, inputs: 4 }), 0)).toBe(SMALL);
    expect(select(open(world, { kind: KINDS.named, inputs: 5 }), 0)).toBe(NONE);
  });
});

describe('the cost of an input', () => {
  test('is the time at full batch times the price of the largest share of the cheapest machine', () => {
    const costs = costPerInputUsd(emptyWorld().context);
    const hours = (ms: number): number => ms / 3.6e6;
    // host: 2 of 8 cores at 0.4 USD; 170 ms for 8 inputs. tiny-host would be 0.2 USD.
    expect(costs[CPU]).toBeCloseTo(hours(170 / 8) * 0.1, 15);
    // gpu-host: 1 of 2 accelerators at 6 USD; 36 ms for 32 inputs.
    expect(costs[GPU]).toBeCloseTo(hours(36 / 32) * 3, 15);
    // host: 1 of 8 cores, 1 of 16 GB at 0.4 USD; 25 ms for 4 inputs.
    expect(costs[SMALL]).toBeCloseTo(hours(25 / 4) * 0.05, 15);
  });

  test('counts reservable cores where cores are overcommitted', () => {
    const costs = costPerInputUsd(emptyWorld(undefined, 2).context);
    expect(costs[CPU]).toBeCloseTo(((170 / 8) * 0.05) / 3.6e6, 15);
  });
});

describe('selection cheapest', () => {
  // By cost: mobilenet-cpu, resnet-cpu, resnet-gpu.
  test('takes the cheapest that qualifies', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', 'cheapest', world);
    expect(select(open(world, { kind: KINDS.classification }), 0)).toBe(SMALL);
    expect(select(open(world, { kind: KINDS.classification, accuracyPercent: 72 }), 0)).toBe(CPU);
    expect(select(open(world, { kind: KINDS.classification, accuracyPercent: 72, latencyMs: 29 }), 0)).toBe(GPU);
  });

  test('prefers a variant that has a worker, even one that still loads', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: CPU, state: LOADING });
    const slot = open(world, { kind: KINDS.classification });
    expect(policyOf('selection', 'cheapest', world).select(slot, 0)).toBe(CPU);
    expect(policyOf('selection', 'cheapest', world, { preferReady: false }).select(slot, 0)).toBe(SMALL);
  });

  test('does not prefer a worker of a variant that breaks a promise', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: SMALL });
    const slot = open(world, { kind: KINDS.classification, accuracyPercent: 75 });
    expect(policyOf('selection', 'cheapest', world).select(slot, 0)).toBe(CPU);
  });
});

describe('selection most-accurate', () => {
  test('takes the most accurate in time, the cheaper of equals', () => {
    const world = emptyWorld();
    const { select } = policyOf('selection', 'most-accurate', world);
    expect(select(open(world, { kind: KINDS.classification }), 0)).toBe(CPU);
    expect(select(open(world, { kind: KINDS.classification, latencyMs: 29 }), 0)).toBe(GPU);
    expect(select(open(world, { kind: KINDS.classification, latencyMs: 4 }), 0)).toBe(NONE);
  });

  test('asks for no worker unless told to', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: SMALL });
    const slot = open(world, { kind: KINDS.classification });
    expect(policyOf('selection', 'most-accurate', world).select(slot, 0)).toBe(CPU);
    expect(policyOf('selection', 'most-accurate', world, { preferReady: true }).select(slot, 0)).toBe(SMALL);
  });
});

describe('selection fixed', () => {
  test('refuses to guess among several variants', () => {
    expect(() => policyOf('selection', 'fixed', emptyWorld())).toThrow(
      'selection policy "fixed" does not say which variant; found 4 variants in the experiment',
    );
  });
});
