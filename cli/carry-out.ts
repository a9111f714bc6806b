/** How a run is carried out and shown: with the engines of experiments and reports, which no other command needs. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { ExperimentResult } from '../core/index.ts';
import type { ExperimentConfig } from '../experiments/index.ts';
import { prepareFile, runExperiment, runLiveExperiment, writeWhole } from '../experiments/index.ts';
import {
  applicationTable,
  chromeTrace,
  comparisonTable,
  expectationTable,
  objectiveTable,
  offlineLines,
  servedByTable,
  verdictSentence,
  writeReport,
} from '../reports/index.ts';
import { remarks } from './remarks.ts';
import { ProgressLine } from './progress.ts';
import { FAILED, VALID } from './exit-codes.ts';
import { missedObjectives } from './require-objectives.ts';
import { resultSummary } from './result-summary.ts';
import type { RunFlags } from './run-options.ts';

/** Ctrl-C, and what ends a process in an orderly way elsewhere. A second one ends it at once. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface FinishedRun {
  readonly status: number;
  /** Whether it was interrupted, be it while its report was made: nothing else is to begin. */
  readonly stopped: boolean;
  readonly result: ExperimentResult;
  /** What `--json` prints. */
  readonly summary: object;
}

/** Runs an experiment, writes its files and shows the result. @param command the line that repeats the run. */
export async function carryOut(config: ExperimentConfig, flags: RunFlags, command: string): Promise<FinishedRun> {
  const directory = resolve(flags.out ?? join('out', config.name));
  const interrupt = new AbortController();
  const stop = (): void => {
    process.stderr.write('\ninterrupted: what is finished is kept\n');
    interrupt.abort();
  };
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  const progress = new ProgressLine();
  try {
    if (flags.timeline !== undefined) await prepareFile(flags.timeline);
    const execute = flags.live === true ? runLiveExperiment : runExperiment;
    const { result, timeline } = await execute(config, {
      directory,
      jobs: flags.jobs ?? availableParallelism(),
      command,
      signal: interrupt.signal,
      timeline: flags.timeline !== undefined,
      onProgress: (step) => progress.show(step),
    });
    progress.end();
    await writeReport(directory);
    if (flags.timeline !== undefined) await writeTimeline(flags.timeline, timeline, config);
    if (flags.json !== true) {
      process.stdout.write(`${shown(result, flags)}\n${join(directory, 'report.html')}\n`);
    }
    const { verdict, complete } = result;
    const summary = resultSummary(result, directory, { byApplication: flags.byApplication === true });
    const stopped = !complete || interrupt.signal.aborted;
    const missed = flags.requireObjectives === true ? missedObjectives(result) : [];
    for (const line of missed) process.stderr.write(`${line}\n`);
    return { status: verdict.valid && missed.length === 0 ? VALID : FAILED, stopped, result, summary };
  } finally {
    progress.end();
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  }
}

/** The tables, what was expected, the verdict, and what to know when reading. */
function shown(result: ExperimentResult, { byApplication }: RunFlags): string {
  const applications = byApplication === true ? [applicationTable(result), servedByTable(result)] : [];
  const more = [...applications, objectiveTable(result), expectationTable(result)].filter((table) => table !== '');
  const spaced = more.length === 0 ? '' : `\n${more.join('\n\n')}\n\n`;
  return `${comparisonTable(result)}\n${spaced}${verdictSentence(result)}\n${offlineLines(result)}${remarks(result)}`;
}

async function writeTimeline(
  path: string,
  timeline: Parameters<typeof chromeTrace>[0] | undefined,
  config: ExperimentConfig,
): Promise<void> {
  if (timeline === undefined) {
    process.stderr.write('no timeline was written: its run was not finished\n');
    return;
  }
  const { variants, machineTypes } = config.points[0].scenario;
  const names = {
    variant: (index: number) => variants[index].name,
    machineType: (index: number) => machineTypes[index].name,
  };
  await writeWhole(path, JSON.stringify(chromeTrace(timeline, names)));
}
