/**
 * Variants that no best allocation needs: another serves every demand they serve, at least as accurately and as fast,
 * with no more resources, wherever they could be. Leaving them out changes no optimum and shortens the search a lot:
 * catalogues hold many builds of one network.
 */
import type { Resources } from '../planning/machine-offers.ts';
import type { Problem } from './allocation.ts';

/** The variants that serve some demand and that none dominates, ascending; of equals the first. */
export function undominated(problem: Problem): number[] {
  const { offers, demands } = problem;
  const useful = [...offers.keys()].filter(
    (variant) => offers[variant].throughputRps > 0 && demands.some(({ variants }) => variants.includes(variant)),
  );
  return useful.filter(
    (variant) =>
      !useful.some(
        (other) =>
          other !== variant &&
          isAsGood(problem, other, variant) &&
          (other < variant || !isAsGood(problem, variant, other)),
      ),
  );
}

/** Whether `a` can stand in for `b`. */
function isAsGood({ offers, machines, demands }: Problem, a: number, b: number): boolean {
  return (
    offers[a].accuracyPercent >= offers[b].accuracyPercent &&
    offers[a].throughputRps >= offers[b].throughputRps &&
    takesNoMore(offers[a].need, offers[b].need) &&
    demands.every(({ variants }) => variants.includes(a) || !variants.includes(b)) &&
    machines.every(({ hosts }) => hosts[a] >= hosts[b])
  );
}

function takesNoMore(a: Resources, b: Resources): boolean {
  return (
    a.cores <= b.cores &&
    a.memoryBytes <= b.memoryBytes &&
    a.accelerators <= b.accelerators &&
    a.deviceMemoryBytes <= b.deviceMemoryBytes
  );
}
