/** Profiles of variants whose files and tensors are known: measured together, interleaved, beside one reference kernel. */
import { ServingError, ServingErrors } from '../../../core/index.ts';
import type { Profile } from '../../../core/index.ts';
import { environmentStamp } from '../environment-stamp.ts';
import type { EnvironmentStamp } from '../environment-stamp.ts';
import { measureCells } from './measure-cells.ts';
import type { Journal } from './measure-cells.ts';
import type { NoiseReport } from './noise.ts';
import { noiseOf } from './noise.ts';
import { filledOptions } from './options.ts';
import type { ProfileOptions, ProfiledVariant } from './options.ts';
import type { SampleRecord } from './records.ts';
import { sharesOf, sittingNotes, sittingsOf, sittingsStamp } from './sittings.ts';
import { profileOf, summaryOf } from './summarise.ts';
import type { VariantSummary } from './summarise.ts';

export interface MeasuredVariant {
  readonly variant: ProfiledVariant;
  readonly summary: VariantSummary;
  /** Undefined when not even the smallest batch could be measured; the failures say why. */
  readonly profile: Profile | undefined;
}

export interface MeasuredVariants {
  readonly variants: readonly MeasuredVariant[];
  readonly noise: NoiseReport;
  readonly environment: EnvironmentStamp;
  readonly notes: readonly string[];
  readonly records: readonly SampleRecord[];
}

const NO_JOURNAL: Journal = { earlier: [], record: () => undefined };

/**
 * Measures and summarises.
 * @throws ServingError as `measureCells`.
 */
export async function measureVariants(
  variants: readonly ProfiledVariant[],
  options: ProfileOptions,
  journal: Journal = NO_JOURNAL,
): Promise<MeasuredVariants> {
  const { records, notes } = await measureCells(variants, filledOptions(options), journal);
  const summaries = variants.map((_, target) => summaryOf(records, target));
  const named = variants.flatMap(({ name }, target) => summaries[target].cells.map((cell) => ({ name, cell })));
  const sittings = sittingsOf(records);
  const noise = noiseOf(named, sharesOf(sittings));
  const environment = {
    ...environmentStamp(),
    ...sittingsStamp(sittings),
    rounds_apart: noise.spreadPercent === null ? 'unknown: one round' : `${noise.spreadPercent.toFixed(1)} %`,
  };
  return {
    variants: variants.map((variant, target) => {
      const summary = summaries[target];
      const isMeasured = summary.cells.some(({ kind }) => kind === 'busy') && summary.loads.length > 0;
      const profile = isMeasured ? profileOf(summary, { threads: variant.threads, environment }) : undefined;
      return { variant, summary, profile };
    }),
    noise,
    environment,
    notes: [...notes, ...sittingNotes(sittings)],
    records,
  };
}

/**
 * Profiles by name; with small options in a few seconds for each variant.
 * @throws ServingErrors PROFILE_FAILED, one for each variant that cannot be measured; ServingError as `measureCells`.
 */
export async function profileVariants(
  variants: readonly ProfiledVariant[],
  options: ProfileOptions,
): Promise<Map<string, Profile>> {
  const measured = await measureVariants(variants, options);
  const failed = measured.variants.filter(({ profile }) => profile === undefined);
  if (failed.length > 0) throw new ServingErrors(failed.map(profileFailure));
  return new Map(
    measured.variants.flatMap(({ variant, profile }) => (profile === undefined ? [] : [[variant.name, profile]])),
  );
}

/** Why a variant has no profile. */
function profileFailure({ variant, summary }: MeasuredVariant): ServingError {
  return new ServingError({
    code: 'PROFILE_FAILED',
    place: variant.file,
    message: 'not even the smallest batch could be measured',
    ...(summary.failures.length > 0 ? { found: summary.failures[0].detail } : {}),
  });
}
