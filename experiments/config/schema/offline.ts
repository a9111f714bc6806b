/** `offline:`, work without a deadline beside the requests: jobs of many files, and when they wait. */
import { z } from 'zod';
import { choice, count, duration, flag, list, percent, say, section, text } from './quantities.ts';

export const offlineWords = {
  what: 'offline work such as { jobs: [{ name: nightly, architecture: resnet50, files: 500 }] }',
  doc: 'Offline jobs beside the requests; none by default. Only simulated runs have them.',
};

export const throttleWords = {
  what: 'a throttle such as { utilisation: 40 % }, or none',
  doc: 'When offline work on a machine waits.',
};

export const throttleShape = {
  utilisation: percent('It waits while more than this share of the cores is at work. INFaaS takes 40 %.').prefault(40),
  flagged: flag('It waits while a policy calls some worker of the machine overloaded or interfered with.').prefault(
    true,
  ),
};

export const NO_THROTTLE = 'none';

export const JOBS_WHAT = 'a list of offline jobs, at least one';

export const jobWords = {
  what: 'an offline job such as { name: nightly, architecture: resnet50, files: 500 }',
  doc: 'An offline job: files for one architecture or variant on CPU.',
};

export const jobShape = {
  name: text('The name of the job.', 'the name of the job'),
  architecture: text('Its fastest variant on CPU runs the job.').optional(),
  variant: text('Exactly this variant runs the job.').optional(),
  files: count('How many files.', { minimum: 1, maximum: 10_000_000 }),
  at: duration('When the job comes in.', { zero: true }).prefault('0 s'),
  cancel: duration('When it is cancelled; not at all when left out.', { zero: true }).optional(),
  batch: count('Files in a batch.', { minimum: 1 }).prefault(4),
  attempts: count('How often a batch is tried before its files count as failed.', { minimum: 1 }).prefault(3),
};

export const offlineShape = {
  throttle: z
    .union([choice('No throttle.', [NO_THROTTLE]), section(throttleShape, throttleWords)], say(throttleWords.what))
    .prefault({})
    .meta({ description: throttleWords.doc }),
  framework: text('The framework a variant must have to be picked for an architecture; any by default.').optional(),
  jobs: list(section(jobShape, jobWords), { what: JOBS_WHAT, doc: 'The jobs, served in the order they come in.' }),
};
