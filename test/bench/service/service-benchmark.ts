/** The live service beside ONNX Runtime alone: what it adds, how much it serves, how many connections it bears. */
import { connectionsBenchmark } from './connections.ts';
import type { ConnectionFigures, ConnectionsOptions } from './connections.ts';
import { overheadBenchmark } from './overhead.ts';
import type { OverheadFigures } from './overhead.ts';
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
}

export function serviceBenchmark(options: ServiceBenchmarkOptions): Promise<ServiceBenchmark> {
  const { parts, runs, roundMs, rounds } = options;
  return onStage(async (stage) => ({
    overhead: parts.includes('overhead') ? await overheadBenchmark(stage, runs) : [],
    throughput: parts.includes('throughput') ? await throughputBenchmark(stage, roundMs, rounds) : [],
    connections: parts.includes('connections') ? await connectionsBenchmark(stage, options) : [],
  }));
}
