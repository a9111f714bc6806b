/**
 * What a load test asks of the system under test: that it takes the queries of a workload when they are due and tells
 * what became of each. It is LoadGen's interface, issue and completion, with the pace on the system's side: a simulated
 * system has a time of its own.
 */
import type { Workload } from '../../../core/index.ts';
import type { AskedQueries } from './scenario-workload.ts';
import type { EndedQuery } from './query-log.ts';
import type { AnswerAccuracy } from './score.ts';

export interface SystemUnderTest {
  /** For the summary. */
  readonly name: string;
  /** What its queries ask for. */
  readonly asked: AskedQueries;
  /** Takes the workload to its end. Every query that was issued is told of once, at the latest before this is done. */
  perform(load: Load): Promise<Performed>;
}

export interface Load {
  readonly workload: Workload;
  /** Told of each query when it has ended, and of those that never did when the run is over. */
  readonly ended: (query: EndedQuery) => void;
  /** Seed of which samples the queries carry. */
  readonly sampleIndexSeed: string;
  /** Breaks off; what has not ended then is missing. */
  readonly signal?: AbortSignal | undefined;
}

export interface Performed {
  /** Null where nothing is known of the answers. */
  readonly accuracy: AnswerAccuracy | null;
  /** Why it ended before its end, or null. */
  readonly broken: string | null;
  /** What a reader of the result must know. */
  readonly notes: readonly string[];
}
