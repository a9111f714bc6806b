/** The whole config as one schema: its sections, their documentation and their defaults. */
import { z } from 'zod';
import type { MetricName } from '../../../core/index.ts';
import { METRICS, milliseconds } from '../../../core/index.ts';
import { oneOf } from '../shape-errors.ts';
import { arrivalsSchema } from './arrivals.ts';
import { calibrationSchema, calibrationWords } from './calibration.ts';
import { expectSchema, expectWords } from './expect.ts';
import { offlineShape, offlineWords } from './offline.ts';
import { objectivesSchema } from './objectives.ts';
import { policyDefaultsSchema, policySetSchema } from './policies.ts';
import { choice, count, duration, durationOrNever, list, number, say, section, text } from './quantities.ts';
import { popularitySchema, querySchema } from './queries.ts';
import { rolloutsSchema } from './rollouts.ts';
import {
  catalogueShape,
  catalogueWords,
  faultSchema,
  fleetShape,
  fleetWords,
  limitsShape,
  limitsWords,
  liveShape,
  liveWords,
  networkSchema,
} from './surroundings.ts';

const NAME = 'a name of letters, digits, ".", "_" and "-"';
const METRIC_NAMES: readonly MetricName[] = METRICS.map(({ name }) => name);
const COMPARED_BY_DEFAULT: readonly MetricName[] = [
  'attainment_percent',
  'latency_p99_ms',
  'latency_mean_ms',
  'cost_usd',
];

export const workloadWords = {
  what: 'a workload such as { arrivals: { process: poisson, rate: 500/s }, queries: [...] }',
  doc: 'When queries arrive and what they ask for.',
};

export const workloadShape = {
  arrivals: arrivalsSchema,
  queries: z
    .array(querySchema, say('a list of queries'))
    .prefault([])
    .meta({ description: 'What is asked for. Beside a trace they complete what its rows leave out.' }),
  popularity: popularitySchema,
  limit: count('At most this many queries.', { minimum: 1 }).optional(),
};

/** What the grid may sweep: the keys that define a run apart from its name, seeds and comparison. */
export const pointShape = {
  duration: duration('How long queries arrive. A trace without it is played to its end.').optional(),
  warm_up: duration('Queries scheduled before this time are not measured.', { zero: true }).prefault('0 s'),
  cool_down: duration('Queries scheduled in the last part of this length are not measured.', { zero: true }).prefault(
    '0 s',
  ),
  catalogue: section(catalogueShape, catalogueWords),
  fleet: section(fleetShape, fleetWords),
  workload: section(workloadShape, workloadWords),
  policies: list(policySetSchema(), {
    what: 'a list of policy sets such as [{ name: none, batching: none }]',
    doc: 'The policy sets to compare, each one policy for every family.',
  }),
  policy_defaults: policyDefaultsSchema().prefault({}),
  calibration: z
    .union([text('A file, relative to the config.'), calibrationSchema], say(calibrationWords.what))
    .optional()
    .meta({ description: 'What latency tables cannot know: the file that `rehearse calibrate` wrote, or its map.' }),
  network: networkSchema.optional(),
  objectives: objectivesSchema.optional(),
  faults: z.array(faultSchema, say('a list of faults')).prefault([]).meta({ description: 'Faults; none by default.' }),
  offline: section(offlineShape, offlineWords).optional(),
  rollouts: rolloutsSchema,
  limits: section(limitsShape, limitsWords).prefault({}),
  monitor_period: durationOrNever(
    'How often the figures are sampled that scalers decide on.',
    milliseconds(1),
  ).prefault('1 s'),
  request_rows: count('Request rows kept per cell; a seeded sample beyond.', {
    minimum: 0,
    maximum: 1_000_000,
  }).prefault(1_000_000),
};

export const GRID_WHAT = 'parameters and their values, such as { workload.arrivals.rate: [200/s, 400/s] }';

/** The values of a swept parameter. */
export const axisSchema = list(z.union([z.string(), z.number()], say('a text or a number')), {
  what: 'a list of values, at least one',
  doc: 'The values.',
});

/** What holds for the whole experiment. */
export const frameShape = {
  name: z
    .string(say(NAME))
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, say(NAME))
    .meta({ description: 'The name of the experiment; that of the file by default.' })
    .optional(),
  question: text('The question the experiment answers.', 'the question it answers, in a sentence'),
  seed: z
    .union([z.int(say('a whole number or a text')), text('A seed.')], say('a whole number or a text'))
    .prefault(1)
    .meta({ description: 'Root of all random streams.' }),
  replications: count('Runs of each cell under different seeds.', { minimum: 1, maximum: 10_000 }).prefault(10),
  confidence: number('Confidence of all intervals.', 'a share above 0 and below 1, such as 0.95', {
    above: 0,
    below: 1,
  }).prefault(0.95),
  baseline: text('The policy set that the others are compared with; the first by default.').optional(),
  compare: list(choice('A metric.', METRIC_NAMES), {
    what: `a list of metrics, each ${oneOf(METRIC_NAMES)}`,
    doc: 'Metrics compared between policy sets; the verdict is about the first.',
  }).prefault([...COMPARED_BY_DEFAULT]),
  grid: z
    .record(z.string(), axisSchema, say(GRID_WHAT))
    .prefault({})
    .meta({ description: 'Parameters that are swept, by their path in this file; every combination is run.' }),
  expect: list(expectSchema, expectWords).optional(),
  live: section(liveShape, liveWords).prefault({}),
};

/** A config file. */
export const experimentWords = {
  what: 'a map with at least question, duration, catalogue, fleet, workload and policies',
  doc: 'An experiment.',
};

export const experimentSchema = section({ ...frameShape, ...pointShape }, experimentWords);
