/** What executes the work of a live run: the backend port, and what a run wants of it besides. */
import type { Address, Backend, Catalogue, Fleet, Message, RequestTable, WorkerId, World } from '../../core/index.ts';

export interface LabelledAnswers {
  readonly labelled: number;
  readonly right: number;
}

export interface LiveBackend extends Backend {
  /** Ends all work and frees what it holds; fulfilled when no child process is left. */
  close(): Promise<void>;
  /** What a reader of the result must know: what was measured of the answers, what went wrong in an engine. */
  notes?(): readonly string[];
  /** Inputs answered so far whose label is known, and how many of them rightly; absent where answers are not looked at. */
  answered?(): LabelledAnswers;
  /** Process id of a worker's engine, where it has one: for those who watch its memory and processor time. */
  processOf?(worker: WorkerId): number | undefined;
}

export interface LiveBackendParts {
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly requests: RequestTable;
  readonly seed: string;
  /** `now` and timers; messages to actors go through `deliver`. */
  readonly world: Pick<World, 'now' | 'setTimer'>;
  /** Takes an answer; it is delivered as an event of its own, also when called from within a call. */
  readonly deliver: (to: Address, message: Message) => void;
}

/** Makes the backend of a run. Called once, before anything is loaded. */
export type LiveBackendFactory = (parts: LiveBackendParts) => LiveBackend;

/** Number and name of a worker, for notes. */
export function workerLabel(
  { catalogue, fleet }: Pick<LiveBackendParts, 'catalogue' | 'fleet'>,
  worker: WorkerId,
): string {
  return `worker ${worker} (${catalogue.variants[fleet.variant[worker]].name})`;
}
