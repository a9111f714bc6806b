/**
 * From the state of a run to the scalers' question: throughput of each variant within the objectives its architecture
 * was last asked for, cost of an instance by its memory (section 6.2 of the INFaaS paper), resources of the machines
 * that are up. Throughputs are kept until the objectives change.
 */
import type { Variant, VariantIndex } from '../../catalogue/variant.ts';
import { memoryPriceUsd } from '../../metrics/usage.ts';
import type { PolicyContext } from '../../policy.ts';
import { DEAD } from '../../tables/fleet.ts';
import { toSeconds } from '../../time.ts';
import { currentWorkers } from '../model-scaling/scale-each.ts';
import type { Demand } from './demand.ts';
import { TOLERANCE } from './scaling-problem.ts';
import type { Choice, ScalingProblem } from './scaling-problem.ts';
import { throughputRps } from './throughput.ts';

type Context = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'initial'>;

export interface ProblemParts {
  readonly context: Context;
  readonly demand: Demand;
  readonly lambda: number;
  readonly slack: number;
  /** Instances of a variant to plan from. */
  readonly planned: (variant: VariantIndex) => number;
}

/** Resources of hosts come first, then two for each kind of accelerator: devices and their memory. */
const CORES = 0;
const MEMORY = 1;

export class ProblemBuilder {
  private readonly parts: ProblemParts;
  private readonly costUsd: Float64Array;
  private readonly hardware: readonly string[];
  private readonly needs: readonly Choice['needs'][];
  private readonly throughput: Float64Array;
  private readonly budgetNs: Float64Array;

  constructor(parts: ProblemParts) {
    const { catalogue, initial } = parts.context;
    const types = catalogue.machineTypes.filter(({ index }) => initial.machines.has(index));
    this.parts = parts;
    this.hardware = [...new Set(catalogue.machineTypes.flatMap(({ accelerator }) => accelerator?.hardware ?? []))];
    this.costUsd = Float64Array.from(
      catalogue.variants,
      (variant) =>
        memoryPriceUsd(variant, types.length > 0 ? types : catalogue.machineTypes) * variant.resources.memoryBytes,
    );
    this.needs = catalogue.variants.map((variant) => this.needsOf(variant));
    this.throughput = new Float64Array(catalogue.variants.length);
    this.budgetNs = new Float64Array(catalogue.variants.length).fill(-1);
  }

  build(): ScalingProblem {
    const { demand, lambda, slack } = this.parts;
    const architectures = demand.architectures.map((variants, at) => ({
      name: this.parts.context.catalogue.variants[variants[0]].architecture,
      loadRps: demand.loadRps[at],
      choices: variants.map((variant) => this.choice(variant, at)),
    }));
    return { architectures, resources: this.resources(), lambda, slack };
  }

  private choice(variant: VariantIndex, architecture: number): Choice {
    const { context, demand, planned, slack } = this.parts;
    const { maxBatch, accuracyPercent } = context.catalogue.variants[variant];
    const isHostable = this.costUsd[variant] < Infinity;
    const isAccurate = accuracyPercent >= demand.accuracyPercent[architecture];
    const qualifies = isHostable && isAccurate && maxBatch >= demand.inputsMax[architecture];
    const throughput = qualifies ? this.throughputOf(variant, demand.budgetNs[architecture]) : 0;
    return {
      variant,
      throughputRps: throughput,
      costUsd: isHostable ? this.costUsd[variant] : 0,
      loadS: toSeconds(context.catalogue.latency[variant].expectedLoadNs),
      running: planned(variant),
      least: throughput > 0 ? Math.ceil((slack * demand.pinnedRps[variant]) / throughput - TOLERANCE) : 0,
      needs: this.needs[variant],
    };
  }

  private throughputOf(variant: VariantIndex, budgetNs: number): number {
    if (this.budgetNs[variant] !== budgetNs) {
      const { variants, latency } = this.parts.context.catalogue;
      this.budgetNs[variant] = budgetNs;
      this.throughput[variant] = throughputRps(latency[variant], variants[variant].maxBatch, budgetNs);
    }
    return this.throughput[variant];
  }

  private needsOf({ resources: { cores, memoryBytes, accelerators }, hardware }: Variant): Choice['needs'] {
    const ofHost = [{ resource: CORES, amount: cores }];
    if (accelerators === 0) return [...ofHost, { resource: MEMORY, amount: memoryBytes }];
    const device = 2 + 2 * this.hardware.indexOf(hardware);
    // Hardware that no machine has costs an infinite price and is never chosen.
    if (device < 2) return ofHost;
    return [...ofHost, { resource: device, amount: accelerators }, { resource: device + 1, amount: memoryBytes }];
  }

  /** What the machines that are up have in all, without what offline workers hold. */
  private resources(): ScalingProblem['resources'] {
    const { fleet, catalogue } = this.parts.context;
    const { machines } = fleet;
    const names = ['cores', 'memory', ...this.hardware.flatMap((hardware) => [hardware, `${hardware} memory`])];
    const amounts = names.map(() => 0);
    for (let i = 0; i < machines.up.length; i += 1) {
      const { cores, memoryBytes, accelerator } = catalogue.machineTypes[machines.type[machines.up.at(i)]];
      amounts[CORES] += cores * machines.coreOvercommit;
      amounts[MEMORY] += memoryBytes;
      if (accelerator === undefined) continue;
      const device = 2 + 2 * this.hardware.indexOf(accelerator.hardware);
      amounts[device] += accelerator.count;
      amounts[device + 1] += accelerator.count * accelerator.memoryBytes;
    }
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      if (fleet.dedicated[worker] === 0 || fleet.state[worker] === DEAD) continue;
      for (const { resource, amount } of this.needs[fleet.variant[worker]]) amounts[resource] -= amount;
    }
    return names.map((name, index) => ({ name, amount: Math.max(0, amounts[index]) }));
  }
}

/** Workers of a variant that serve or will, less those that are extra while an instance moves. */
export function standing({ fleet }: Context, variant: VariantIndex, extra: number): number {
  return Math.max(0, currentWorkers(fleet, variant) - extra);
}
