// How tests run: from the sources, in at most two processes (native engines and the machine's memory forbid more),
// with a closing list of what was skipped and why. Nothing here may need the network or a file outside the repository.
import { defineConfig } from 'vitest/config';
import { SkippedReporter } from './test/skipped-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['dist/**', 'out/**', 'node_modules/**'],
    // Processes, not threads: native engines may not be loaded twice into one process.
    pool: 'forks',
    maxWorkers: 2,
    // A small shared machine may pause a test for seconds; a hang is still found within the minute.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Ours comes first, so that vitest's own closing lines stay last.
    reporters: [new SkippedReporter(), 'default'],
  },
});
