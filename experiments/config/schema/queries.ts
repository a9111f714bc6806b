/** What is asked for: queries with their inputs, objectives and weights, as YAML says them. */
import { z } from 'zod';
import type { AccuracySpec, InputsSpec, LatencySpec } from '../../../traces/index.ts';
import { oneOf } from '../shape-errors.ts';
import { choice, count, duration, list, number, percent, say, section, text } from './quantities.ts';

const CHOICE_DOC = 'One of several values.';
const weights = list(number('A weight.', 'a number of 0 or more', { minimum: 0 }), {
  what: 'a list of weights',
  doc: 'One weight for each value; equal when left out.',
}).optional();

/** The map of one law that values are drawn by. */
function law<const Draw extends string, Shape extends z.ZodRawShape>(draw: Draw, doc: string, shape: Shape) {
  const what = `a law such as { draw: ${draw}, ... }`;
  return section({ draw: z.literal(draw, say(draw)), ...shape }, { what, doc });
}

const uniformLatency = law('uniform', 'Between two durations, equally likely.', {
  minimum: duration('The shortest.'),
  maximum: duration('The longest.'),
}).transform(({ draw, minimum: minimumNs, maximum: maximumNs }) => ({ draw, minimumNs, maximumNs }));

const lowest = duration('Draws below this are raised to it.').optional();

const exponentialLatency = law('exponential', 'Exponential.', {
  mean: duration('The mean.'),
  minimum: lowest,
}).transform(({ draw, mean: meanNs, minimum: minimumNs }) => ({ draw, meanNs, minimumNs }));

const lognormalLatency = law('lognormal', 'Lognormal.', {
  mean: duration('The mean.'),
  cv: number('Coefficient of variation.', 'a number from 0 to 100', { minimum: 0, maximum: 100 }),
  minimum: lowest,
}).transform(({ draw, mean: meanNs, cv, minimum: minimumNs }) => ({ draw, meanNs, cv, minimumNs }));

const chosenLatency = law('choice', CHOICE_DOC, {
  values: list(duration('A duration.'), { what: 'a list of durations', doc: 'The values.' }),
  weights,
}).transform(({ draw, values: valuesNs, weights: shares }) => ({ draw, valuesNs, weights: shares }));

const fixedLatency = duration('The same for every query.').transform((valueNs) => ({
  draw: 'fixed' as const,
  valueNs,
}));
const noLatency = z.literal('none').transform((draw) => ({ draw }));

const latencySchema: z.ZodType<LatencySpec> = z
  .union(
    [
      noLatency,
      fixedLatency,
      z.discriminatedUnion(
        'draw',
        [uniformLatency, exponentialLatency, lognormalLatency, chosenLatency],
        say(oneOf(['uniform', 'exponential', 'lognormal', 'choice'])),
      ),
    ],
    say(
      'a duration with its unit, such as "20 ms", none, or a law such as { draw: uniform, minimum: 5 ms, maximum: 50 ms }',
    ),
  )
  .meta({ description: 'Latency objective, from the scheduled time to the answer; none for no objective.' });

const accuracySchema: z.ZodType<AccuracySpec> = z
  .union(
    [
      percent('The same for every query.').transform((value) => ({ draw: 'fixed' as const, value })),
      law('choice', CHOICE_DOC, {
        values: list(percent('A percentage.'), { what: 'a list of percentages', doc: 'The values.' }),
        weights,
      }),
    ],
    say('a percentage from 0 to 100, such as 90 or "90 %", or a law such as { draw: choice, values: [80, 90] }'),
  )
  .meta({ description: 'Least accuracy of the variant that answers, in percent; 0 for no objective.' });

const inputs = count('Inputs of a query.', { minimum: 1 });
const inputsSchema: z.ZodType<InputsSpec> = z
  .union(
    [
      inputs.transform((value) => ({ draw: 'fixed' as const, value })),
      z.discriminatedUnion(
        'draw',
        [
          law('uniform', 'Whole numbers, equally likely.', { minimum: inputs, maximum: inputs }),
          law('choice', CHOICE_DOC, {
            values: list(inputs, { what: 'a list of counts', doc: 'The values.' }),
            weights,
          }),
        ],
        say(oneOf(['uniform', 'choice'])),
      ),
    ],
    say('a whole number from 1, or a law such as { draw: uniform, minimum: 1, maximum: 4 }'),
  )
  .meta({ description: 'How many inputs a query carries.' });

/** One sort of query. */
export const querySchema = section(
  {
    application: text('Who asks.', 'the name of an application').prefault('default'),
    use_case: text('What is asked for: a use case, written task-dataset or task-dataset-size.').optional(),
    architecture: text('What is asked for: any variant of a network. Wins over `use_case`.').optional(),
    variant: text('What is asked for: one variant. Wins over the other two.').optional(),
    latency: latencySchema.prefault('none'),
    accuracy: accuracySchema.prefault(0),
    inputs: inputsSchema.prefault(1),
    weight: number('How often it is asked, against the other queries.', 'a number above 0', { above: 0 }).optional(),
  },
  { what: 'a query such as { use_case: classification-fashion-mnist, latency: 20 ms }', doc: 'One sort of query.' },
);

/** How often each query is asked. */
export const popularitySchema = z
  .union(
    [
      choice('By the weights of the queries, or all alike.', ['by-weight', 'uniform']),
      section(
        {
          law: z.literal('zipf', say('zipf')),
          exponent: number('The query of rank r has weight 1 / r^exponent.', 'a number of 0 or more', { minimum: 0 }),
        },
        { what: 'a law such as { law: zipf, exponent: 1.1 }', doc: 'The first query is asked most.' },
      ),
    ],
    say('by-weight, uniform, or a law such as { law: zipf, exponent: 1.1 }'),
  )
  .prefault('by-weight')
  .meta({ description: 'How often each query is asked.' });
