/** What a result says of an objective of the experiment. */
import type { IntervalResult } from './interval-result.ts';
import type { ObjectiveName } from './objective.ts';

/** `met` and `missed` are shown by the interval of the value; `undecided` is everything else. */
export type ObjectiveOutcome = 'met' | 'missed' | 'undecided';

/** An objective of the experiment, and how a cell did. */
export interface ObjectiveResult {
  readonly objective: ObjectiveName;
  /** What was measured, for people: "cost, reserved, per hour", "answers below 70 %". */
  readonly measure: string;
  /** Of the value and the limit. */
  readonly unit: string;
  /** The application judged; null for all requests together. */
  readonly application: string | null;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
  readonly value: IntervalResult;
  readonly outcome: ObjectiveOutcome;
  /** Replications whose own value missed the limit. */
  readonly violations: number;
  /** How far beyond the limit the worst of them was; null when none was. */
  readonly worstBy: number | null;
  /** Why nothing is decided although there is a limit, or what the outcome does not say; '' otherwise. */
  readonly remark: string;
}
