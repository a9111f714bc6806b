/**
 * The arrivals of MLPerf LoadGen's Server scenario, bit for bit: a Poisson process whose times depend on the rate and
 * on LoadGen's own seed only. The first query comes at 0. It draws nothing from the run's streams, so every
 * replication meets the same times.
 */
import { NANOS_PER_SECOND, NEVER } from '../../core/index.ts';
import { MersenneTwister } from '../mersenne-twister.ts';
import type { ArrivalDefinition, ArrivalProcess, SpecOf } from './process.ts';
import { SILENCE } from './renewal.ts';

const TWO_POW_32 = 4_294_967_296;
const TWO_POW_MINUS_64 = 1 / 18_446_744_073_709_551_616;
const SEED_MAX = 18_446_744_073_709_551_615n;

/** The `schedule_rng_seed` that MLPerf Inference publishes; a round of submissions may name another. */
export const OFFICIAL_SCHEDULE_SEED = '16159082839903944936';

/** Whether a text is one of LoadGen's seeds: a whole number of 64 bits. */
export function isLoadGenSeed(text: string): boolean {
  return /^\d{1,20}$/.test(text) && BigInt(text) <= SEED_MAX;
}

/**
 * The schedule for a rate and a seed. Each gap is an exponential draw as `std::exponential_distribution` over
 * `std::mt19937` makes it with libstdc++: two words of 32 bits, the low one first, give u in [0, 1), and the gap
 * is -ln(1 - u) / rate, cut to whole nanoseconds.
 */
export function serverSchedule(rateRps: number, scheduleSeed: string): ArrivalProcess {
  const twister = new MersenneTwister(BigInt(scheduleSeed));
  let nextNs = 0;
  return {
    next() {
      const atNs = nextNs;
      const low = twister.word();
      const share = (low + twister.word() * TWO_POW_32) * TWO_POW_MINUS_64;
      const gapS = -Math.log(1 - share) / rateRps;
      nextNs = Math.min(NEVER, atNs + Math.trunc(gapS * NANOS_PER_SECOND));
      return atNs;
    },
  };
}

export const loadgenServerArrivals: ArrivalDefinition<SpecOf<'loadgen-server'>> = {
  doc: "The Poisson schedule of MLPerf LoadGen's Server scenario, bit for bit: the same times as the original.",
  check(spec, checks) {
    checks.rate('rateRps', spec.rateRps);
    if (!isLoadGenSeed(spec.scheduleSeed)) {
      checks.fail('scheduleSeed', spec.scheduleSeed, 'a whole number from 0 to 2^64 - 1, as a text');
    }
  },
  meanRateRps: (spec) => spec.rateRps,
  create: ({ rateRps, scheduleSeed }) => (rateRps === 0 ? SILENCE : serverSchedule(rateRps, scheduleSeed)),
};
