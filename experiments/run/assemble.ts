/** From the outputs of all replications to the experiment's result. */
import { createHash } from 'node:crypto';
import type {
  CellResult,
  EnvironmentResult,
  ExperimentResult,
  MetricName,
  Problem,
  ReplicationResult,
  Verdict,
} from '../../core/index.ts';
import { RESULT_VERSION } from '../../core/index.ts';
import { applicationMetrics, applicationsOf, cellMetrics, cellVerdict } from '../compare/aggregate.ts';
import { comparisonsOf } from '../compare/comparisons.ts';
import { expectationsOf } from '../compare/expectations.ts';
import { isAcceptable, objectivesOf } from '../compare/objectives.ts';
import { configHash } from '../config/config-hash.ts';
import type { ExperimentConfig, GridPoint } from '../config/experiment-config.ts';
import type { Cell } from '../plan/tasks.ts';

export interface AssemblyParts {
  readonly config: ExperimentConfig;
  readonly world: 'simulated' | 'live';
  readonly cells: readonly Cell[];
  /** What was finished of each cell, in the order of replications. */
  readonly replications: ReadonlyMap<number, readonly ReplicationResult[]>;
  /** False when the run was interrupted. */
  readonly complete: boolean;
  /** Replications that their policies ended, by cell. */
  readonly failures: ReadonlyMap<number, readonly Problem[]>;
  /** What concerns the whole experiment: skipped rows of a trace. */
  readonly notes: readonly string[];
  readonly environment: EnvironmentResult;
  readonly command: string;
}

/** The result; cells of which nothing was finished are left out, but not what went wrong with them. */
export function assembleResult(parts: AssemblyParts): ExperimentResult {
  const { config, world, complete, environment, command } = parts;
  const metrics = config.compare as readonly MetricName[]; // The config layer checked the names.
  const { baseline, confidence } = config;
  const applications = applicationsOf([...parts.replications.values()]);
  const cells = parts.cells.flatMap((cell) => {
    const replications = parts.replications.get(cell.cell) ?? [];
    if (replications.length === 0) return [];
    const failed = parts.failures.get(cell.cell) ?? [];
    const plan = { confidence, metrics, applications, point: config.points[cell.point], failed };
    return [cellResult(cell, replications, plan)];
  });
  const missing = parts.cells.filter(({ cell }) => (parts.replications.get(cell) ?? []).length === 0);
  const failures = missing.flatMap(({ cell, label }) =>
    (parts.failures.get(cell) ?? []).slice(0, 1).map((problem) => ({ label, problem })),
  );
  const digests = cells.flatMap(({ replications }) => replications.map(({ digest }) => digest));
  return {
    version: RESULT_VERSION,
    world,
    name: config.name,
    question: config.question,
    config: config.resolved,
    configHash: configHash(config.resolved),
    seed: config.seed,
    environment,
    complete,
    verdict: experimentVerdict(cells, failures, parts),
    cells,
    compared: metrics,
    comparisons: comparisonsOf(cells, { baseline, metrics, applications, confidence }),
    expectations: expectationsOf(cells, config.expect, confidence),
    command,
    digest: createHash('sha256').update(digests.join('\n')).digest('hex').slice(0, 16),
  };
}

interface CellPlan {
  readonly confidence: number;
  /** Metrics whose intervals should be narrow. */
  readonly metrics: readonly MetricName[];
  readonly applications: readonly string[];
  readonly point: GridPoint;
  /** Its replications that are not there because its policies ended them. */
  readonly failed: readonly Problem[];
}

function cellResult(
  cell: Cell,
  replications: readonly ReplicationResult[],
  { confidence, metrics: primary, applications, point, failed }: CellPlan,
): CellResult {
  const metrics = cellMetrics(replications, confidence);
  const finished = cellVerdict(replications, metrics, primary);
  const problems = [...failed.slice(0, 1), ...finished.problems];
  const verdict = { ...finished, valid: problems.length === 0, problems };
  const objectives = objectivesOf({ replications, verdict }, point, confidence);
  return {
    cell: cell.cell,
    policy: cell.policies.name,
    parameters: cell.parameters,
    label: cell.label,
    verdict,
    metrics,
    metricsByApplication: applicationMetrics(replications, applications, confidence),
    objectives,
    acceptable: isAcceptable(objectives),
    replications,
  };
}

/** An experiment is valid when it is complete and all its cells are. */
function experimentVerdict(
  cells: readonly CellResult[],
  failures: readonly { readonly label: string; readonly problem: Problem }[],
  { complete, notes }: Pick<AssemblyParts, 'complete' | 'notes'>,
): Verdict {
  const known = cells.flatMap(({ label, verdict }) => verdict.problems.map((problem) => ({ label, problem })));
  const problems = [...known, ...failures].map(({ label, problem }) => ({
    ...problem,
    message: `${label}: ${problem.message}`,
  }));
  if (!complete) {
    problems.push({
      code: 'RUN_INCOMPLETE',
      message: 'the experiment was interrupted; only what was finished is here',
      advice: 'run it again to the end before comparing policies',
    });
  }
  return { valid: problems.length === 0, problems, notes };
}
