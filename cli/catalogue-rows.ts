/**
 * What the catalogue command shows, as rows whose columns end in their unit: architectures, variants, machine types. It
 * selects nothing and prints nothing.
 */
import type { Catalogue, MachineType, VariantIndex } from '../core/index.ts';
import { useCaseName } from '../core/index.ts';
import type { TextRow } from './text-table.ts';

/** One row for each architecture: how many variants, how accurate, and the fastest single input on each hardware. */
export function architectureRows(catalogue: Catalogue): TextRow[] {
  const { variants } = catalogue;
  const hardware = [...new Set(variants.map((variant) => variant.hardware))].toSorted();
  return [...new Set(variants.map(({ architecture }) => architecture))].map((architecture) => {
    const indexes = catalogue.ofArchitecture(architecture);
    const accuracies = indexes.map((index) => variants[index].accuracyPercent);
    const fastest = hardware.flatMap((kind) => {
      const here = indexes.filter((index) => variants[index].hardware === kind);
      const times = here.map((index) => batchMs(catalogue, index, 1));
      return times.length === 0 ? [] : [[`${kind}_batch_1_ms`, Math.min(...times)] as const];
    });
    return {
      architecture,
      use_case: useCaseName(variants[indexes[0]].useCase),
      variants: indexes.length,
      accuracy_percent: Math.max(...accuracies),
      ...Object.fromEntries(fastest),
    };
  });
}

/** One row for each variant. */
export function variantRows(catalogue: Catalogue): TextRow[] {
  return catalogue.variants.map((variant) => {
    const { index, maxBatch, profile } = variant;
    const fullMs = batchMs(catalogue, index, maxBatch);
    return {
      variant: variant.name,
      hardware: variant.hardware,
      max_batch: maxBatch,
      accuracy_percent: variant.accuracyPercent,
      batch_1_ms: batchMs(catalogue, index, 1),
      full_batch_ms: fullMs,
      inputs_per_s: fourDigits((1000 * maxBatch) / fullMs),
      load_s: fourDigits(catalogue.latency[index].expectedLoadNs / 1e9),
      memory_mb: fourDigits(variant.resources.memoryBytes / 1e6),
      figures: profile.synthesised ? 'synthesised' : 'measured',
    };
  });
}

/** One row for each machine type. */
export function machineRows(machineTypes: readonly MachineType[]): TextRow[] {
  return machineTypes.map((type) => ({
    machine: type.name,
    cores: type.cores,
    memory_gb: fourDigits(type.memoryBytes / 1e9),
    accelerator: type.accelerator === undefined ? '' : `${type.accelerator.count} ${type.accelerator.hardware}`,
    on_demand_usd_per_h: type.pricePerHourUsd,
    reserved_usd_per_h: type.reservedPricePerHourUsd,
    idle_watts: type.idleWatts,
    busy_watts: type.busyWatts,
  }));
}

/** Expected milliseconds of a batch that has its resources to itself. */
function batchMs({ latency }: Catalogue, index: VariantIndex, inputs: number): number {
  return fourDigits(latency[index].expectedBatchNs(inputs) / 1e6);
}

function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
