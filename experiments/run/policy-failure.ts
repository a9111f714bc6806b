/** An error that a user's policy file threw during a run: the user's to mend, so it names the file and the line. */
import { pathToFileURL } from 'node:url';
import { ServingError } from '../../core/index.ts';

/** The error as the user's, when its stack passes through one of the files; else undefined. */
export function policyFailure(error: unknown, files: readonly string[]): ServingError | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const file of files) {
    const line = lineIn(error.stack ?? '', file) ?? lineIn(error.stack ?? '', pathToFileURL(file).href);
    if (line === undefined) continue;
    return new ServingError({
      code: 'RUN_POLICY_FAILED',
      place: `${file}:${line}`,
      message: 'the policy threw while the run was going on',
      found: `${error.name}: ${error.message}`,
      next: 'mend the policy file and run again',
      cause: error,
    });
  }
  return undefined;
}

/** The line of the topmost stack frame inside the file. A file that was compiled while loading may carry a query. */
function lineIn(stack: string, file: string): string | undefined {
  const at = stack.indexOf(file);
  return at < 0 ? undefined : /^(?:\?[^:)]*)?:(\d+)/.exec(stack.slice(at + file.length))?.[1];
}
