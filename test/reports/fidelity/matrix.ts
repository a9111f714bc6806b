// Comparisons to read: cells of several scenarios and loads, with distributions and time lines made from a seed.
import type { FidelityResult, ReplicationResult } from '../../../core/index.ts';
import type { FidelityCellInput } from '../../../experiments/index.ts';
import { compared } from '../../experiments/measure/fidelity/pairs.ts';
import { experimentResult } from '../fixture.ts';

/** Runs of a fixture under a seed, every latency and the p99 line times a factor. */
function runsTimes(factor: number, seed: string, replications: number): ReplicationResult[] {
  const [{ replications: runs }] = experimentResult({ policies: ['none'], replications, seed, scaling: true }).cells;
  return runs.map((run) => ({
    ...run,
    metrics: {
      ...run.metrics,
      latency_p50_ms: (run.metrics.latency_p50_ms ?? 0) * factor,
      latency_p99_ms: (run.metrics.latency_p99_ms ?? 0) * factor,
    },
    cdf: { ...run.cdf, latencyMs: run.cdf.latencyMs.map((latency) => latency * factor) },
  }));
}

/** @param groups scenarios; each has a cell for each load. @param off by how much their simulations are off. */
export function matrixOf(
  groups: readonly string[],
  loads: readonly (number | undefined)[],
  off: readonly number[] = [1],
): FidelityResult {
  return compared(
    groups.flatMap((group, row) =>
      loads.map((loadPercent): FidelityCellInput => ({
        label: loadPercent === undefined ? group : `${group}, ${loadPercent} %`,
        group,
        loadPercent,
        simulated: runsTimes(off[row % off.length], group, 2),
        live: runsTimes(1, group, 2),
      })),
    ),
  );
}
