/**
 * The plan of an experiment: one task for each cell and replication, in plan order (grid point, policy,
 * replication). Under one replication number all cells have the same seed, so they see the same workload and the
 * same noise by name: common random numbers.
 */
import { parameterLabel } from '../../core/index.ts';
import type { CompiledTrace } from '../../traces/index.ts';
import type { ExperimentConfig, PolicySetConfig, ScenarioConfig } from '../config/experiment-config.ts';

export interface Cell {
  readonly cell: number;
  readonly policies: PolicySetConfig;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly label: string;
  readonly point: number;
}

/** One replication of one cell. Plain data: it is sent to worker threads. */
export interface ReplicationTask {
  readonly cell: Cell;
  readonly replication: number;
  readonly seed: string;
  readonly scenario: ScenarioConfig;
  /** The compiled trace, when the workload is one. */
  readonly trace: CompiledTrace | null;
  /** The cell has this replication only. */
  readonly single: boolean;
  /** Request rows this replication may keep. */
  readonly rowsMax: number;
  /** File for the replication's part of `requests.csv`. */
  readonly rowsFile: string;
  /** Entries of the timeline to keep; 0 keeps none. */
  readonly timelineMax: number;
}

export function cellsOf(config: ExperimentConfig): Cell[] {
  const cells: Cell[] = [];
  for (const [point, { parameters, policies: sets }] of config.points.entries()) {
    for (const policies of sets) {
      const label = [
        policies.name,
        ...Object.entries(parameters).map(([path, value]) => `${parameterLabel(path)} ${value}`),
      ].join(', ');
      cells.push({ cell: cells.length, policies, parameters, label, point });
    }
  }
  return cells;
}

/** The seed of a replication: the same for every cell. */
export function replicationSeed(config: ExperimentConfig, replication: number): string {
  return `${config.seed}/${replication}`;
}
