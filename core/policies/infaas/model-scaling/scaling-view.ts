/**
 * What the model autoscaler reads of the policy's state: the instances as the monitor last saw them, the batch that
 * counts for a replica's capacity, memory to spare. Reads only; nothing here changes.
 */
import type { VariantIndex } from '../../../catalogue/variant.ts';
import type { MachineId } from '../../../tables/fleet.ts';
import { MAX_ONLINE_BATCH } from '../constants.ts';
import type { AutoscalerName } from '../constants.ts';
import type { InfaasState } from '../state.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA } from '../variant-facts.ts';
import type { HardwareKind } from '../variant-facts.ts';
import { MEMORY_SLACK_BYTES, MEMORY_SLACK_BYTES_RELEASED } from './limits.ts';

export class ScalingView {
  readonly state: InfaasState;
  readonly autoscaler: AutoscalerName;

  constructor(state: InfaasState) {
    this.state = state;
    // The option's own choices are these names.
    this.autoscaler = state.options.autoscaler as AutoscalerName;
  }

  kind(variant: VariantIndex): HardwareKind {
    const kind = this.state.facts.kind[variant];
    if (kind === ON_CPU) return ON_CPU;
    return kind === ON_GPU ? ON_GPU : ON_INFERENTIA;
  }

  /** Load time in milliseconds. */
  loadMs(variant: VariantIndex): number {
    return this.state.facts.loadMs[variant];
  }

  /** Ready replicas, as the monitor last saw them. */
  replicas(variant: VariantIndex, machine: MachineId): number {
    const { instances } = this.state;
    return instances.replicas[instances.at(variant, machine)];
  }

  /** Requests per second; 0 for a variant that does not run on the machine. */
  qps(variant: VariantIndex, machine: MachineId): number {
    const { instances } = this.state;
    return this.replicas(variant, machine) > 0 ? instances.qps[instances.at(variant, machine)] : 0;
  }

  /** Inputs a request; 0 for a variant that has served nothing on the machine since it was loaded. */
  averageBatch(variant: VariantIndex, machine: MachineId): number {
    const { instances } = this.state;
    return this.replicas(variant, machine) > 0 ? instances.averageBatch[instances.at(variant, machine)] : 0;
  }

  /** The largest batch that the capacity of an accelerator variant is taken at. */
  fullBatch(variant: VariantIndex): number {
    return Math.min(this.state.facts.maxBatch[variant], MAX_ONLINE_BATCH);
  }

  /** The batch that a replica's capacity is taken at: full on a GPU, else what requests bring on average. */
  capacityBatch(variant: VariantIndex, machine: MachineId): number {
    if (this.kind(variant) === ON_GPU) return this.fullBatch(variant);
    const average = this.averageBatch(variant, machine);
    return this.state.options.bugUnmeasuredBatch ? average : Math.max(1, average);
  }

  /**
   * Memory in bytes that is free on the machine beyond the slack: of its GPUs for variants on GPUs, of the host for all
   * others. A machine without GPU says 101 percent and so has none.
   */
  spareBytes(variant: VariantIndex, machine: MachineId): number {
    const { context, options } = this.state;
    const { catalogue, fleet } = context;
    const slackBytes = options.bugMemorySlack ? MEMORY_SLACK_BYTES_RELEASED : MEMORY_SLACK_BYTES;
    if (this.kind(variant) !== ON_GPU) return Math.max(fleet.machines.memoryFreeBytes[machine] - slackBytes, 0);
    const { accelerator } = catalogue.machineTypes[fleet.machines.type[machine]];
    const totalBytes = (accelerator?.count ?? 0) * (accelerator?.memoryBytes ?? 0);
    const freeShare = (100 - this.state.machineUtil(machine).gpuPercent) / 100;
    return Math.max(freeShare * totalBytes - slackBytes, 0);
  }
}
