/** Entry of a worker thread: runs the replications it is handed, one at a time. */
import type { ReplicationTask } from '../plan/tasks.ts';
import { allowDeepInlining } from './inlining.ts';
import { policyModules } from './policy-modules.ts';
import { simulateReplication } from './simulate-replication.ts';
import type { ReplicationOutput } from './simulate-replication.ts';

allowDeepInlining();

/** Runs one task. Called by the pool. */
export async function run(task: ReplicationTask): Promise<ReplicationOutput> {
  const modules = await policyModules({ policies: [task.cell.policies] });
  return simulateReplication(task, modules, () => performance.now());
}
