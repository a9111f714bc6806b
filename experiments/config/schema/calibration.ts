/** A calibration as YAML says it: what `rehearse calibrate` writes, and what `calibration:` of a config names. */
import { z } from 'zod';
import type { Calibration, Nanos, QuantileShift } from '../../../core/index.ts';
import { NANOS_PER_MICROSECOND, formatDuration, milliseconds, toMilliseconds } from '../../../core/index.ts';
import { duration, list, number, say, section, text } from './quantities.ts';

const PERCENTILE = 'a percentile such as p50 or p99.9';
const percentile = z.string().regex(/^p(100|\d{1,2}(\.\d+)?)$/, say(PERCENTILE));
const APART = 'each percentile once';
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
      .refine(areApart, say(APART))
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

/** "p50" and "p50.0" are one percentile. */
function areApart(map: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(map);
  return new Set(names.map((name) => (name === 'mean' ? name : Number(name.slice(1))))).size === names.length;
}

function descends(values: readonly number[]): boolean {
  return values.some((value, index) => index > 0 && value < values[index - 1]);
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
          .refine((map) => Object.keys(map).length > 0, say('at least one quantile, or none of this'))
          .refine(areApart, say(APART))
          .refine((map) => !descends(pointsOf(map).map(({ valueNs }) => valueNs)), say('quantiles that do not descend'))
          .meta({ description: 'By percentile.' })
          .optional(),
      },
      { what: 'a time such as { mean: 100 us }', doc: 'How late a sleeping service wakes up.' },
    ),
    pauses: section(
      {
        over: duration('The time that batches were seen running.'),
        at_ms: z
          .array(number('When.', 'a number of milliseconds', { minimum: 0 }), say('a list of times'))
          .meta({ description: 'When each pause began on that time, in milliseconds.' }),
        last_ms: z
          .array(number('How long.', 'milliseconds above 0', { above: 0 }), say('a list of times'))
          .meta({ description: 'How long each lasted, in milliseconds.' }),
      },
      { what: 'a map such as { over: 3 s, at_ms: [12.5], last_ms: [3.1] }', doc: 'When the machine stood still.' },
    )
      .refine(({ at_ms: at, last_ms: last }) => at.length === last.length, say('at_ms and last_ms of equal length'))
      .refine(({ at_ms: at }) => at.length > 0, say('at least one pause, or none of this'))
      .refine(({ at_ms: at }) => !descends(at), say('at_ms in ascending order'))
      .refine(({ at_ms: at, over }) => at.every((atMs) => milliseconds(atMs) <= over), say('at_ms up to `over`'))
      .optional(),
    contention: number('Share by which each other running batch of a machine slows a batch.', 'a number from 0', {
      minimum: 0,
    }),
  },
  calibrationWords,
).transform(({ source, after_idle: afterIdle, wake_up: wakeUp, pauses, contention }) => ({
  source,
  afterIdle,
  wakeUp: {
    meanNs: wakeUp.mean,
    ...(wakeUp.quantiles === undefined ? {} : { quantilesNs: pointsOf(wakeUp.quantiles) }),
  },
  pauses:
    pauses === undefined
      ? null
      : {
          overNs: pauses.over,
          events: pauses.at_ms.map((atMs, index) => ({
            atNs: milliseconds(atMs),
            lastsNs: milliseconds(pauses.last_ms[index]),
          })),
        },
  contention,
}));

/** A calibration in the words of the file. */
export function calibrationData({ source, afterIdle, wakeUp, pauses, contention }: Calibration): object {
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
    ...(pauses === null
      ? {}
      : {
          pauses: {
            over: formatDuration(pauses.overNs),
            at_ms: pauses.events.map(({ atNs }) => Number(toMilliseconds(atNs).toFixed(3))),
            last_ms: pauses.events.map(({ lastsNs }) => Number(toMilliseconds(lastsNs).toFixed(3))),
          },
        }),
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
