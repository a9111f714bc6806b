/**
 * When queries arrive, as YAML says it: one map for each process of `traces/arrival-spec.ts`, with the same names in
 * snake case and units in the values. What comes out is the specification that `traces` takes.
 */
import { z } from 'zod';
import type { ArrivalSpec, OpenArrivals } from '../../../traces/index.ts';
import { OFFICIAL_SCHEDULE_SEED, isLoadGenSeed } from '../../../traces/index.ts';
import { oneOf } from '../shape-errors.ts';
import { choice, count, duration, list, number, rate, say, section } from './quantities.ts';
import { traceSchema } from './trace.ts';

const CV = number('Coefficient of variation of the gaps: 1 is Poisson, above it bursty.', 'a number from 0.01 to 100', {
  minimum: 0.01,
  maximum: 100,
});
const meanRate = rate('Mean arrival rate.');

/** The map of one process. */
function process<const Name extends string, Shape extends z.ZodRawShape>(name: Name, doc: string, shape: Shape) {
  const what = `arrivals such as { process: poisson, rate: 500/s }`;
  return section({ process: z.literal(name, say(name)), ...shape }, { what, doc });
}

const constant = process('constant', 'Evenly spaced arrivals, the first at time 0.', { rate: meanRate }).transform(
  ({ process: name, rate: rateRps }) => ({ process: name, rateRps }),
);

const poisson = process('poisson', 'A Poisson process.', { rate: meanRate }).transform(
  ({ process: name, rate: rateRps }) => ({ process: name, rateRps }),
);

const SEED = 'a whole number from 0 to 2^64 - 1; in quotes above 2^53, which YAML numbers are not exact for';
const scheduleSeed = z
  .union([z.int(say(SEED)).min(0, say(SEED)).transform(String), z.string(say(SEED)).refine(isLoadGenSeed, say(SEED))], {
    error: SEED,
  })
  .prefault(OFFICIAL_SCHEDULE_SEED)
  .meta({ description: "LoadGen's schedule_rng_seed; the official one when left out." });

const loadgenServer = process(
  'loadgen-server',
  "The Poisson schedule of MLPerf LoadGen's Server scenario, bit for bit; the first query comes at 0.",
  { rate: meanRate, schedule_seed: scheduleSeed },
).transform(({ process: name, rate: rateRps, schedule_seed: seed }) => ({
  process: name,
  rateRps,
  scheduleSeed: seed,
}));

const gamma = process('gamma', 'Independent gaps with a Gamma law.', { rate: meanRate, cv: CV }).transform(
  ({ process: name, rate: rateRps, cv }) => ({ process: name, rateRps, cv }),
);

const weibull = process('weibull', 'Independent gaps with a Weibull law.', { rate: meanRate, cv: CV }).transform(
  ({ process: name, rate: rateRps, cv }) => ({ process: name, rateRps, cv }),
);

const state = section(
  {
    rate: rate('Arrival rate while in the state.', { zero: true }),
    mean_dwell: duration('Mean of the exponential time spent in the state at each visit.'),
  },
  { what: 'a state such as { rate: 500/s, mean_dwell: 10 s }', doc: 'A state of the process.' },
).transform(({ rate: rateRps, mean_dwell: meanDwellNs }) => ({ rateRps, meanDwellNs }));

const chance = number('Chance of the next state.', 'a probability from 0 to 1', { minimum: 0, maximum: 1 });
const matrix = z.array(z.array(chance, say('a row of probabilities')), say('a matrix of probabilities'));

const mmpp = process('mmpp', 'Poisson at the rate of a state that changes at random.', {
  states: list(state, { what: 'a list of states', doc: 'The states; the run starts in the first.' }),
  transition: z
    .union([z.literal('cyclic'), matrix], say('cyclic, or a matrix with one row of probabilities for each state'))
    .prefault('cyclic')
    .meta({ description: 'How the next state is found: in turn, or by the chances of a matrix.' }),
});

const diurnal = process('diurnal', 'Poisson at a rate that swings around its mean like a day.', {
  mean: rate('The mean rate.'),
  amplitude: number('Swing as a share of the mean: 1 lets the rate fall to nothing.', 'a number from 0 to 1', {
    minimum: 0,
    maximum: 1,
  }),
  period: duration('The length of a day.'),
  phase: number(
    'Where in the day the run starts: 0 at the mean and rising, 0.25 at the peak.',
    'a number from 0 to 1',
    {
      minimum: 0,
      maximum: 1,
    },
  ).prefault(0),
}).transform(({ process: name, mean: meanRps, amplitude, period: periodNs, phase }) => ({
  process: name,
  meanRps,
  amplitude,
  periodNs,
  phase,
}));

const ramp = process('ramp', 'Poisson at a rate that moves in a straight line.', {
  from: rate('Rate at the start.', { zero: true }),
  to: rate('Rate at the end.', { zero: true }),
  over: duration('How long the ramp takes; the whole duration when left out.').optional(),
}).transform(({ process: name, from: fromRps, to: toRps, over: overNs }) => ({
  process: name,
  fromRps,
  toRps,
  overNs,
}));

const spikes = process('spikes', 'Poisson at a base rate, with another rate during spikes at fixed times.', {
  base: rate('Rate between the spikes.', { zero: true }),
  spike: rate('The whole rate during a spike, not an addition to the base.', { zero: true }),
  every: duration('From the start of one spike to the start of the next.'),
  lasts: duration('How long a spike lasts.'),
  first_at: duration('Start of the first spike.', { zero: true }),
}).transform((raw) => ({
  process: raw.process,
  baseRps: raw.base,
  spikeRps: raw.spike,
  everyNs: raw.every,
  lastsNs: raw.lasts,
  firstAtNs: raw.first_at,
}));

const phase = section(
  {
    duration: duration('How long the phase lasts.'),
    arrivals: z
      .lazy((): z.ZodType<OpenArrivals> => openArrivals)
      .meta({ description: 'When queries arrive during the phase; times count from its start.' }),
  },
  { what: 'a phase such as { duration: 10 s, arrivals: { process: poisson, rate: 500/s } }', doc: 'A phase.' },
).transform(({ duration: durationNs, arrivals }) => ({ durationNs, arrivals }));

const phases = process('phases', 'Other processes one after the other; nothing arrives after the last.', {
  phases: list(phase, { what: 'a list of phases', doc: 'The phases, in order.' }),
});

const closedLoop = process('closed-loop', 'Clients that think, send one query, wait for its end, and think again.', {
  clients: count('How many clients.', { minimum: 1 }),
  think_time: duration('Mean thinking time; 0 s sends the next query at once.', { zero: true }),
  think: choice('Law of the thinking time.', ['exponential', 'fixed']).prefault('exponential'),
}).transform(({ process: name, clients, think_time: thinkNs, think }) => ({ process: name, clients, thinkNs, think }));

const OPEN = [constant, poisson, loadgenServer, gamma, weibull, mmpp, diurnal, ramp, spikes, phases] as const;
const OPEN_NAMES = [
  'constant',
  'poisson',
  'loadgen-server',
  'gamma',
  'weibull',
  'mmpp',
  'diurnal',
  'ramp',
  'spikes',
  'phases',
] as const;

const openArrivals = z.discriminatedUnion('process', OPEN, say(oneOf(OPEN_NAMES)));

/** Every process a workload may have. */
export const arrivalsSchema: z.ZodType<ArrivalSpec> = z
  .discriminatedUnion(
    'process',
    [...OPEN, closedLoop, traceSchema],
    say(oneOf([...OPEN_NAMES, 'closed-loop', 'trace'])),
  )
  .meta({ description: 'When queries arrive.' });
