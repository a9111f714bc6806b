/** What the exit status says. */

/** A valid result. */
export const VALID = 0;
/** The run failed, or its result is invalid. */
export const FAILED = 1;
/** Bad usage, a bad config, a bad trace: nothing was run. */
export const BAD_INPUT = 2;

/** Where a command leaves its exit status. */
export interface Outcome {
  status: number;
}
