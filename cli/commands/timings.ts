/** `rehearse timings`: how long models take to begin and to answer, and two such runs compared. */
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { TimingsResult } from '../../core/index.ts';
import { FAILED, VALID } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { MeasuringLine } from '../measuring-line.ts';
import { printJson } from '../print-json.ts';
import { commandText } from '../run-options.ts';

const EXAMPLES = `
Examples:
  $ rehearse timings experiments/configs/timings/small.yaml --out out/before
  $ rehearse timings compare out/before out/after

Writes timings.html, timings.json (every sample), timings.csv (a row for each process or request and part) and
summary.csv into the output folder. Networks of the zoo are built once and kept in --models.
Exit status: 0 valid result, 1 failed, invalid or interrupted run, 2 bad usage or bad config.`;

const COMPARE_EXAMPLE = `
Example:
  $ rehearse timings compare out/before out/after --out out/comparison

B is told as faster or slower than A where the whole interval of the ratio of the medians lies beyond both 1 and the
ratio of the reference kernels, which is the machine's own; else as undecided.
Writes comparison.html, comparison.csv and comparison.json where --out is given.
Exit status: 0 whatever the verdicts, 2 when a folder has no timings or the two have nothing in common.`;

interface Flags {
  readonly out?: string;
  readonly models: string;
  readonly seed?: string;
  readonly json?: true;
}

export function timingsCommand(outcome: Outcome): Command {
  const command = new Command('timings')
    .description('Time how models begin (init) and answer (handle), part by part, side by side.')
    // The options of `compare` are its own, although some have the same names.
    .enablePositionalOptions()
    .argument('<file>', 'timings config (YAML)')
    .option('--out <folder>', 'where the results go (default: out/<name>)')
    .option('--models <folder>', 'where networks of the zoo are kept', join('out', 'zoo'))
    .option('--seed <seed>', "root of all randomness, in place of the config's")
    .option('--json', 'print one object with the verdict and the output folder, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: Flags) => time(file, flags, outcome));
  command.addCommand(compareCommand());
  return command;
}

function compareCommand(): Command {
  return new Command('compare')
    .description('Set two earlier runs side by side: medians, their ratios with intervals, verdicts.')
    .argument('<a>', 'output folder of the first run')
    .argument('<b>', 'output folder of the second run')
    .option('--out <folder>', 'write the comparison there as well')
    .option('--json', 'print one object and nothing else')
    .addHelpText('after', COMPARE_EXAMPLE)
    .action(compare);
}

async function time(file: string, { out, models, seed, json }: Flags, outcome: Outcome): Promise<void> {
  const { loadTimingsConfig, runTimings } = await import('../../experiments/index.ts');
  const { timingsRemarks, timingsTable, writeTimings } = await import('../../reports/index.ts');
  const config = loadTimingsConfig(file, { seed });
  const directory = resolve(out ?? join('out', config.name));
  await requireWritable(directory);
  const line = new MeasuringLine();
  try {
    const result = await interruptible((signal) =>
      runTimings(config, {
        modelsFolder: resolve(models),
        command: commandText(['timings', file, ...(seed === undefined ? [] : ['--seed', seed])]),
        signal,
        onProgress: (step) => line.show(step),
        onBroken: async (partial) => {
          line.end();
          process.stderr.write(`what was finished is in ${shown(await writeTimings(directory, partial))}\n`);
        },
      }),
    );
    line.end();
    const page = await writeTimings(directory, result);
    outcome.status = result.verdict.valid ? VALID : FAILED;
    if (json === true) printJson(summaryOf(result, directory));
    else process.stdout.write(`${timingsTable(result)}\n\n${timingsRemarks(result)}\n${shown(page)}\n`);
  } finally {
    line.end();
  }
}

async function compare(a: string, b: string, { out, json }: Pick<Flags, 'out' | 'json'>): Promise<void> {
  const { compareTimings } = await import('../../experiments/index.ts');
  const { readTimings, timingsComparisonTable, writeTimingsComparison } = await import('../../reports/index.ts');
  if (resolve(a) === resolve(b)) {
    const message = 'a run cannot be compared with itself';
    throw new ServingError({ code: 'TIMINGS_SAME_FOLDER', message, found: `${a} twice`, expected: 'two folders' });
  }
  const comparison = compareTimings(
    { folder: a, result: await readTimings(resolve(a)) },
    { folder: b, result: await readTimings(resolve(b)) },
  );
  const page = out === undefined ? '' : `${shown(await writeTimingsComparison(resolve(out), comparison))}\n`;
  if (json === true) printJson(comparison);
  else process.stdout.write(`${timingsComparisonTable(comparison)}\n${page}`);
}

/** A folder that cannot be written to is told before minutes of measuring. */
async function requireWritable(directory: string): Promise<void> {
  const { prepareFile } = await import('../../experiments/index.ts');
  await prepareFile(join(directory, 'timings.json'));
}

function summaryOf({ name, verdict, complete, noise, cells }: TimingsResult, directory: string): object {
  const { spreadPercent, limitPercent } = noise;
  return {
    name,
    folder: directory,
    complete,
    verdict,
    noise: { spreadPercent, limitPercent },
    cells: cells.map(({ label, model, precision, hardware, threads, init, handle }) => ({
      label,
      model,
      precision,
      hardware,
      threads,
      init: init?.parts ?? null,
      handle: handle?.parts ?? null,
    })),
  };
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
