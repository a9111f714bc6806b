/**
 * The service that a turn is served by: one worker of one model, batches by the `fixed` policy, every other family at
 * its default. These are the actors of every live run; nothing here forms batches itself.
 */
import { latencyModel } from '../../../backends/index.ts';
import type { PolicyChoices, Variant } from '../../../core/index.ts';
import {
  Catalogue,
  DEFAULT_POLICIES,
  FAMILIES,
  NEVER,
  builtInPolicy,
  defaultsOf,
  invariant,
  seconds,
} from '../../../core/index.ts';
import type { LivePlan } from '../../../live/world/index.ts';
import type { Subject } from './prepare-subjects.ts';
import type { HandleConfig } from './timings-config.ts';

/** The model as the actors see it: its profile is asked by nobody here, and its real hardware is the backend's. */
export function variantOf(
  { config, path, sha256, bytes, inputs, outputs, precision }: Subject,
  batch: number,
): Variant {
  return {
    index: 0,
    name: config.name,
    version: '1',
    useCase: { task: 'timings', dataset: 'timings' },
    architecture: config.name,
    framework: 'onnxruntime',
    hardware: 'cpu',
    precision,
    maxBatch: batch,
    accuracyPercent: 0,
    resources: { cores: 1, memoryBytes: 1, accelerators: 0 },
    profile: {
      source: 'none: it is what is measured',
      synthesised: true,
      rows: Array.from({ length: batch }, (_, at) => ({ batch: at + 1, meanNs: 1 })),
      loadNs: 1,
      peakMemoryBytes: 1,
      hostOverheadNs: 0,
    },
    inputs,
    outputs,
    artifact: { path, sha256, bytes },
  };
}

export function turnPlan(subject: Subject, { batch, delayNs }: HandleConfig, seed: string): LivePlan {
  const variant = variantOf(subject, batch);
  const latency = latencyModel(variant.profile, {
    variant: variant.name,
    maxBatch: batch,
    sampling: 'mean',
    extrapolate: false,
  });
  const machine = {
    index: 0,
    name: 'this machine',
    source: 'none',
    cores: 1,
    memoryBytes: 1,
    pricePerHourUsd: 0,
    reservedPricePerHourUsd: 0,
    bootNs: 0,
    idleWatts: 0,
    busyWatts: 0,
  };
  const serving = {
    catalogue: new Catalogue([variant], [latency], [machine]),
    kinds: [{ application: 'default', useCase: '', architecture: '', variant: variant.name }],
    policies: policies({ maxBatch: batch, maxDelay: delayNs }),
    initial: { workers: new Map([[0, 1]]), machines: new Map([[0, { initial: 1, max: 1 }]]) },
    limits: { workersMax: 2, machinesMax: 1, holdMax: 1_000_000, timeoutNs: NEVER },
    monitorPeriodNs: NEVER,
    samplePeriodNs: NEVER,
    startOnRequest: false,
    recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 0, rowsSalt: 0, binNs: seconds(60), timelineMax: 0 },
  };
  return { serving, seed, drainNs: NEVER };
}

function policies(batching: Readonly<Record<string, number>>): PolicyChoices {
  const choices = FAMILIES.map((family) => {
    const name = family === 'batching' ? 'fixed' : DEFAULT_POLICIES[family];
    const definition = builtInPolicy(family, name);
    invariant(definition !== undefined, `there is no ${family} policy ${name}`);
    const own = family === 'batching' ? batching : {};
    return [family, { definition, options: { ...defaultsOf(definition.options), ...own } }] as const;
  });
  return Object.fromEntries(choices) as PolicyChoices; // FAMILIES names every key.
}
