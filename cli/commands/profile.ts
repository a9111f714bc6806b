/** `rehearse profile`: measure models, and write what the catalogue and `rehearse model register` take. */
import { Command } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { ProfileOptions } from '../../experiments/measure/profile/index.ts';
import { BAD_INPUT, FAILED } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { MeasuringLine } from '../measuring-line.ts';
import { printJson } from '../print-json.ts';
import { addProfileOptions } from '../profile-options.ts';
import type { ProfileFlags } from '../profile-options.ts';
import { commandText } from '../run-options.ts';

const EXAMPLE = `
Examples:
  $ rehearse profile resnet50.onnx --accuracy 76.1 --dataset imagenet --task classification
  $ rehearse profile ./models --accuracy 90 --dataset clothes --task classification --threads 1,2 --out out/clothes
  $ rehearse profile --variant fmnist-resnet20-int8 fmnist-resnet20-fp32 --gaps "2 ms,50 ms"

Writes <name>.yaml for each model (with -t<threads> when there are several numbers of threads), profile.csv and
profile-samples.jsonl, the raw samples, into the output folder. A definition is what catalogue.files of a config takes;
rehearse model register FOLDER registers all of a folder with their models.
Exit status: 0 all measured, 1 some model could not be measured, or it was interrupted, 2 bad usage or a bad model.`;

/** Ctrl-C, and what ends a process in an orderly way elsewhere. A second one ends it at once. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function profileCommand(outcome: Outcome): Command {
  const command = new Command('profile')
    .description('Measure models: load, latency by batch, idle gaps, co-location, memory.')
    .argument('[file...]', 'ONNX files, or folders of them')
    .addHelpText('after', EXAMPLE);
  return addProfileOptions(command).action(async (files: string[], flags: ProfileFlags) => {
    requireUsage(command, files, flags);
    const interrupt = new AbortController();
    const stop = (): void => interrupt.abort();
    for (const signal of STOP_SIGNALS) process.once(signal, stop);
    const line = new MeasuringLine();
    try {
      outcome.status = await profile(files, flags, { line, signal: interrupt.signal });
    } catch (error) {
      if (!(error instanceof ServingError) || error.code !== 'MEASURE_INTERRUPTED') throw error;
      line.end();
      process.stderr.write(`interrupted: what is measured is kept in ${flags.out}; --resume goes on with it\n`);
      outcome.status = FAILED;
    } finally {
      line.end();
      for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
    }
  });
}

function requireUsage(command: Command, files: readonly string[], flags: ProfileFlags): void {
  const named = flags.variant ?? [];
  if (files.length === 0 && named.length === 0) command.error('error: name a model file, a folder or --variant', usage);
  if (files.length > 0 && named.length > 0) command.error('error: name files or --variant, not both', usage);
  if (files.length === 0) return;
  const missing = (['accuracy', 'dataset', 'task'] as const).filter((name) => flags[name] === undefined);
  if (missing.length > 0) {
    command.error(`error: a model file does not say it: give ${missing.map((name) => `--${name}`).join(', ')}`, usage);
  }
}

const usage = { exitCode: BAD_INPUT };

async function profile(
  files: readonly string[],
  flags: ProfileFlags,
  { line, signal }: { readonly line: MeasuringLine; readonly signal: AbortSignal },
): Promise<number> {
  const { describeModels, parseShape, profileModels, workersToTry } =
    await import('../../experiments/measure/profile/index.ts');
  const { profileJson, profileText } = await import('../profile-text.ts');
  const { chosenModels } = await import('../profile-models.ts');
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const shapes = flags.shape.map(parseShape);
  const batches = withOne(flags.batches, note);
  const options: ProfileOptions = {
    batches,
    gapsNs: flags.gaps,
    samplesMax: flags.samples,
    cellBudgetNs: flags.budget,
    rounds: flags.rounds,
    workersMax: flags.colocation ? workersToTry() : 1,
    ...(flags.memory === undefined ? {} : { memoryMaxBytes: flags.memory }),
    signal,
    progress: (step) => line.show(step),
  };
  const wishes = chosenModels(files, flags);
  const models = await describeModels(wishes, { options, hardware: flags.hardware, shapes });
  for (const text of models.flatMap(({ notes }) => notes)) note(text);
  const { out, threads, resume = false } = flags;
  const command = commandText(['profile', ...process.argv.slice(3)]);
  const done = await profileModels({ models, threads, options, out, resume, command, note });
  line.end();
  if (flags.json === true) printJson(profileJson(done));
  else process.stdout.write(profileText(done));
  return done.profiles.some(({ path }) => path === undefined) ? FAILED : 0;
}

/** Who simulates needs every batch up to the largest, from 1 on. */
function withOne(batches: readonly number[], note: (text: string) => void): readonly number[] {
  if (batches[0] === 1) return batches;
  note('batch 1 is measured as well: a table begins with it');
  return [1, ...batches];
}
