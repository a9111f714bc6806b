/** Why a worker has no engine any more, for those who log and count it. */
import type { ProcessExit } from '../process/index.ts';
import type { EngineFailure } from './engine.ts';

export interface EngineDeath {
  /** `load-failed`: the model could not be loaded. Otherwise the process ended by itself, or by a limit of ours. */
  readonly cause: 'crashed' | 'timeout' | 'memory' | 'load-failed';
  /** One line for people; may name files. */
  readonly detail: string;
  /** Of a process that ended by itself. */
  readonly exit: ProcessExit | undefined;
}

/** The death that a failure tells of; the process of one that was refused is ended by its parent. */
export function engineDeath({ kind, detail, exit }: EngineFailure): EngineDeath {
  // What is killed though nobody asked for it was killed from outside.
  const cause = kind === 'refused' ? 'load-failed' : kind === 'killed' ? 'crashed' : kind;
  return { cause, detail, exit };
}
