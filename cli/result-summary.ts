/** What `--json` prints of a result: the verdict, the cells and where the files are. */
import type { ExperimentResult } from '../core/index.ts';

export function resultSummary(result: ExperimentResult, directory: string): object {
  return {
    name: result.name,
    world: result.world,
    question: result.question,
    complete: result.complete,
    verdict: result.verdict,
    digest: result.digest,
    cells: result.cells.map(({ policy, parameters, verdict, metrics, replications }) => ({
      policy,
      parameters,
      valid: verdict.valid,
      metrics,
      digests: replications.map(({ digest }) => digest),
    })),
    comparisons: result.comparisons.map(({ metric, baseline, candidate, difference, ratio, verdict }) => ({
      metric,
      baseline: result.cells.find(({ cell }) => cell === baseline)?.label,
      candidate: result.cells.find(({ cell }) => cell === candidate)?.label,
      difference,
      ratio,
      verdict,
    })),
    output: directory,
  };
}
