/** `rehearse zoo`: networks of published shape with random weights, as files to time without a download. */
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import {
  ZOO_NETWORKS,
  ZOO_PRECISIONS,
  buildZooModel,
  writeZooDefinition,
  zooNetwork,
  zooProblems,
} from '../../backends/index.ts';
import type { ZooModel, ZooNetwork } from '../../backends/index.ts';
import { ServingError, ServingErrors } from '../../core/index.ts';
import { FAILED } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { printJson } from '../print-json.ts';
import { textTable } from '../text-table.ts';
import type { TextRow } from '../text-table.ts';

const EXAMPLES = `
Examples:
  $ rehearse zoo list
  $ rehearse zoo build resnet18 resnet56-cifar --precision fp32,int8 --out out/zoo`;

const UNTRAINED = `
All are untrained: their weights are seeded random numbers. Times are those of the trained network, answers mean nothing.
Parameters and multiply-accumulates are counted on the graph, with batch normalisations folded into convolutions.
`;

interface BuildFlags {
  readonly out: string;
  readonly precision: string;
  readonly seed: string;
  readonly all?: true;
  readonly json?: true;
}

export function zooCommand(outcome: Outcome): Command {
  const command = new Command('zoo')
    .description('List and write untrained networks of published shape, for timings without a download.')
    .addHelpText('after', EXAMPLES);
  command.addCommand(listCommand());
  command.addCommand(buildCommand(outcome));
  return command;
}

function listCommand(): Command {
  return new Command('list')
    .description('The networks, with their sizes.')
    .option('--json', 'print one array of objects')
    .addHelpText('after', '\nExample:\n  $ rehearse zoo list')
    .action((flags: { readonly json?: true }) => {
      const rows = ZOO_NETWORKS.map((name) => networkRow(zooNetwork(name)));
      if (flags.json === true) printJson(rows);
      else process.stdout.write(`${textTable(rows)}${UNTRAINED}`);
    });
}

function buildCommand(outcome: Outcome): Command {
  return new Command('build')
    .description('Write networks as ONNX files, each with a definition that rehearse model register takes.')
    .argument('[networks...]', 'names out of rehearse zoo list')
    .option('--all', 'every network')
    .addOption(
      new Option('--precision <list>', `forms to write, with commas: ${ZOO_PRECISIONS.join(', ')}`).default('fp32'),
    )
    .option('--out <folder>', 'where the files go', join('out', 'zoo'))
    .option('--seed <number>', 'of the weights: the same seed gives the same bytes', '1')
    .option('--json', 'print one array of objects')
    .addHelpText('after', `${EXAMPLES}\n${UNTRAINED}`)
    .action(async (networks: string[], flags: BuildFlags) => {
      const built = await buildAll(chosen(networks, flags), flags, outcome);
      if (flags.json === true) printJson(built);
      else if (built.length > 0) {
        process.stdout.write(`${textTable(built.map(modelRow))}${UNTRAINED}\n${resolve(flags.out)}\n`);
      }
    });
}

interface Chosen {
  readonly models: readonly Pick<ZooModel, 'network' | 'precision'>[];
  readonly seed: number;
}

/** What is asked for, each once. @throws ServingErrors with all that is wrong; nothing is built then. */
function chosen(names: readonly string[], { all, precision, seed: text }: BuildFlags): Chosen {
  const networks = all === true ? ZOO_NETWORKS : [...new Set(names)];
  const wanted = [...new Set(precision.split(',').map((name) => name.trim()))];
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const problems = zooProblems({ networks: [...networks, ...(all === true ? names : [])], precisions: wanted, seed });
  if (networks.length === 0 || (all === true && names.length > 0)) {
    const message = networks.length === 0 ? 'no network is named' : 'networks are named beside --all';
    const expected = 'names of networks (see: rehearse zoo list), or --all';
    throw new ServingErrors([new ServingError({ code: 'ZOO_NOTHING_CHOSEN', message, expected }), ...problems]);
  }
  if (problems.length > 0) throw new ServingErrors(problems);
  const precisions = ZOO_PRECISIONS.filter((name) => wanted.includes(name));
  return { seed, models: networks.flatMap((network) => precisions.map((each) => ({ network, precision: each }))) };
}

/** One after another. A signal stops it after the model under way: what is there is whole. */
async function buildAll({ models, seed }: Chosen, { out }: BuildFlags, outcome: Outcome): Promise<ZooModel[]> {
  const built: ZooModel[] = [];
  await interruptible(async (signal) => {
    for (const [index, { network, precision }] of models.entries()) {
      if (signal.aborted) break;
      const model = await buildZooModel({ network, precision, seed, folder: out });
      await writeZooDefinition(model, seed);
      built.push(model);
      process.stderr.write(`${index + 1}/${models.length} ${model.name}\n`);
    }
    if (signal.aborted) outcome.status = FAILED;
  });
  return built;
}

function networkRow({ network, parameters, macs, input, output }: ZooNetwork): TextRow {
  return {
    network,
    input: input.shape.slice(1).join('x'),
    classes: output.shape[1] ?? '',
    parameters_m: rounded(parameters / 1e6),
    gmacs: rounded(macs / 1e9),
  };
}

function modelRow({ name, parameters, macs, bytes, sha256 }: ZooModel): TextRow {
  return {
    name,
    parameters_m: rounded(parameters / 1e6),
    gmacs: rounded(macs / 1e9),
    file_mb: rounded(bytes / 1e6),
    sha256,
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
