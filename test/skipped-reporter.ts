// Names every skipped test and why at the end of a run: a skipped test is a question left open, and a count hides
// which one. It judges nothing and leaves vitest's own report alone. A test says why it is skipped in brackets in its
// name, "[needs REHEARSE_DATA] reads the Azure trace", or by the note of `context.skip(note)`.
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** One skipped test: its file relative to the root, its name with its suites, the note it was skipped with. */
export type SkippedTest = {
  readonly file: string;
  readonly name: string;
  readonly note?: string | undefined;
};

const reasonless = 'no reason in the name';

/** Prints the skipped tests when a run ends; belongs before the reporter whose lines should stay last. */
export class SkippedReporter implements Reporter {
  private vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules
      .flatMap((module) => [...module.children.allTests('skipped')])
      .filter((test) => this.wasAskedFor(test))
      .map(describeTest);
    if (skipped.length > 0) this.vitest?.logger.log(formatSkipped(skipped));
  }

  /** A filter by name (`-t`) skips everything else; those tests were left out by the user, who knows. */
  private wasAskedFor(test: TestCase): boolean {
    const pattern = this.vitest?.getGlobalTestNamePattern();
    return pattern === undefined || pattern.test(test.fullName.replaceAll(' > ', ' '));
  }
}

/**
 * Lists skipped tests under their reasons.
 *
 * @returns Lines such as
 * ```
 *  Skipped 1 test:
 *    needs REHEARSE_DATA
 *      test/traces/readers.test.ts > [needs REHEARSE_DATA] reads the Azure trace
 * ```
 */
export function formatSkipped(tests: readonly SkippedTest[]): string {
  const byReason = new Map<string, string[]>();
  for (const test of tests) {
    const reason = findReason(test);
    const lines = byReason.get(reason) ?? [];
    byReason.set(reason, [...lines, `     ${test.file} > ${test.name}`]);
  }
  const reasons = [...byReason.keys()].sort(compareReasons);
  const count = tests.length === 1 ? '1 test' : `${tests.length} tests`;
  return [
    `\n Skipped ${count}:`,
    ...reasons.flatMap((reason) => [`   ${reason}`, ...(byReason.get(reason) ?? [])]),
  ].join('\n');
}

function findReason({ name, note }: SkippedTest): string {
  return note ?? /\[([^\]]+)\]/.exec(name)?.[1] ?? reasonless;
}

/** By name, what has no reason last. */
function compareReasons(left: string, right: string): number {
  if (left === reasonless || right === reasonless) return Number(left === reasonless) - Number(right === reasonless);
  return left < right ? -1 : 1;
}

function describeTest(test: TestCase): SkippedTest {
  const result = test.result();
  return {
    file: test.module.relativeModuleId,
    name: test.fullName,
    note: result.state === 'skipped' ? result.note : undefined,
  };
}
