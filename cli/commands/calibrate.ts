/** `rehearse calibrate`: what latency tables cannot know of a live service, fitted on one workload and judged on others. */
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import type { FidelityResult } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { CalibrationFit, ExperimentConfig, JudgedCell } from '../../experiments/index.ts';
import { FAILED, VALID } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { commandText } from '../run-options.ts';
import { textTable } from '../text-table.ts';
import type { TextRow } from '../text-table.ts';

const EXAMPLE = `
Example:
  $ rehearse calibrate experiments/configs/fidelity/small.yaml --judge experiments/configs/quickstart.yaml

Runs the config live (its first policy set, at the first point of its grid, as long as its live: section says) and
compares what its batches took with its latency tables. A run of one worker tells nothing of contention; one whose
workers all work all the time tells nothing of wake-ups. Name the file it writes in other configs:
  calibration: out/calibration/calibration.yaml
--judge runs other configs live and simulated, with the tables as they are and with the calibration, and writes the
second comparison as fidelity.html.
Exit status: 0 fitted, 1 the run failed or was interrupted, 2 bad usage or a bad config.`;

interface CalibrateFlags {
  readonly judge?: readonly string[];
  readonly out: string;
}

export function calibrateCommand(outcome: Outcome): Command {
  return new Command('calibrate')
    .description('Fit to a live run what latency tables cannot know: host overhead, idle times, contention, wake-ups.')
    .argument('<file>', 'the experiment config to run live (YAML)')
    .option('--judge <file...>', 'configs to judge the calibration on')
    .option('--out <folder>', 'where the calibration goes', 'out/calibration')
    .addHelpText('after', EXAMPLE)
    .action(async (file: string, flags: CalibrateFlags) => {
      const { loadConfig } = await import('../../experiments/index.ts');
      // All are read before anything runs.
      const config = await loadConfig(file, { live: true });
      const others: ExperimentConfig[] = [];
      for (const other of flags.judge ?? []) {
        others.push(await loadConfig(other, { live: true }));
        if (realpathSync(other) === realpathSync(file)) throw sameConfig(other);
      }
      const command = commandText([
        'calibrate',
        file,
        ...(flags.judge === undefined ? [] : ['--judge', ...flags.judge]),
      ]);
      outcome.status = await interruptible((signal) => carryOut(config, others, { flags, command, signal }));
    });
}

function sameConfig(found: string): ServingError {
  return new ServingError({
    code: 'CALIBRATION_JUDGED_ON_ITSELF',
    message: '--judge names the config that the calibration is fitted to',
    found,
    expected: 'another config: on its own a fit says nothing',
  });
}

async function carryOut(
  config: ExperimentConfig,
  others: readonly ExperimentConfig[],
  { flags, command, signal }: { flags: CalibrateFlags; command: string; signal: AbortSignal },
): Promise<number> {
  const { calibrate, judgeCalibration, prepareFile, writeWhole } = await import('../../experiments/index.ts');
  const directory = resolve(flags.out);
  const path = join(directory, 'calibration.yaml');
  await prepareFile(path);
  process.stderr.write(`running ${config.name} live\n`);
  const fit = await calibrate(config, signal);
  if (fit === undefined) return FAILED;
  await writeWhole(path, await fileText(fit, command));
  process.stdout.write(`${fitTable(fit)}\n${path}\n`);
  const startedAt = new Date();
  const judged: { readonly name: string; readonly cells: readonly JudgedCell[] }[] = [];
  for (const other of others) {
    const onCell = (label: string): boolean => process.stderr.write(`judging on ${other.name}: ${label}\n`);
    judged.push({ name: other.name, cells: await judgeCalibration(other, fit.calibration, { signal, onCell }) });
  }
  if (judged.length === 0) return VALID;
  const frame = { command, startedAt, interrupted: signal.aborted };
  const [before, after] = await Promise.all(
    (['before', 'after'] as const).map((side) => compared(judged, side, frame)),
  );
  const { writeFidelityFolder } = await import('../fidelity-folder.ts');
  const page = await writeFidelityFolder(directory, after);
  process.stdout.write(`${[await judgementTable(before, after), ...notesOf(after), page].join('\n')}\n`);
  return signal.aborted ? FAILED : VALID;
}

async function fileText({ calibration, notes }: CalibrationFit, command: string): Promise<string> {
  const { calibrationData } = await import('../../experiments/index.ts');
  const head = [
    'What latency tables cannot know of a live service on this machine. Name this file as `calibration:` of a config.',
    `Written by: ${command}`,
    'after_idle: what a batch takes in the service that comes after an idle time. infer_factor: its execution over what',
    '  the table says. extra_us: microseconds added to the whole, by percentile.',
    'wake_up: how late a sleeping service notices an arrival. contention: share by which each other batch slows one.',
    ...notes,
  ];
  return `${head.map((line) => `# ${line}\n`).join('')}\n${stringify(calibrationData(calibration), { lineWidth: 0 })}`;
}

function fitTable({ calibration, alone, beside, wakeUps, notes }: CalibrationFit): string {
  const micros = (valueNs: number): string => `${(valueNs / 1e3).toFixed(0)} us`;
  const rows = calibration.afterIdle.map(({ idleNs, inferFactor, extra }): TextRow => ({
    after_idle: idleNs === 0 ? 'back to back' : `${(idleNs / 1e6).toFixed(2)} ms`,
    infer_factor: inferFactor.toFixed(3),
    extra_mean: micros(extra.meanNs),
  }));
  const wakeUp = `wake-ups ${micros(calibration.wakeUp.meanNs)} late in the mean of ${wakeUps}`;
  const contention = `each other batch slows one by ${(100 * calibration.contention).toFixed(1)} %`;
  const counts = `fitted to ${alone} batches alone and ${beside} beside others`;
  return [textTable(rows), `${wakeUp}; ${contention}; ${counts}`, ...notes.map((note) => `note: ${note}`)].join('\n');
}

async function compared(
  judged: readonly { readonly name: string; readonly cells: readonly JudgedCell[] }[],
  side: 'before' | 'after',
  frame: { readonly command: string; readonly startedAt: Date; readonly interrupted: boolean },
): Promise<FidelityResult> {
  const { DEFAULT_BAR, environmentOf, fidelityOf } = await import('../../experiments/index.ts');
  const { command, startedAt, interrupted } = frame;
  const cells = judged.flatMap(({ name, cells: own }) =>
    own.map((cell) => ({ label: cell.label, group: name, simulated: [cell[side]], live: [cell.live] })),
  );
  return fidelityOf(cells, {
    bar: DEFAULT_BAR,
    confidence: 0.95,
    name: 'calibration',
    question: 'Does the calibration make the simulated answer the live answer?',
    environment: environmentOf(startedAt, (Date.now() - startedAt.getTime()) / 1e3),
    command,
    notes: [
      ...(interrupted ? ['interrupted: only the cells that were finished are judged'] : []),
      'each cell is one live run and one simulation',
    ],
  });
}

function notesOf({ notes }: FidelityResult): readonly string[] {
  return notes.map((note) => `note: ${note}`);
}

/** The differences of each cell with the tables as they are, and with the calibration. */
async function judgementTable(before: FidelityResult, after: FidelityResult): Promise<string> {
  const { comparisonIn, differenceText } = await import('../../reports/index.ts');
  const shown = ['attainment_percent', 'latency_mean_ms', 'latency_p50_ms', 'latency_p99_ms'] as const;
  const row = (result: FidelityResult, index: number, tables: string): TextRow => {
    const cell = result.cells[index];
    const texts = shown.map((name) => [name, differenceText(name, comparisonIn(cell, name)?.difference.mean ?? null)]);
    return { config: cell.group, cell: cell.label, tables, ...Object.fromEntries(texts) };
  };
  return textTable(
    after.cells.flatMap((_, index) => [row(before, index, 'as they are'), row(after, index, 'calibrated')]),
  );
}
