/** From the death of an engine to what observers are told of it. Pure. */
import type { EngineDeath } from '../../backends/index.ts';
import type { WorkerCrash } from './service-observer.ts';

/** @param death without paths. */
export function workerCrash(
  who: Pick<WorkerCrash, 'variant' | 'version' | 'worker'>,
  { cause, detail, exit }: EngineDeath,
): WorkerCrash {
  return {
    ...who,
    cause,
    detail,
    ...(typeof exit?.signal === 'string' ? { signal: exit.signal } : {}),
    ...(typeof exit?.code === 'number' ? { exitCode: exit.code } : {}),
  };
}
