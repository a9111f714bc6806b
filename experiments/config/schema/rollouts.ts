/** `rollouts:`, new versions of models that take over while the service runs. */
import { ROLLOUTS_MAX } from '../../../core/index.ts';
import { z } from 'zod';
import { duration, say, section, text } from './quantities.ts';

export const ROLLOUTS_WHAT = `a list of at most ${ROLLOUTS_MAX} rollouts`;

export const rolloutWords = {
  what: 'a rollout such as { at: 10 min, from: news-v1, to: news-v2 }',
  doc: 'Workers of `to` are started beside those of `from`, take over its requests, and those of `from` are drained.',
};

export const rolloutShape = {
  at: duration('When it begins.', { zero: true }),
  from: text('The variant that is replaced.', 'the name of a variant'),
  to: text('The variant that replaces it. Until then only a query that names it finds it.', 'the name of a variant'),
  patience: duration('How long the new workers may take to get ready. With none it fails and `from` stays.').prefault(
    '5 min',
  ),
};

export const rolloutsSchema = z
  .array(section(rolloutShape, rolloutWords), say(ROLLOUTS_WHAT))
  .max(ROLLOUTS_MAX, say(ROLLOUTS_WHAT))
  .prefault([])
  .meta({ description: 'New versions that are rolled out during the run; none by default.' });
