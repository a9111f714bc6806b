// Small scaling problems: by hand for worked examples, at random for laws, and every plan tried for the optimum.
import fc from 'fast-check';
import type { Choice, Plan, ScalingProblem } from '../../../../core/policies/infaas-paper/scaling-problem.ts';
import { isFeasible, objectiveOf } from '../../../../core/policies/infaas-paper/scaling-problem.ts';

export type ChoiceSketch = Partial<Omit<Choice, 'needs' | 'variant'>> & { readonly cores?: number };

/** One architecture on one kind of resource, cores; lambda 0.1 per second and slack 1.05, as by default. */
export function problemOf(
  loadRps: number,
  choices: readonly ChoiceSketch[],
  { cores = 1e6, lambda = 0.1, slack = 1.05 } = {},
): ScalingProblem {
  return {
    architectures: [{ name: 'architecture', loadRps, choices: choices.map(choiceOf) }],
    resources: [{ name: 'cores', amount: cores }],
    lambda,
    slack,
  };
}

function choiceOf({ cores = 1, ...sketch }: ChoiceSketch, variant: number): Choice {
  const plain = { variant, throughputRps: 100, costUsd: 1, loadS: 0, running: 0, least: 0 };
  return { ...plain, ...sketch, needs: [{ resource: 0, amount: cores }] };
}

const anyChoice = fc.record({
  throughputRps: fc.constantFrom(0, 10, 25, 40, 100),
  costUsd: fc.integer({ min: 1, max: 20 }),
  loadS: fc.integer({ min: 0, max: 10 }),
  running: fc.integer({ min: 0, max: 2 }),
  cores: fc.integer({ min: 1, max: 4 }),
  device: fc.integer({ min: 0, max: 1 }),
});

/** One or two architectures of up to three variants on two scarce resources; what runs fits. */
export const anyProblem: fc.Arbitrary<ScalingProblem> = fc
  .record({
    architectures: fc.array(
      fc.record({
        loadRps: fc.integer({ min: 0, max: 120 }),
        choices: fc.array(anyChoice, { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    spare: fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 4 })),
    lambda: fc.constantFrom(0, 0.1, 1),
  })
  .map(({ architectures, spare, lambda }) => {
    const all = architectures.flatMap(({ choices }) => choices);
    const taken = (of: (choice: (typeof all)[number]) => number): number =>
      all.reduce((sum, choice) => sum + of(choice) * choice.running, 0);
    let variant = 0;
    return {
      architectures: architectures.map(({ loadRps, choices }, at) => ({
        name: `architecture-${at}`,
        loadRps,
        choices: choices.map(({ cores, device, ...choice }) => ({
          ...choice,
          variant: variant++,
          least: 0,
          needs: [{ resource: 0, amount: cores }, ...(device > 0 ? [{ resource: 1, amount: device }] : [])],
        })),
      })),
      resources: [
        { name: 'cores', amount: taken(({ cores }) => cores) + spare[0] },
        { name: 'devices', amount: taken(({ device }) => device) + spare[1] },
      ],
      lambda,
      slack: 1.05,
    };
  });

/** The least objective of all plans that are feasible, by trying them; undefined without any. */
export function bruteForce(problem: ScalingProblem): number | undefined {
  const flat = problem.architectures.flatMap(({ choices, loadRps }, at) =>
    choices.map((choice) => ({ at, most: mostOf(choice, loadRps * problem.slack) })),
  );
  const counts = flat.map(() => 0);
  let best: number | undefined;
  const visit = (index: number): void => {
    if (index === flat.length) {
      const plan: Plan = problem.architectures.map((_, at) => counts.filter((_count, i) => flat[i].at === at));
      if (!isFeasible(problem, plan)) return;
      best = Math.min(best ?? Infinity, objectiveOf(problem, plan));
      return;
    }
    for (counts[index] = 0; counts[index] <= flat[index].most; counts[index] += 1) visit(index + 1);
    counts[index] = 0;
  };
  visit(0);
  return best;
}

/** More instances than serve the whole load alone only cost. */
function mostOf({ throughputRps }: Choice, load: number): number {
  return throughputRps === 0 ? 0 : Math.ceil(load / throughputRps - 1e-9);
}
