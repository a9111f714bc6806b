/**
 * Runs several experiments one after the other, each into a folder of its name, and sums up their claims. What was
 * finished stays whatever ends the rest: an interruption, or a run that fails.
 */
import { join, resolve } from 'node:path';
import type { ExperimentConfig } from '../experiments/index.ts';
import type { ClaimedRun } from '../reports/index.ts';
import { claimSummaries, claimTable, writeClaims } from '../reports/index.ts';
import type { Outcome } from './exit-codes.ts';
import { printJson } from './print-json.ts';
import { carryOut } from './carry-out.ts';
import type { FinishedRun } from './carry-out.ts';
import type { RunFlags } from './run-options.ts';

export interface RunOfAll {
  /** Gets the status of the worst run. */
  readonly outcome: Outcome;
  /** The line that repeats the run of a config, by its place. */
  readonly commandOf: (index: number) => string;
}

export async function carryOutAll(
  configs: readonly ExperimentConfig[],
  flags: RunFlags,
  { outcome, commandOf }: RunOfAll,
): Promise<void> {
  const home = resolve(flags.out ?? 'out');
  const summaries: object[] = [];
  const runs: ClaimedRun[] = [];
  try {
    for (const [index, config] of configs.entries()) {
      const finished = await carryOut(config, { ...flags, out: join(home, config.name) }, commandOf(index));
      outcome.status = Math.max(outcome.status, finished.status);
      summaries.push(finished.summary);
      runs.push(claimedRun(finished));
      if (finished.stopped) break;
    }
  } finally {
    await tellClaims(runs, home, flags);
  }
  if (flags.json === true) {
    const claims = claimSummaries(runs);
    printJson({ experiments: summaries, ...(claims.length === 0 ? {} : { claims }) });
  }
}

function claimedRun({ result }: FinishedRun): ClaimedRun {
  const { name, verdict, complete, expectations } = result;
  const valid = verdict.valid && complete;
  return { name, valid, report: `${encodeURIComponent(name)}/report.html`, expectations };
}

/** Nothing is told where nothing was expected. */
async function tellClaims(runs: readonly ClaimedRun[], home: string, { json }: RunFlags): Promise<void> {
  const table = claimTable(runs);
  if (table === '') return;
  const page = await writeClaims(home, runs);
  if (json !== true) process.stdout.write(`\n${table}\n${page}\n`);
}
