/** `rehearse query`: ask the running service, naming no model unless one wants to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { QueryAnswer } from '../../live/control/index.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { addServiceOptions, connect } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';
import { queryOfflineCommand } from './query-offline.ts';

const EXAMPLES = `
Examples:
  $ rehearse query online -t classification -D fashion-mnist -A 85 -l 50 -i shoe.png     a use case
  $ rehearse query online -a resnet20 -l 200 -i shoe.png -i shirt.png                    an architecture
  $ rehearse query online -v fmnist-resnet20-int8 --tensor input=input.bin               a variant, raw floats

A variant goes before an architecture, and that before a use case. An architecture needs -l; a use case needs -t, -D, -A
and -l. Standard output has the model's raw outputs, one line for each input; standard error says who answered.
Exit status: 0 when the query was answered, 1 when it was not, 2 when it cannot be asked so.`;

interface OnlineFlags extends ServiceFlags {
  readonly inputs?: readonly string[];
  readonly tensor?: readonly string[];
  readonly input_dim?: number;
  readonly model_architecture?: string;
  readonly model_variant?: string;
  readonly version?: string;
  readonly task?: string;
  readonly dataset?: string;
  readonly accuracy?: number;
  readonly latency?: number;
  readonly timeout?: number;
  readonly output_file?: string;
}

export function queryCommand(outcome: Outcome): Command {
  const command = new Command('query').description('Ask the running service.').addHelpText('after', EXAMPLES);
  command.addCommand(onlineCommand(outcome));
  command.addCommand(queryOfflineCommand(outcome));
  return command;
}

function onlineCommand(_outcome: Outcome): Command {
  const command = new Command('online')
    .description('Send images or raw tensors and print what the model answers.')
    .option('-i, --inputs <file>', 'an image; repeat it for a query of several inputs', collect)
    .option('--tensor <[name=]file>', 'raw little-endian values of an input, or its JSON; repeatable', collect)
    .option('-d, --input_dim <side>', 'side length that the model must be for; images of any size are taken', positive)
    .option('-a, --model_architecture <name>', 'an architecture')
    .option('-v, --model_variant <name>', 'a variant')
    .option('--version <version>', 'a version of the variant other than the default one')
    .option('-t, --task <task>', 'the task of a use case, such as classification')
    .option('-D, --dataset <dataset>', 'the dataset of a use case, such as fashion-mnist')
    .option('-A, --accuracy <percent>', 'least accuracy, in percent; 0 for any', percent)
    .option('-l, --latency <ms>', 'latency objective, in milliseconds', positive)
    .option('--timeout <ms>', 'give up after this long, in milliseconds', positive)
    .option('-o, --output_file <file>', 'write the raw outputs there')
    .addHelpText('after', EXAMPLES);
  return addServiceOptions(command).action(async (flags: OnlineFlags) => {
    const body = bodyOf(flags, command);
    const client = await connect(flags);
    const answer = (await client.post('/rehearse/v1/query', body)) as QueryAnswer; // The shape is the service's own.
    if (flags.json === true) {
      printJson(answer);
      return;
    }
    const { answerLines, outputLines } = await import('../service/query-text.ts');
    const raw = outputLines(answer);
    if (flags.output_file === undefined) process.stdout.write(raw);
    else writeOutput(flags.output_file, raw);
    process.stderr.write(answerLines(answer));
  });
}

/** The query, after the checks that INFaaS's own command makes, in its words. */
function bodyOf(flags: OnlineFlags, command: Command): object {
  const { inputs = [], tensor = [], model_variant: variant, model_architecture: architecture } = flags;
  const { task, dataset, accuracy, latency } = flags;
  if (inputs.length === 0 && tensor.length === 0) {
    command.error('error: Must specify input (-i) or --tensor');
  }
  if (inputs.length > 0 && tensor.length > 0) command.error('error: either -i or --tensor, not both');
  const isUseCase = task !== undefined && dataset !== undefined && accuracy !== undefined && latency !== undefined;
  if (variant === undefined && (architecture === undefined || latency === undefined) && !isUseCase) {
    command.error('error: Invalid input combination: -v; -a with -l; or -t, -D, -A and -l');
  }
  const asked =
    variant !== undefined
      ? { variant, version: flags.version }
      : architecture !== undefined
        ? { architecture }
        : { task, dataset, accuracyPercent: accuracy };
  return {
    ...asked,
    inputDim: flags.input_dim,
    latencyMs: latency,
    timeoutMs: flags.timeout,
    images: inputs.map((path) => ({ base64: readInput(path).toString('base64') })),
    tensors: tensor.map(tensorOf),
  };
}

function tensorOf(written: string): object {
  const at = written.indexOf('=');
  const [name, path] = at < 0 ? ['', written] : [written.slice(0, at), written.slice(at + 1)];
  const contentType = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
  return { name, contentType, base64: readInput(path).toString('base64') };
}

function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileError(path, 'the input cannot be read', cause);
  }
}

function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw fileError(path, 'the output cannot be written', cause);
  }
}

function fileError(place: string, message: string, cause: unknown): ServingError {
  const found = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'no such file' : String(cause);
  return new ServingError({ code: 'CLI_FILE', place, message, found, cause });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function positive(written: string): number {
  const value = Number(written);
  if (written.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number above 0');
}

function percent(written: string): number {
  const value = Number(written);
  if (written.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('expected a percentage from 0 to 100');
}
