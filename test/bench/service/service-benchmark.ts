/** The live service beside ONNX Runtime alone: what it adds, how much it serves, how many connections it bears. */
import { connectionsBenchmark } from './connections.ts';
import type { ConnectionFigures, ConnectionsOptions } from './connections.ts';
import { overheadBenchmark } from './overhead.ts';
import type { OverheadFigures } from './overhead.ts';
import { watchOthers } from './processor-time.ts';
import { onStage } from './stage.ts';
import { throughputBenchmark } from './throughput.ts';
import type { ThroughputFigures } from './throughput.ts';

export const SERVICE_PARTS = ['overhead', 'throughput', 'connections'] as const;
export type ServicePart = (typeof SERVICE_PARTS)[number];

export interface ServiceBenchmarkOptions extends ConnectionsOptions {
  readonly parts: readonly ServicePart[];
  /** Round trips of each kind at low load. */
  readonly runs: number;
  /** Of each side of the comparison at saturation. */
  readonly roundMs: number;
  readonly rounds: number;
}

export interface ServiceBenchmark {
  readonly overhead: readonly OverheadFigures[];
  readonly throughput: readonly ThroughputFigures[];
  readonly connections: readonly ConnectionFigures[];
  /** Cores that other processes kept busy meanwhile, by part: what they take slows both sides, and not evenly. */
  readonly othersCores: Readonly<Partial<Record<ServicePart, number>>>;
}

export function serviceBenchmark(options: ServiceBenchmarkOptions): Promise<ServiceBenchmark> {
  const { parts, runs, roundMs, rounds } = options;
  return onStage(async (stage) => {
    const othersCores: Partial<Record<ServicePart, number>> = {};
    const measured = async <Figures>(
      part: ServicePart,
      measure: () => Promise<readonly Figures[]>,
    ): Promise<readonly Figures[]> => {
      if (!parts.includes(part)) return [];
      const others = watchOthers(stage.pids);
      const figures = await measure();
      othersCores[part] = others();
      return figures;
    };
    return {
      overhead: await measured('overhead', () => overheadBenchmark(stage, runs)),
      throughput: await measured('throughput', () => throughputBenchmark(stage, roundMs, rounds)),
      connections: await measured('connections', () => connectionsBenchmark(stage, options)),
      othersCores,
    };
  });
}
