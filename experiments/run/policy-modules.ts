/** The policy files of users that an experiment names, loaded once in each thread. */
import type { PolicyDefinition } from '../../core/index.ts';
import { loadPolicyModule } from '../config/load-policy-module.ts';
import type { PolicySetConfig } from '../config/experiment-config.ts';

/** By absolute path. Node keeps a module once it is loaded, so asking again costs nothing. */
export async function policyModules(config: {
  readonly policies: readonly PolicySetConfig[];
}): Promise<Map<string, PolicyDefinition>> {
  const modules = new Map<string, PolicyDefinition>();
  for (const { families } of config.policies) {
    for (const { module } of Object.values(families)) {
      if (module !== null && !modules.has(module)) modules.set(module, await loadPolicyModule(module));
    }
  }
  return modules;
}
