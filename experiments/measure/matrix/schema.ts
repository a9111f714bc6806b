/** The sections of a matrix file, their documentation and their defaults. */
import { z } from 'zod';
import { milliseconds, seconds } from '../../../core/index.ts';
import { ZOO_NETWORKS, ZOO_PRECISIONS } from '../../../backends/index.ts';
import { choice, count, duration, list, number, say, section, text } from '../../config/schema/quantities.ts';

const NAME = 'a name of letters, digits, ".", "_" and "-"';
const name = z.string(say(NAME)).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, say(NAME));
const LOAD = 'a load in percent of capacity, above 0 and up to 200';
const load = (doc: string) => number(doc, LOAD, { above: 0, maximum: 200 });

const arrivalsSchema = z.discriminatedUnion(
  'kind',
  [
    section({ name, kind: z.literal('poisson') }, { what: 'arrivals', doc: 'A Poisson process.' }),
    section(
      {
        name,
        kind: z.literal('bursts'),
        height: number('Rate in a burst over the mean rate.', 'a number above 1', { above: 1 }),
        every: duration('From the start of a burst to the start of the next.'),
        lasts: duration('Length of a burst.'),
      },
      { what: 'arrivals', doc: 'Poisson, faster in bursts at fixed times and slower between.' },
    ),
  ],
  say('arrivals such as { name: poisson, kind: poisson }'),
);

const zooSchema = section(
  {
    folder: text('Where the models are written, relative to this file.', 'a folder'),
    models: list(
      section(
        { network: choice('A network of the zoo.', ZOO_NETWORKS), precision: choice('Its precision.', ZOO_PRECISIONS) },
        { what: 'a model such as { network: resnet18, precision: int8 }', doc: 'A model of the zoo.' },
      ),
      { what: 'a list of models', doc: 'The models.' },
    ),
  },
  {
    what: 'a map such as { folder: ../../out/zoo, models: [...] }',
    doc: 'Models that are built before anything runs.',
  },
);

const profileSchema = section(
  {
    batches: list(count('A batch size.', { minimum: 1 }), { what: 'a list of batch sizes', doc: 'Batch sizes.' }),
    gaps: list(duration('An idle time.'), { what: 'a list of idle times', doc: 'Idle times before batches.' }),
    samples: count('Samples of each batch size, at most.', { minimum: 20 }).prefault(300),
    cell_budget: duration('Time for each batch size, and for each idle time.').prefault('1 s'),
  },
  { what: 'a map such as { batches: [1, 4], gaps: [1 ms, 16 ms] }', doc: 'The profile that is taken in each round.' },
);

export const matrixWords = { what: 'a matrix: name, question, rounds, loads, arrivals, profile, scenarios' };

export const matrixShape = {
  name: name.meta({ description: 'The name; that of the file by default.' }).optional(),
  question: text('The question the matrix answers.', 'the question it answers, in a sentence'),
  seed: count('Root of all random streams.', { minimum: 0 }).prefault(1),
  rounds: count('Live runs of each cell; several make an interval.', { minimum: 1, maximum: 1000 }).prefault(5),
  confidence: number('Of the intervals.', 'a number above 0.5 and below 1', { above: 0.5, below: 1 }).prefault(0.95),
  loads: list(load('A load.'), { what: 'a list of loads such as [30, 60, 80, 90]', doc: 'Percent of capacity.' }),
  calibration_load: load('Load of the Poisson run that the calibration is fitted to; none of `loads`.'),
  duration: duration('Length of each live run.', { smallest: milliseconds(100) }).prefault('8 s'),
  warm_up: duration('Requests scheduled before are not compared.', { zero: true }).prefault('1 s'),
  capacity: duration('Length of the run that measures the capacity.', { smallest: milliseconds(100) }).prefault('3 s'),
  calibration: duration('Length of the run the calibration is fitted to.', { smallest: seconds(1) }).prefault('8 s'),
  arrivals: list(arrivalsSchema, { what: 'a list of arrivals', doc: 'How queries arrive.' }),
  profile: profileSchema,
  zoo: zooSchema.optional(),
  scenarios: list(text('An experiment config, relative to this file.', 'the path of an experiment config'), {
    what: 'a list of experiment configs',
    doc: 'The services: each config has one policy set and no grid; its arrivals and its duration are replaced.',
  }),
};
