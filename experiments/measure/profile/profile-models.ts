/**
 * Profiles of model files as the command makes them: each with each number of threads, samples kept while they are
 * measured, a definition for each variant and one table for all written when it is done.
 * Invariant: a definition or the table is written whole or not at all, and only when all was measured.
 */
import { join, resolve } from 'node:path';
import type { Nanos, Profile } from '../../../core/index.ts';
import { formatDuration } from '../../../core/index.ts';
import { profileWarnings } from '../../../backends/index.ts';
import { prepareFile, writeWhole } from '../../run/write-results.ts';
import { environmentStamp, sameMachine } from '../environment-stamp.ts';
import { definitionYaml } from './definition-yaml.ts';
import type { DescribedModel } from './models.ts';
import { filledOptions } from './options.ts';
import type { ProfileOptions, ProfiledVariant } from './options.ts';
import { profileCsv } from './profile-csv.ts';
import type { MeasuredVariant, MeasuredVariants } from './profile-variants.ts';
import { measureVariants } from './profile-variants.ts';
import { pictureText } from './picture-times.ts';
import { samplesJournal, setAside } from './samples-file.ts';
import { cellText } from './schedule.ts';

export interface ProfileRequest {
  readonly models: readonly DescribedModel[];
  /** Numbers of threads, ascending. */
  readonly threads: readonly number[];
  readonly options: ProfileOptions;
  /** Folder that everything is written into. */
  readonly out: string;
  /** Goes on with what an interrupted measurement left there. */
  readonly resume: boolean;
  /** The command line, for the definitions. */
  readonly command: string;
  /** Told of what happens before the first block. */
  readonly note: (text: string) => void;
}

export interface WrittenProfile extends MeasuredVariant {
  /** Undefined where it could not be measured. */
  readonly path: string | undefined;
  /** Where its table ends before what was asked, or does not rise. */
  readonly notes: readonly string[];
  /** What decoding and encoding take, or that they are not in the table. */
  readonly pictures: string;
}

export interface ProfileOutcome extends Pick<MeasuredVariants, 'noise' | 'environment'> {
  readonly profiles: readonly WrittenProfile[];
  readonly csv: string;
  readonly samples: string;
  readonly notes: readonly string[];
}

/** Where samples lie in the output folder. */
const SAMPLES_FILE = 'profile-samples.jsonl';

/**
 * Measures and writes.
 * @throws ServingError MEASURE_INTERRUPTED, PROFILE_RESUME, OUTPUT_UNWRITABLE, and those of `measureVariants`.
 */
export async function profileModels(request: ProfileRequest): Promise<ProfileOutcome> {
  const { models, threads, out, resume, note } = request;
  const samples = resolve(out, SAMPLES_FILE);
  await prepareFile(samples);
  const pairs = models.flatMap((model) =>
    threads.map((count) => ({ model, variant: variantOf(model, count, threads) })),
  );
  const variants = pairs.map(({ variant }) => variant);
  const options = resolvedOptions(request.options);
  const aside = resume ? undefined : setAside(samples);
  if (aside !== undefined) note(`earlier samples are kept in ${aside}; --resume would have gone on with them`);
  const journal = samplesJournal(samples, settingsOf(variants, options), resume);
  const earlier = journal.earlier.filter(({ type }) => type === 'block').length;
  if (resume) note(`${earlier} blocks were measured before`);
  const measured = await measureVariants(variants, options, journal);
  const csv = resolve(out, 'profile.csv');
  await writeWhole(csv, profileCsv(measured.variants));
  const profiles: WrittenProfile[] = [];
  for (const [index, one] of measured.variants.entries()) {
    profiles.push(await written(one, pairs[index].model, { ...request, noise: measured.noise }));
  }
  const { noise, environment, notes } = measured;
  return { profiles, csv, samples, noise, environment, notes };
}

async function written(
  measured: MeasuredVariant,
  model: DescribedModel,
  { out, command, noise }: ProfileRequest & Pick<MeasuredVariants, 'noise'>,
): Promise<WrittenProfile> {
  const { variant, profile, summary } = measured;
  const notes = [
    ...summary.failures.map((failure) => `${cellText(failure)} could not be measured: ${failure.detail}`),
    ...summary.lost.map(({ round, detail }) => `round ${round + 1} has not all its samples: ${detail}`),
    ...(profile === undefined ? [] : warningsOf(profile)),
  ];
  const pictures = await pictureText(model);
  if (profile === undefined) return { ...measured, path: undefined, notes, pictures };
  const path = join(resolve(out), `${variant.name}.yaml`);
  const { name, threads } = variant;
  await writeWhole(
    path,
    definitionYaml({ name, model, threads, profile, summary, pictures, noise, path, command, notes }),
  );
  return { ...measured, path, notes, pictures };
}

/** The catalogue's warnings, each with the condition it is about. */
function warningsOf(profile: Profile): string[] {
  return profileWarnings(profile).map(({ path, message }) => {
    const idle = path[0] === 'after_idle' ? profile.afterIdle?.[Number(path[1])] : undefined;
    return idle === undefined ? message : `after ${formatDuration(idle.idleNs)} idle, ${message}`;
  });
}

function variantOf(model: DescribedModel, threads: number, all: readonly number[]): ProfiledVariant {
  const { name, file, sha256, hardware, inputs, outputs, batches, useCase } = model;
  const maxBatch = batches[batches.length - 1];
  const own = all.length > 1 ? `${name}-t${threads}` : name;
  return { name: own, file, sha256, hardware, threads, maxBatch, batches, inputs, outputs, useCase };
}

/** With the defaults as they are today, so that a later sitting compares like with like. */
function resolvedOptions(options: ProfileOptions): ProfileOptions {
  return { ...options, ...filledOptions(options) };
}

function settingsOf(variants: readonly ProfiledVariant[], options: ProfileOptions): Readonly<Record<string, unknown>> {
  const { gapsNs, samplesMax, cellBudgetNs, rounds, idleSamplesMax, colocatedSamplesMax, workersMax } = options;
  const budget: Readonly<Record<string, Nanos | number | undefined>> = {
    samplesMax,
    cellBudgetNs,
    rounds,
    idleSamplesMax,
    colocatedSamplesMax,
  };
  return {
    models: variants.map(({ name, sha256 }) => [name, sha256]),
    threads: variants.map(({ threads }) => threads),
    useCases: variants.map(({ useCase }) => useCase ?? null),
    hardware: variants.map(({ hardware }) => hardware),
    batches: variants.map(({ batches }) => batches),
    inputs: variants.map(({ inputs }) => inputs),
    gaps: gapsNs,
    workers: workersMax,
    ...budget,
    ...sameMachine(environmentStamp()),
  };
}
