/** A policy answered with what is not there. Built-in policies have laws against it; a user's own may not. */
import { ServingError } from '../errors.ts';
import type { Family } from '../policy.ts';

export function badAnswer(family: Family, found: string, expected: string): ServingError {
  return new ServingError({
    code: 'RUN_POLICY_ANSWER',
    message: `the ${family} policy gave an answer that does not exist`,
    found,
    expected,
    next: 'mend the policy file and run again',
  });
}
