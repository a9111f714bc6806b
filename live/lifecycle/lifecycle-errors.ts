/** What keeps a server from beginning, beyond what its parts say themselves. */
import { ServingError, ServingErrors } from '../../core/index.ts';

export function machinesFailed(failures: readonly string[]): ServingErrors {
  return new ServingErrors(
    failures.map(
      (message) =>
        new ServingError({
          code: 'LIVE_MACHINES',
          message,
          next: 'mend the command, or start with fewer machines (fleet.machines)',
        }),
    ),
  );
}

export function selfTestFailed(what: string, found: string, expected: string): ServingError {
  return new ServingError({
    code: 'LIVE_SELF_TEST',
    message: `the service started, but fails its own test: ${what}`,
    found,
    expected,
    next: 'see its log for the reason',
  });
}
