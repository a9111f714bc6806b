/** `rehearse profile`: measure models, and write what the catalogue and `rehearse model register` take. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { ProfileOptions } from '../../experiments/measure/profile/index.ts';
import { BAD_INPUT, FAILED } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
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
profile-samples.jsonl, the raw samples, into the output folder; samples of an earlier measurement there are renamed
to profile-samples.1.jsonl and so on. first_run is the first runs: one input, then two. A definition is what catalogue.files of a config takes;
rehearse model register FOLDER registers all of a folder with their models.
Exit status: 0 all measured, 1 some model could not be measured, or it was interrupted, 2 bad usage or a bad model.`;

export function profileCommand(outcome: Outcome): Command {
  const command = new Command('profile')
    .description('Measure models: load, latency by batch, idle gaps, co-location, memory.')
    .argument('[file...]', 'ONNX files, or folders of them')
    .addHelpText('after', EXAMPLE);
  return addProfileOptions(command).action(async (files: string[], flags: ProfileFlags) => {
    requireUsage(command, files, flags);
    const line = new MeasuringLine();
    try {
      // What it says depends on where it was broken off.
      outcome.status = await interruptible((signal) => profile(files, flags, { line, signal }), '');
    } catch (error) {
      if (!(error instanceof ServingError) || error.code !== 'MEASURE_INTERRUPTED') throw error;
      line.end();
      const kept = existsSync(join(flags.out, SAMPLES_FILE));
      const told = kept ? `what is measured is kept in ${flags.out}; --resume goes on with it` : 'nothing was measured';
      process.stderr.write(`interrupted: ${told}\n`);
      outcome.status = FAILED;
    } finally {
      line.end();
    }
  });
}

function requireUsage(command: Command, files: readonly string[], flags: ProfileFlags): void {
  const named = flags.variant ?? [];
  if (files.length === 0 && named.length === 0) command.error('error: name a model file, a folder or --variant', usage);
  if (files.length > 0 && named.length > 0) command.error('error: name files or --variant, not both', usage);
  if (files.length === 0) {
    const idle = OF_FILES.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
    if (idle.length > 0) {
      command.error(`error: with --variant the catalogue says it: leave out ${idle.join(', ')}`, usage);
    }
    return;
  }
  const missing = (['accuracy', 'dataset', 'task'] as const).filter((name) => flags[name] === undefined);
  if (missing.length > 0) {
    command.error(`error: a model file does not say it: give ${missing.map((name) => `--${name}`).join(', ')}`, usage);
  }
}

/** Raw samples in the output folder; named here so that bad usage loads no profiler. */
const SAMPLES_FILE = 'profile-samples.jsonl';
/** What is said of files alone. */
const OF_FILES = ['accuracy', 'name', 'precision', 'architecture', 'task', 'dataset', 'size'] as const;
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
  // A table is made again by the whole measurement, in however many sittings it was made.
  const words = process.argv.slice(3).filter((word) => word !== '--resume');
  const command = commandText(['profile', ...words]);
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
