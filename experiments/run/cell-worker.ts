/** Entry of a worker thread: runs the replications it is handed, one at a time. */
import type { PolicyDefinition } from '../../core/index.ts';
import { loadPolicyModule } from '../config/load-policy-module.ts';
import type { ReplicationTask } from '../plan/tasks.ts';
import { simulateReplication } from './simulate-replication.ts';
import type { ReplicationOutput } from './simulate-replication.ts';

const loaded = new Map<string, PolicyDefinition>();

/** Runs one task. Called by the pool. */
export async function run(task: ReplicationTask): Promise<ReplicationOutput> {
  for (const { module } of Object.values(task.cell.policies.families)) {
    if (module !== null && !loaded.has(module)) loaded.set(module, await loadPolicyModule(module));
  }
  return simulateReplication(task, loaded, () => performance.now());
}
