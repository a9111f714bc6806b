/**
 * TorchServe's rule. A model's workers start with its first request and stay. The recommended number is accelerators
 * over models, at least 1. Workers go to accelerators, those beyond their number to the CPU, and all workers of a model
 * serve one stream of requests: an idle one first, else the stream with the least to do for each worker.
 *
 * Source: TorchServe documentation, "Advanced configuration" (default_workers_per_model, number_of_gpu) and
 * "Performance guide" (workers = GPUs / models). Simplified: a model is an architecture, and which of its variants is
 * deployed is the developer's choice, here the one with the highest throughput at its largest batch on each kind of
 * hardware. TorchServe starts workers when a model is registered; starting them with the first request is what its
 * users get behind start-on-request platforms.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { HOLD, NONE, START, definePolicy } from '../../policy.ts';
import type { DispatchPolicy, ModelScaling, PolicyContext, SelectionPolicy } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';
import type { FleetView } from '../../tables/fleet.ts';
import type { QueryKind } from '../../workload.ts';

type Context = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests' | 'kinds'>;

/** A deployed model: what it runs as, on accelerators and on the CPU; `NONE` where it has no such variant. */
interface Model {
  readonly accelerated: VariantIndex;
  readonly cpu: VariantIndex;
  /** Set by the first request. */
  isWanted: boolean;
}

export const torchServe = definePolicy({
  name: 'torchserve',
  summary: 'Workers start with the first request of a model and stay; those beyond the accelerators go to the CPU.',
  source: 'TorchServe documentation, Advanced configuration and Performance guide',
  families: ['selection', 'dispatch', 'model-scaling'],
  // TorchServe batches, and hands its workers to the accelerators in turn.
  companions: { batching: 'work-conserving', placement: 'spread' },
  options: {
    workersPerModel: {
      kind: 'count',
      default: 0,
      doc: 'Workers of each model; 0 for the recommended number: accelerators / models, at least 1.',
    },
    period: { kind: 'duration', default: 1e9, minimum: 1e6, doc: 'How often missing workers are started again.' },
  },
  create(context) {
    const { workersPerModel, period } = context.options;
    const models = new Models(context);
    return {
      selection: models,
      dispatch: dispatchOver(context.fleet),
      'model-scaling': { periodNs: period, decide: () => models.missing(workersPerModel) },
    };
  },
});

class Models implements SelectionPolicy {
  private readonly context: Context;
  /** By query kind. */
  private readonly modelOf: (Model | undefined)[] = [];
  private readonly models = new Map<string, Model>();

  constructor(context: Context) {
    this.context = context;
    for (let kind = 0; kind < context.kinds.length; kind += 1) this.modelFor(kind);
  }

  select(slot: number): VariantIndex {
    const { fleet, requests } = this.context;
    const model = this.modelFor(requests.kind[slot]);
    if (model === undefined) return NONE;
    model.isWanted = true;
    const { accelerated, cpu } = model;
    if (accelerated === NONE || cpu === NONE) return accelerated === NONE ? cpu : accelerated;
    const load = loadOf(fleet, accelerated);
    if (load === Infinity && loadOf(fleet, cpu) === Infinity) return devicesUp(this.context) > 0 ? accelerated : cpu;
    return load <= loadOf(fleet, cpu) ? accelerated : cpu;
  }

  /** Workers that wanted models lack: first as many as there are accelerators, the rest on the CPU. */
  missing(workersPerModel: number): ModelScaling[] {
    const { fleet } = this.context;
    const devices = devicesUp(this.context);
    const recommended = Math.max(1, Math.floor(devices / Math.max(1, this.models.size)));
    const wanted = workersPerModel === 0 ? recommended : workersPerModel;
    const changes: ModelScaling[] = [];
    const reason = `${wanted} workers per model`;
    for (const { accelerated, cpu, isWanted } of this.models.values()) {
      if (!isWanted) continue;
      const onDevices = accelerated === NONE ? 0 : cpu === NONE ? wanted : Math.min(wanted, devices);
      for (const [variant, count] of [
        [accelerated, onDevices],
        [cpu, cpu === NONE ? 0 : wanted - onDevices],
      ] as const) {
        const delta = variant === NONE ? 0 : count - fleet.ready(variant).length - fleet.loading(variant).length;
        if (delta > 0) changes.push({ variant, delta, reason });
      }
    }
    return changes;
  }

  private modelFor(kind: number): Model | undefined {
    return (this.modelOf[kind] ??= this.deployed(this.context.kinds[kind]));
  }

  /** One model for each architecture; a use case gets its most accurate one. */
  private deployed(kind: QueryKind): Model | undefined {
    const { catalogue } = this.context;
    const named = variantsNamed(catalogue, kind).map((index) => catalogue.variants[index]);
    const [first] = named.toSorted((a, b) => b.accuracyPercent - a.accuracyPercent || a.index - b.index);
    if (first === undefined) return undefined;
    const own = named.filter(({ architecture }) => architecture === first.architecture);
    const known = this.models.get(first.architecture);
    if (known !== undefined && kind.variant === '') return known;
    const fastest = (onDevice: boolean): VariantIndex => {
      const choices = own.filter(({ resources }) => resources.accelerators > 0 === onDevice);
      const perInputNs = (index: VariantIndex): number => {
        const { maxBatch } = catalogue.variants[index];
        return catalogue.latency[index].expectedBatchNs(maxBatch) / maxBatch;
      };
      return choices.map(({ index }) => index).toSorted((a, b) => perInputNs(a) - perInputNs(b) || a - b)[0] ?? NONE;
    };
    const model = { accelerated: fastest(true), cpu: fastest(false), isWanted: false };
    this.models.set(kind.variant === '' ? first.architecture : first.name, model);
    return model;
  }
}

function dispatchOver(fleet: FleetView): DispatchPolicy {
  return {
    assign(_slot, variant) {
      const { column, length } = fleet.ready(variant);
      let best = column[0];
      for (let i = 1; i < length; i += 1) if (fleet.outstanding[column[i]] < fleet.outstanding[best]) best = column[i];
      return best;
    },
    cold: (_slot, variant) => (fleet.coming(variant) > 0 ? HOLD : START),
  };
}

/** Outstanding inputs for each ready worker, below 1 when one is idle; `Infinity` without a ready worker. */
function loadOf(fleet: FleetView, variant: VariantIndex): number {
  const { column, length } = fleet.ready(variant);
  let sum = 0;
  for (let i = 0; i < length; i += 1) {
    if (fleet.outstanding[column[i]] === 0) return 0;
    sum += fleet.outstanding[column[i]];
  }
  return length === 0 ? Infinity : sum / length;
}

/** Accelerators of the machines that are up. */
function devicesUp({ catalogue, fleet: { machines } }: Context): number {
  let count = 0;
  for (let i = 0; i < machines.up.length; i += 1) {
    count += catalogue.machineTypes[machines.type[machines.up.at(i)]].accelerator?.count ?? 0;
  }
  return count;
}
