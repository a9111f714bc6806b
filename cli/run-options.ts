/** The options that `run` and `replay` share, and how a run is carried out and shown. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
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

/** Ctrl-C, and what ends a process in an orderly way elsewhere. A second one ends it at once. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface RunFlags {
  readonly live?: boolean;
  readonly seed?: string;
  readonly replications?: number;
  readonly jobs?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly timeline?: string;
  readonly byApplication?: boolean;
  readonly requireObjectives?: boolean;
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--live', 'perform on the wall clock with real engines instead of in simulation')
    .option('--seed <seed>', "root of all randomness, in place of the config's")
    .option('--replications <count>', 'runs of each cell under different seeds', positiveInteger)
    .option('--jobs <count>', 'worker threads (default: one per core)', positiveInteger)
    .option('--out <folder>', 'where the results go (default: out/<name>)')
    .option('--by-application', 'show how each application fares, and which variants answered it')
    .option('--timeline <file>', "write the first run's batches, loads and machines as a Chrome trace, for Perfetto")
    .option('--require-objectives', 'exit with status 1 when a policy misses one of the objectives of its config')
    .option('--json', 'print one object with the verdict, the cells and the output folder, and nothing else');
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`found ${text}; expected 1, 2, 3 ...`);
  return value;
}

/** A command line to paste: words that a shell would take apart are quoted. */
export function commandText(words: readonly string[]): string {
  const quoted = words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return ['npx rehearse', ...quoted].join(' ');
}

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
