/** The solver, loaded only where a policy of the run asks for one. */
import { loadSolver } from '../../backends/index.ts';
import { builtInPolicy } from '../../core/index.ts';
import type { Family, PolicyDefinition, Solver } from '../../core/index.ts';
import type { PolicySetConfig } from '../config/experiment-config.ts';

/** @param modules the user's policy files that the set names, loaded. */
export async function solverFor(
  { families }: PolicySetConfig,
  modules: ReadonlyMap<string, PolicyDefinition>,
): Promise<Solver | undefined> {
  const uses = Object.entries(families).some(([family, { policy, module }]) => {
    const definition = module === null ? builtInPolicy(family as Family, policy) : modules.get(module); // Its keys.
    return definition?.usesSolver === true;
  });
  return uses ? loadSolver() : undefined;
}
