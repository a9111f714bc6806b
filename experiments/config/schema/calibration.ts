/** A calibration as YAML says it: what `rehearse calibrate` writes, and what `calibration:` of a config names. */
import { z } from 'zod';
import type { Calibration, Nanos, QuantileShift } from '../../../core/index.ts';
import { NANOS_PER_MICROSECOND, formatDuration } from '../../../core/index.ts';
import { duration, list, number, say, section, text } from './quantities.ts';

const PERCENTILE = 'a percentile such as p50 or p99.9';
const percentile = z.string().regex(/^p(100|\d{1,2}(\.\d+)?)$/, say(PERCENTILE));
const microseconds = number('Microseconds.', 'a number of microseconds', {});

export const calibrationWords = {
  what: 'a calibration as `rehearse calibrate` writes it',
  doc: 'What latency tables cannot know of a live service.',
};

const idleSchema = section(
  {
    idle: duration('How long the worker had been idle; 0 s for batches back to back.', { zero: true }),
    infer_factor: number('Time of an execution in the service over what the table says.', 'a factor above 0', {
      above: 0,
    }),
    extra_us: z
      .record(
        z.union([z.literal('mean'), percentile]),
        microseconds,
        say('a map such as { mean: 80, p50: 70, p99: 400 }'),
      )
      .refine((map) => map['mean'] !== undefined, say('a map with the mean, such as { mean: 80, p50: 70 }'))
      .meta({ description: 'What the host adds to a batch beyond the profile: microseconds, by percentile.' }),
  },
  {
    what: 'a map such as { idle: 0 s, infer_factor: 1.02, extra_us: { mean: 20 } }',
    doc: 'What batches take in the service that come after an idle time.',
  },
).transform(({ idle: idleNs, infer_factor: inferFactor, extra_us: extra }) => ({
  idleNs,
  inferFactor,
  extra: shiftOf(extra),
}));

const IDLES = 'entries by ascending idle time, the first with 0 s';

/** Entries that could not be read have been told of, and have no idle time. */
function ascend(idles: readonly { readonly idleNs?: Nanos }[]): boolean {
  const times = idles.flatMap(({ idleNs }) => (idleNs === undefined ? [] : [idleNs]));
  if (times.length < idles.length) return true;
  return times.every((idleNs, index) => (index === 0 ? idleNs === 0 : idleNs > times[index - 1]));
}

export const calibrationSchema: z.ZodType<Calibration> = section(
  {
    source: text('The run it was fitted to.'),
    after_idle: list(idleSchema, { what: IDLES, doc: 'What batches take in the service.' }).refine(ascend, say(IDLES)),
    wake_up: section(
      {
        mean: duration('The mean.', { zero: true }),
        quantiles: z
          .record(percentile, duration('A quantile.', { zero: true }), say('a map such as { p50: 90 us }'))
          .meta({ description: 'By percentile.' })
          .optional(),
      },
      { what: 'a time such as { mean: 100 us }', doc: 'How late a sleeping service wakes up.' },
    ),
    contention: number('Share by which each other running batch of a machine slows a batch.', 'a number from 0', {
      minimum: 0,
    }),
  },
  calibrationWords,
).transform(({ source, after_idle: afterIdle, wake_up: wakeUp, contention }) => ({
  source,
  afterIdle,
  wakeUp: {
    meanNs: wakeUp.mean,
    ...(wakeUp.quantiles === undefined ? {} : { quantilesNs: pointsOf(wakeUp.quantiles) }),
  },
  contention,
}));

/** A calibration in the words of the file. */
export function calibrationData({ source, afterIdle, wakeUp, contention }: Calibration): object {
  return {
    source,
    after_idle: afterIdle.map(({ idleNs, inferFactor, extra }) => ({
      idle: formatDuration(idleNs),
      infer_factor: Number(inferFactor.toFixed(4)),
      extra_us: { mean: micros(extra.meanNs), ...percentiles(extra.quantilesNs, micros) },
    })),
    wake_up: {
      mean: formatDuration(wakeUp.meanNs),
      ...(wakeUp.quantilesNs === undefined ? {} : { quantiles: percentiles(wakeUp.quantilesNs, formatDuration) }),
    },
    contention: Number(contention.toFixed(4)),
  };
}

function percentiles<Shown>(
  points: readonly { readonly probability: number; readonly valueNs: number }[],
  shown: (valueNs: number) => Shown,
): Readonly<Record<string, Shown>> {
  const named = (probability: number): string => `p${Number((probability * 100).toPrecision(6))}`;
  return Object.fromEntries(points.map(({ probability, valueNs }) => [named(probability), shown(valueNs)]));
}

function micros(valueNs: number): number {
  return Number((valueNs / NANOS_PER_MICROSECOND).toFixed(1));
}

function shiftOf({ mean = 0, ...percentileMicros }: Readonly<Record<string, number>>): QuantileShift {
  const nanos = (micro: number): number => Math.round(micro * NANOS_PER_MICROSECOND);
  return {
    meanNs: nanos(mean),
    quantilesNs: pointsOf(percentileMicros).map(({ probability, valueNs }) => ({
      probability,
      valueNs: nanos(valueNs),
    })),
  };
}

/** The keys of a map have no order of their own. */
function pointsOf(map: Readonly<Record<string, Nanos>>): { readonly probability: number; readonly valueNs: Nanos }[] {
  return Object.entries(map)
    .map(([name, valueNs]) => ({ probability: Number(name.slice(1)) / 100, valueNs }))
    .toSorted((a, b) => a.probability - b.probability);
}
