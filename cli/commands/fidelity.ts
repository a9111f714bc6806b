/** `rehearse fidelity`: a simulated and a live run of the same config side by side, judged against a bar. */
import { basename, dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FIDELITY_QUANTITIES, fidelityQuantity } from '../../core/index.ts';
import type { FidelityBar, FidelityResult } from '../../core/index.ts';
import { matrixCommand } from '../fidelity-matrix.ts';
import { FAILED, VALID } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { commandText } from '../run-options.ts';
import { textTable } from '../text-table.ts';
import type { TextRow } from '../text-table.ts';

const EXAMPLE = `
Example:
  $ rehearse run my.yaml --replications 5 --out out/simulated
  $ rehearse run my.yaml --replications 5 --live --out out/live
  $ rehearse fidelity out/simulated out/live

The two have to be of one config and seed and of one length: a live run lasts as long as the config's
"live: { duration: ... }" says, 10 s by default. Runs are paired by seed; invalid ones are left out and named.
Writes fidelity.html, fidelity.csv and fidelity.json into the output folder.
Exit status: 0 the bar is met, 1 it is missed or could not be judged, 2 bad usage or results that cannot be compared.`;

interface FidelityFlags {
  readonly out?: string;
  readonly load?: number;
  readonly attainmentPoints?: number;
  readonly attainmentMeanPoints?: number;
  readonly latencyPercent?: number;
  readonly upToLoad?: number;
  readonly json?: boolean;
}

export function fidelityCommand(outcome: Outcome): Command {
  return (
    new Command('fidelity')
      // The options of `matrix` are its own, although some have the same names.
      .enablePositionalOptions()
      .description('Set a simulated and a live run of the same config side by side, and judge how far they are apart.')
      .argument('<simulated>', 'the output folder of the simulated run')
      .argument('<live>', 'the output folder of the live run')
      .option('--out <folder>', 'where the comparison goes (default: beside the live folder, named after it)')
      .option('--load <percent>', 'load of the runs in percent of capacity: latencies are judged up to 80', positive)
      .option('--attainment-points <points>', 'bar: largest difference of SLA attainment (default: 2)', positive)
      .option('--attainment-mean-points <points>', 'bar: its mean over all cells (default: 1)', positive)
      .option('--latency-percent <percent>', 'bar: largest difference of p50 and p99 (default: 9)', positive)
      .option('--up-to-load <percent>', 'bar: the load up to which latencies are judged (default: 80)', positive)
      .option('--json', 'print one object with the summary, the cells and the output folder, and nothing else')
      .addHelpText('after', EXAMPLE)
      .addCommand(matrixCommand(outcome))
      .action(async (simulated: string, live: string, flags: FidelityFlags) => {
        const directory = resolve(flags.out ?? beside(live));
        const result = await compared(simulated, live, flags);
        const { fidelitySentence } = await import('../../reports/index.ts');
        const { writeFidelityFolder } = await import('../fidelity-folder.ts');
        const page = await writeFidelityFolder(directory, result);
        outcome.status = result.summary.verdict === 'met' ? VALID : FAILED;
        if (flags.json === true) printJson(inShort(result, directory));
        else
          process.stdout.write(`${await table(result)}\n${fidelitySentence(result)}\n${remarksOf(result)}\n${page}\n`);
      })
  );
}

async function compared(simulated: string, live: string, flags: FidelityFlags): Promise<FidelityResult> {
  const { DEFAULT_BAR, fidelityOf, matchResults } = await import('../../experiments/index.ts');
  const { readResult } = await import('../../reports/index.ts');
  // In their order: of two folders that are no results, the first is told.
  const sides = {
    simulated: { folder: simulated, result: await readResult(resolve(simulated)) },
    live: { folder: live, result: await readResult(resolve(live)) },
  };
  const { cells, notes } = matchResults({ ...sides, loadPercent: flags.load });
  const { name, question, environment, cells: liveCells } = sides.live.result;
  return fidelityOf(cells, {
    bar: barOf(flags, DEFAULT_BAR),
    confidence: liveCells[0].metrics.attainment_percent.confidence,
    name,
    question,
    environment,
    command: commandLine(simulated, live, flags),
    notes,
  });
}

/** "out/live" has its comparison in "out/live-fidelity". */
function beside(live: string): string {
  const folder = resolve(live);
  return join(dirname(folder), `${basename(folder)}-fidelity`);
}

function barOf(flags: FidelityFlags, standard: FidelityBar): FidelityBar {
  return {
    attainmentPointsMax: flags.attainmentPoints ?? standard.attainmentPointsMax,
    attainmentPointsMeanMax: flags.attainmentMeanPoints ?? standard.attainmentPointsMeanMax,
    latencyShareMax: flags.latencyPercent === undefined ? standard.latencyShareMax : flags.latencyPercent / 100,
    latencyUpToLoadPercent: flags.upToLoad ?? standard.latencyUpToLoadPercent,
  };
}

function commandLine(simulated: string, live: string, flags: FidelityFlags): string {
  const options = [
    ['--load', flags.load],
    ['--attainment-points', flags.attainmentPoints],
    ['--attainment-mean-points', flags.attainmentMeanPoints],
    ['--latency-percent', flags.latencyPercent],
    ['--up-to-load', flags.upToLoad],
  ] as const;
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  return commandText(['fidelity', simulated, live, ...given]);
}

/** A row for each cell and quantity that the bar speaks of, and for where a difference comes from. */
async function table({ cells }: FidelityResult): Promise<string> {
  const { comparisonIn, differenceText, sideText } = await import('../../reports/index.ts');
  const shown = FIDELITY_QUANTITIES.map(({ name }) => name);
  const rows = cells.flatMap((cell) =>
    shown.flatMap((name, index): TextRow[] => {
      const found = comparisonIn(cell, name);
      if (found === undefined) return [];
      const { label, unit } = fidelityQuantity(name);
      const silent = found.limit === null && found.remark === '';
      return [
        {
          cell: index === 0 ? cell.label : '',
          quantity: unit === '' ? label : `${label}, ${unit}`,
          simulated: sideText(found.simulated),
          live: sideText(found.live),
          difference: differenceText(name, found.difference.mean),
          verdict: silent ? '' : [found.verdict, found.remark].filter((part) => part !== '').join(': '),
        },
      ];
    }),
  );
  return textTable(rows);
}

/** What was left out, and what to know when reading. */
function remarksOf({ cells, leftOut, notes }: FidelityResult): string {
  const runs = leftOut.map(
    ({ cell, world, replication, problem }) => `left out: ${world} run ${replication} of ${cell}: ${problem.message}\n`,
  );
  const ofCells = cells.flatMap(({ label, notes: own }) => own.map((note) => `note: ${note} (${label})\n`));
  return [...runs, ...notes.map((note) => `note: ${note}\n`), ...ofCells].join('');
}

function inShort({ name, bar, summary, cells, leftOut, notes }: FidelityResult, directory: string): object {
  return {
    name,
    bar,
    summary,
    cells: cells.map(({ label, group, loadPercent, pairs, comparisons }) => ({
      label,
      group,
      loadPercent,
      pairs,
      comparisons,
    })),
    leftOut,
    notes,
    output: directory,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError(`found ${text}; expected a number above 0`);
  }
  return value;
}
