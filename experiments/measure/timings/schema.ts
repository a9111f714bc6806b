/** The sections of a timings config, their documentation and their defaults, as YAML says them. */
import { z } from 'zod';
import { milliseconds } from '../../../core/index.ts';
import { choice, count, duration, list, number, say, section, text } from '../../config/schema/quantities.ts';
import { TIMINGS_MEASUREMENTS } from './timings-config.ts';

const NAME = 'a name of letters, digits, ".", "_" and "-"';
const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;

const nameSchema = z.string(say(NAME)).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, say(NAME));

const percentilesSchema = (standard: readonly number[]) =>
  list(number('A percentile.', 'a percentile above 0 and below 100', { above: 0, below: 100 }), {
    what: 'a list of percentiles such as [50, 90, 99]',
    doc: 'Percentiles reported; each needs a sample of its size.',
  }).prefault([...standard]);

const imagesSchema = section(
  {
    width: count('Width of the synthetic images, in pixels.', { minimum: 1, maximum: 10_000 }).optional(),
    height: count('Height of the synthetic images, in pixels.', { minimum: 1, maximum: 10_000 }).optional(),
    count: count('How many different synthetic images there are; requests take them in turn.', {
      minimum: 1,
      maximum: 10_000,
    }).optional(),
    folder: text('A folder of images in place of synthetic ones.', 'a folder').optional(),
  },
  { what: 'a map such as { width: 500, height: 333 } or { folder: photos }', doc: 'What the requests carry.' },
);

export const modelWords = { what: 'a list of models such as [{ network: densenet161, images: { ... } }]' };

/** One entry of `models`; that it names exactly one source is checked where it is resolved. */
export const modelSchema = section(
  {
    name: nameSchema
      .meta({ description: 'What it is called in the result; its network, variant or file by default.' })
      .optional(),
    network: text('A network of the zoo, built with seeded weights (untrained).', 'the name of a network').optional(),
    file: text('An ONNX file, relative to this config.', 'the path of an ONNX file').optional(),
    variant: text('A bundled variant.', 'the name of a variant').optional(),
    precisions: list(choice('A precision of a network of the zoo.', PRECISIONS), {
      what: 'a list of precisions, each one of fp32, fp16, int8',
      doc: 'Precisions of a network of the zoo; fp32 by default.',
    }).optional(),
    handler: text('Pre- and postprocessing; image-classifier by default, of a variant its own.', 'a name').optional(),
    images: imagesSchema,
  },
  { what: 'a model such as { network: densenet161, images: { width: 500, height: 333 } }', doc: 'A model to time.' },
);

const initSchema = section(
  {
    processes: count('Fresh processes for each model and setting.', { minimum: 1, maximum: 10_000 }).prefault(20),
    percentiles: percentilesSchema([50]),
  },
  { what: 'a map such as { processes: 20 }', doc: 'Init: from a fresh process to a session that has run.' },
);

const handleSchema = section(
  {
    requests: count('Requests for each model and setting.', { minimum: 1, maximum: 100_000 }).prefault(2000),
    every: duration('From one scheduled request to the next (open loop).', { smallest: milliseconds(0.1) }).prefault(
      '100 ms',
    ),
    batch: count('A batch is formed when so many requests wait.', { minimum: 1, maximum: 4096 }).prefault(16),
    delay: duration('... or when the first of them has waited so long.', { zero: true }).prefault('3 s'),
    turns: count('Turns the requests are taken in, each with a fresh engine process.', {
      minimum: 1,
      maximum: 10_000,
    }).prefault(25),
    percentiles: percentilesSchema([50, 90, 99]),
  },
  { what: 'a map such as { requests: 2000, every: 100 ms, batch: 16, delay: 3 s }', doc: 'Handle: request to answer.' },
);

const microSchema = section(
  {
    rounds: count('Rounds in which the functions take turns.', { minimum: 2, maximum: 1000 }).prefault(10),
    time: duration('How long one function is timed in one round.', { smallest: milliseconds(1) }).prefault('50 ms'),
  },
  { what: 'a map such as { rounds: 10, time: 50 ms }', doc: 'Single functions of pre- and postprocessing.' },
);

export const timingsShape = {
  name: nameSchema.meta({ description: 'The name of the result; that of the file by default.' }).optional(),
  question: text('The question it answers.', 'the question it answers, in a sentence'),
  seed: z
    .union([z.int(say('a whole number or a text')), text('A seed.')], say('a whole number or a text'))
    .prefault(1)
    .meta({ description: 'Root of weights, images, the order of turns and the bootstrap.' }),
  measure: list(choice('A measurement.', TIMINGS_MEASUREMENTS), {
    what: 'a list of measurements, each one of init, handle, micro',
    doc: 'What is measured; everything by default.',
  }).prefault([...TIMINGS_MEASUREMENTS]),
  hardware: list(text('An execution provider of ONNX Runtime.', 'the name of an execution provider'), {
    what: 'a list of execution providers such as [cpu]',
    doc: 'Hardware to compare.',
  }).prefault(['cpu']),
  threads: list(count('Threads.', { minimum: 1, maximum: 1024 }), {
    what: 'a list of thread counts such as [1, 2]',
    doc: 'Threads that one run may use.',
  }).prefault([1]),
  init: initSchema.prefault({}),
  handle: handleSchema.prefault({}),
  micro: microSchema.prefault({}),
};

export const timingsWords = {
  what: 'a map with at least question and models',
  doc: 'A comparison of init and handle times.',
};

export type ModelEntry = z.output<typeof modelSchema>;
