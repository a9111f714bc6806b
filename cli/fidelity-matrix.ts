/** `rehearse fidelity matrix`: many services, live and simulated in the same minutes, judged against one bar. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { FidelityResult } from '../core/index.ts';
import { ServingError } from '../core/index.ts';
import type { MatrixConfig, MatrixRecord } from '../experiments/index.ts';
import { FAILED, VALID } from './exit-codes.ts';
import type { Outcome } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import { commandText } from './run-options.ts';
import { textTable } from './text-table.ts';
import type { TextRow } from './text-table.ts';

const EXAMPLE = `
Example:
  $ rehearse fidelity matrix experiments/configs/fidelity/matrix.yaml --out out/fidelity

In each round and for each service: a profile, the capacity, a calibration, then each load live and simulated. Leave the
machine alone meanwhile. Writes fidelity.html, fidelity.csv, fidelity.json and matrix.json (capacities, calibrations,
times of the reference kernel) into the output folder. A cell with fewer than 5 valid live runs is not judged.
Interrupted, it judges what is finished; a service that fails is told, and the others go on.
Exit status: 0 the bar is met, 1 it is missed or could not be judged, 2 bad usage or a bad config.`;

/** Live runs of a cell below which the bar is not judged: fewer say too little of their own noise. */
const PAIRS_MIN = 5;

export function matrixCommand(outcome: Outcome): Command {
  return new Command('matrix')
    .description('Run services live and simulated, at loads in percent of their capacity, and judge the differences.')
    .argument('<file>', 'a matrix (YAML)')
    .option('--rounds <count>', "live runs of each cell, in place of the file's", Number)
    .option('--scenario <name...>', 'only these services')
    .option('--out <folder>', 'where the comparison goes (default: out/<name>)')
    .addHelpText('after', EXAMPLE)
    .action(async (file: string, flags: MatrixFlags) => {
      const { loadMatrix, runMatrix } = await import('../experiments/index.ts');
      const config = chosen(await loadMatrix(file, (text) => process.stderr.write(`${text}\n`)), flags);
      const directory = resolve(flags.out ?? join('out', config.name));
      const startedAt = new Date();
      const record = await interruptible((signal) =>
        runMatrix(config, {
          signal,
          onProgress: ({ finished, total, label }) => process.stderr.write(`${finished}/${total} cells: ${label}\n`),
        }),
      );
      const result = await judged(config, record, { command: commandLine(file, flags), startedAt });
      const { writeFidelityFolder } = await import('./fidelity-folder.ts');
      const { prepareFile, writeWhole } = await import('../experiments/index.ts');
      const { fidelitySentence } = await import('../reports/index.ts');
      const page = await writeFidelityFolder(directory, result);
      await prepareFile(join(directory, 'matrix.json'));
      await writeWhole(join(directory, 'matrix.json'), `${JSON.stringify(measured(record), null, 1)}\n`);
      outcome.status = result.summary.verdict === 'met' && record.complete ? VALID : FAILED;
      process.stdout.write(`${await table(result)}\n${fidelitySentence(result)}\n${page}\n`);
    });
}

interface MatrixFlags {
  readonly rounds?: number;
  readonly scenario?: readonly string[];
  readonly out?: string;
}

function chosen(config: MatrixConfig, { rounds, scenario }: MatrixFlags): MatrixConfig {
  const known = config.scenarios.map(({ name }) => name);
  const unknown = (scenario ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw badFlag('--scenario', unknown.join(', '), `some of ${known.join(', ')}`);
  if (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds >= 1)) {
    throw badFlag('--rounds', String(rounds), '1, 2, 3 ...');
  }
  return {
    ...config,
    rounds: rounds ?? config.rounds,
    scenarios: config.scenarios.filter(({ name }) => scenario === undefined || scenario.includes(name)),
  };
}

function badFlag(flag: string, found: string, expected: string): ServingError {
  return new ServingError({ code: 'MATRIX_OPTION', message: `${flag} cannot be used`, found, expected });
}

async function judged(
  config: MatrixConfig,
  record: MatrixRecord,
  { command, startedAt }: { readonly command: string; readonly startedAt: Date },
): Promise<FidelityResult> {
  const { DEFAULT_BAR, cellsOfMatrix, environmentOf, fidelityOf } = await import('../experiments/index.ts');
  const { name, question, confidence } = config;
  return fidelityOf(cellsOfMatrix(config, record), {
    bar: DEFAULT_BAR,
    confidence,
    pairsMin: PAIRS_MIN,
    name,
    question,
    environment: environmentOf(startedAt, (Date.now() - startedAt.getTime()) / 1e3),
    command,
    notes: [...openNotes(record), ...basisNotes(record)],
  });
}

/** What is missing, and why. */
function openNotes({ complete, failures }: MatrixRecord): readonly string[] {
  const failed = failures.map((failure) => `failed: ${failure}`);
  return complete ? [] : ['not complete: only what was finished is here', ...failed];
}

/** What each service was measured to do, and what a calibration could not tell. */
function basisNotes({ bases }: MatrixRecord): readonly string[] {
  const scenarios = [...new Set(bases.map(({ scenario }) => scenario))];
  return scenarios.map((scenario) => {
    const own = bases.filter((basis) => basis.scenario === scenario);
    const capacities = own.map(({ capacityRps }) => capacityRps.toFixed(0)).join(', ');
    const told = [...new Set(own.flatMap(({ calibrationNotes }) => calibrationNotes))];
    return [`capacity of ${scenario}, by round: ${capacities} requests/s`, ...told].join('; ');
  });
}

/** The record without the results, which the comparison has. */
function measured({ bases, pairs, complete, failures }: MatrixRecord): object {
  return { complete, failures, bases, pairs: pairs.map(({ live: _live, simulated: _simulated, ...pair }) => pair) };
}

/** One row for each cell. */
async function table({ cells }: FidelityResult): Promise<string> {
  const { comparisonIn, differenceText } = await import('../reports/index.ts');
  const shown = ['attainment_percent', 'latency_mean_ms', 'latency_p50_ms', 'latency_p99_ms'] as const;
  return textTable(
    cells.map((cell): TextRow => {
      const comparisons = shown.map((name) => [name, comparisonIn(cell, name)] as const);
      return {
        service: cell.group,
        cell: cell.label,
        pairs: cell.pairs,
        ...Object.fromEntries(
          comparisons.map(([name, found]) => {
            const text = found === undefined ? '' : differenceText(name, found.difference.mean);
            return [name, found?.verdict === 'misses' ? `${text} MISSES` : text];
          }),
        ),
      };
    }),
  );
}

function commandLine(file: string, { rounds, scenario = [] }: MatrixFlags): string {
  const given = rounds === undefined ? [] : ['--rounds', String(rounds)];
  return commandText([
    'fidelity',
    'matrix',
    file,
    ...given,
    ...(scenario.length > 0 ? ['--scenario', ...scenario] : []),
  ]);
}
