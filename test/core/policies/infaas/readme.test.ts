// The example queries of the released README, through the real module on the variants that it registers.
import { describe, expect, test } from 'vitest';
import { bundledCatalogue, selectCatalogue } from '../../../../backends/index.ts';
import {
  Fleet,
  LOADING,
  NONE,
  NO_SOLVER,
  READY,
  RequestTable,
  Signals,
  Stream,
  UP,
  defaultsOf,
  emptyArrival,
  milliseconds,
} from '../../../../core/index.ts';
import { infaas } from '../../../../core/policies/infaas/infaas.ts';
import type { InfaasOptions } from '../../../../core/policies/infaas/options.ts';

const NAMES = ['resnet50-tensorflow-cpu4', 'resnet50-tensorrt-b4', 'resnet50-inferentia'];
const MACHINES = ['m5.2xlarge', 'p3.2xlarge', 'inf1.2xlarge'];

const QUERIES = [
  {
    asks: '-a resnet50 -l 300, 1 input',
    kind: 0,
    latencyMs: 300,
    inputs: 1,
    accuracyPercent: 0,
    chosen: 'resnet50-tensorflow-cpu4',
  },
  {
    asks: '-a resnet50 -l 50, 1 input',
    kind: 0,
    latencyMs: 50,
    inputs: 1,
    accuracyPercent: 0,
    chosen: 'resnet50-inferentia',
  },
  {
    asks: '-a resnet50 -l 20, 2 inputs',
    kind: 0,
    latencyMs: 20,
    inputs: 2,
    accuracyPercent: 0,
    chosen: 'resnet50-tensorrt-b4',
  },
  {
    asks: '-t classification -D imagenet -A 70 -l 50',
    kind: 1,
    latencyMs: 50,
    inputs: 1,
    accuracyPercent: 70,
    chosen: 'resnet50-inferentia',
  },
] as const;

/** @param running names of the variants that run, each on the first machine that hosts it. */
function chosenBy(query: (typeof QUERIES)[number], running: readonly string[]): string {
  const catalogue = selectCatalogue(bundledCatalogue({ picks: [], names: NAMES }), {
    variants: NAMES,
    machines: MACHINES,
    sampling: 'mean',
    extrapolate: true,
  });
  const fleet = new Fleet(catalogue, { workersMax: 8, machinesMax: 4 });
  for (const { index } of catalogue.machineTypes) fleet.machines.setState(fleet.machines.claim(index, 0), UP, 0);
  const requests = new RequestTable(4);
  const kind = { application: 'default', useCase: '', architecture: '', variant: '' };
  const kinds = [
    { ...kind, architecture: 'resnet50' },
    { ...kind, useCase: 'classification-imagenet-224' },
  ];
  const { selection, placement } = infaas.create({
    options: defaultsOf(infaas.options) as InfaasOptions, // The declaration's own defaults.
    catalogue,
    fleet,
    requests,
    kinds,
    initial: { workers: new Map(), machines: new Map() },
    random: new Stream('readme'),
    signals: new Signals(),
    solver: NO_SOLVER,
  });
  for (const name of running) {
    const variant = catalogue.variantNamed(name);
    const worker = fleet.claim(variant, placement?.place(variant, 0) ?? NONE, 0);
    fleet.setState(worker, LOADING, 0);
    fleet.setState(worker, READY, 0);
  }
  const { latencyMs, inputs, accuracyPercent } = query;
  const asked = { kind: query.kind, inputs, accuracyPercent, latencyNs: milliseconds(latencyMs) };
  const slot = requests.openFor({ ...emptyArrival(), atNs: 0, ...asked }, 0);
  return catalogue.variants[selection?.select(slot, 0) ?? NONE]?.name ?? 'none';
}

describe.each(QUERIES)('$asks', (query) => {
  test('is answered as the README says when nothing runs', () => {
    expect(chosenBy(query, [])).toBe(query.chosen);
  });

  test('is answered the same when what it chose runs', () => {
    expect(chosenBy(query, [query.chosen])).toBe(query.chosen);
  });
});
