/** What `--json` prints of a result: the verdict, the cells and where the files are. */
import type { ExperimentResult } from '../core/index.ts';

/** @param options whether applications are told one by one, as the table of a run would. */
export function resultSummary(
  result: ExperimentResult,
  directory: string,
  { byApplication }: { readonly byApplication: boolean },
): object {
  const label = (number: number): string | undefined => result.cells.find(({ cell }) => cell === number)?.label;
  const comparisons = result.comparisons.filter(({ application }) => byApplication || application === null);
  return {
    name: result.name,
    world: result.world,
    question: result.question,
    complete: result.complete,
    verdict: result.verdict,
    digest: result.digest,
    cells: result.cells.map(
      ({ policy, parameters, verdict, metrics, metricsByApplication, objectives, acceptable, replications }) => ({
        policy,
        parameters,
        valid: verdict.valid,
        metrics,
        ...(byApplication ? { metricsByApplication } : {}),
        // A cell without objectives says nothing of them.
        ...(objectives.length === 0 ? {} : { acceptable, objectives }),
        digests: replications.map(({ digest }) => digest),
      }),
    ),
    comparisons: comparisons.map(({ metric, application, baseline, candidate, difference, ratio, verdict }) => ({
      metric,
      ...(byApplication ? { application } : {}),
      baseline: label(baseline),
      candidate: label(candidate),
      difference,
      ratio,
      verdict,
    })),
    // An experiment that expects nothing says nothing of it.
    ...(result.expectations.length === 0 ? {} : { expectations: result.expectations }),
    output: directory,
  };
}
