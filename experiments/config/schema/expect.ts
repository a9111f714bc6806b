/**
 * `expect:`, what an experiment expects to find: one entry for each finding that a claim rests on, either a comparison
 * of policy sets or who answers under one. Whether the names in it exist is not judged here.
 */
import { z } from 'zod';
import type { ExpectedDirection, MetricName } from '../../../core/index.ts';
import { METRICS } from '../../../core/index.ts';
import { choice, number, percent, say, section, text } from './quantities.ts';

const CLAIM = 'a short id of letters, digits, "." and "-", such as H4';
const THAN = 'a policy set, or a list of policy sets';
const AT = 'parameters of the grid and their values, such as { workload.arrivals.rate: 4/s }';
const AT_VALUE = 'a value of the grid, or a list of them';
const SERVED_BY = 'a variant, or a list of variants';
const DIRECTIONS: readonly ExpectedDirection[] = ['higher', 'lower', 'equal'];
const METRIC_NAMES: readonly MetricName[] = METRICS.map(({ name }) => name);

export const expectWords = {
  what:
    'a list of expectations, each with claim and says, and at least metric, better, than and direction, ' +
    'or policy and served_by',
  doc: 'What the results are expected to show; the result says of each whether it held.',
};

export const comparisonWords = {
  what: 'an expectation such as { claim: H4, says: ..., metric: cost_usd, better: a, than: b, direction: lower }',
  doc: 'One policy set against others in one metric.',
};

export const servedByWords = {
  what: 'an expectation such as { claim: E2, says: ..., policy: a, served_by: resnet50-tensorflow-cpu4 }',
  doc: 'Who answers the requests under one policy set.',
};

/** Values of swept parameters. */
function pointSchema(doc: string) {
  const values = z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()])).min(1)], say(AT_VALUE));
  return z.record(z.string(), values, say(AT)).meta({ description: doc }).optional();
}

/** What every expectation says. */
const frameShape = {
  claim: z
    .string(say(CLAIM))
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, say(CLAIM))
    .meta({ description: 'Short id of the claim; several entries may belong to one.' }),
  says: text('The claim in a sentence.', 'the claim in a sentence'),
  at: pointSchema('The grid points it speaks of; all of them by default.'),
  application: text('Judge this application only; all requests together by default.').optional(),
};

export const comparisonShape = {
  ...frameShape,
  metric: choice('The metric it is judged by.', METRIC_NAMES),
  better: text('The policy set that the claim speaks of.'),
  than: z
    .union([text('A policy set.', THAN), z.array(z.string(say('a policy set'))).min(1, say(THAN))], say(THAN))
    .meta({ description: 'The policy set, or sets, it is compared with; with `than_at` the same one by default.' })
    .optional(),
  than_at: pointSchema('The grid point it is compared with, where that is another one: the values that differ.'),
  direction: choice(
    'How the metric of `better` stands to that of `than`: higher, lower, or equal within `tolerance`.',
    DIRECTIONS,
  ),
  tolerance: number(
    'Of `equal`, and only of it. A share such as 0.05: the ratio lies between 1 / 1.05 and 1.05. For metrics in ' +
      'percent it counts in points: with 2, the difference lies between -2 and 2 points.',
    'a number above 0: a share such as 0.05, or points for metrics in percent',
    { above: 0 },
  ).optional(),
  paper: number(
    'The ratio that the paper reports, as an advantage of `better`: how many times higher, or how many times lower.',
    'a ratio of at least 1: how many times better',
    { minimum: 1 },
  ).optional(),
};

export const servedByShape = {
  ...frameShape,
  policy: text('The policy set that the claim speaks of.'),
  served_by: z
    .union([text('A variant.', SERVED_BY), z.array(z.string(say('a variant'))).min(1, say(SERVED_BY))], say(SERVED_BY))
    .meta({ description: 'The variant, or variants, expected to answer.' }),
  share: percent(
    'At least this share of the answered requests; all of them by default, which each run decides by itself. A smaller ' +
      'share is decided by its interval over the replications, so it needs several.',
  ).prefault(100),
};

export const expectSchema = z
  .union([section(comparisonShape, comparisonWords), section(servedByShape, servedByWords)])
  .meta({ description: 'An expectation: a comparison of policy sets, or who answers under one.' });
