/** Worker threads that run replications in parallel; results come back in plan order, whoever finishes first. */
import { setMaxListeners } from 'node:events';
import { Piscina } from 'piscina';
import { builtEntry } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import type { ReplicationTask } from '../plan/tasks.ts';
import type { TaskAnswer } from './cell-worker.ts';
import { isOfPolicies } from './failed-replication.ts';

export interface PoolOptions {
  /** Threads at most, at least 1. */
  readonly jobs: number;
  /** Stops the pool; what has finished by then is returned. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a task has finished, in order of finishing. */
  readonly onFinished?: ((task: ReplicationTask, answer: TaskAnswer) => void) | undefined;
}

/**
 * Runs the tasks. The answer has one entry for each task, in their order: its output or that its policies failed,
 * undefined for those that were not run because the signal came first. @throws whatever else a task throws, after the
 * other threads have been stopped.
 */
export async function runTasks(
  tasks: readonly ReplicationTask[],
  { jobs, signal, onFinished }: PoolOptions,
): Promise<(TaskAnswer | undefined)[]> {
  // Every waiting task listens to the signal; that many listeners are no leak.
  if (signal !== undefined) setMaxListeners(tasks.length + 10, signal);
  const pool = new Piscina({
    filename: builtEntry(import.meta.url, 'cell-worker'),
    name: 'run',
    minThreads: Math.min(jobs, tasks.length),
    maxThreads: Math.min(jobs, tasks.length),
    concurrentTasksPerWorker: 1,
    // Else a task that found no free thread goes to the end of the queue, and an interrupted run keeps any of them.
    stricterFIFO: true,
  });
  try {
    return await Promise.all(
      tasks.map(async (task) => {
        const answer = await answerOf(pool, task, signal);
        if (answer !== undefined) onFinished?.(task, answer);
        return answer;
      }),
    );
  } finally {
    await pool.destroy();
  }
}

async function answerOf(
  pool: Piscina,
  task: ReplicationTask,
  signal: AbortSignal | undefined,
): Promise<TaskAnswer | undefined> {
  try {
    const answer = (await pool.run(task, signal === undefined ? {} : { signal })) as TaskAnswer; // What `run` returns.
    if ('failure' in answer && !isOfPolicies(answer)) throw new ServingError(answer.failure);
    return answer;
  } catch (error) {
    if (signal?.aborted === true) return undefined;
    if (error instanceof Error && /worker exited/i.test(error.message)) throw threadEnded(task, error);
    throw error;
  }
}

/** A policy file that ends its thread (`process.exit`), or a run that exhausts its memory. */
function threadEnded({ cell, replication }: ReplicationTask, cause: Error): ServingError {
  return new ServingError({
    code: 'RUN_THREAD_ENDED',
    message: `the thread of replication ${replication} of ${cell.label} ended before the run did`,
    found: cause.message,
    next: 'look for process.exit in a policy file, or give the run less to keep',
    cause,
  });
}
