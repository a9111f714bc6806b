/** Entry of a worker thread: runs the replications it is handed, one at a time. */
import { ServingError } from '../../core/index.ts';
import type { ReplicationTask } from '../plan/tasks.ts';
import type { FailedReplication } from './failed-replication.ts';
import { allowDeepInlining } from './inlining.ts';
import { policyModules } from './policy-modules.ts';
import { simulateReplication } from './simulate-replication.ts';
import type { ReplicationOutput } from './simulate-replication.ts';
import { solverFor } from './solver-for.ts';

allowDeepInlining();

/** Errors lose their class on the way between threads, so a user's mistake travels as its parts. */
export type TaskAnswer = ReplicationOutput | FailedReplication;

/** Runs one task. Called by the pool. */
export async function run(task: ReplicationTask): Promise<TaskAnswer> {
  const { policies } = task.cell;
  const modules = await policyModules({ policies: [policies] });
  try {
    const solver = await solverFor(policies, modules);
    return simulateReplication(task, modules, () => performance.now(), solver);
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    // The cause stays here: it may hold what cannot be sent, and nobody prints it.
    const { cause: _, ...failure } = error.parts;
    return { failure };
  }
}
