/**
 * A Markov-modulated Poisson process: arrivals are Poisson at the rate of a state, and the state changes after an
 * exponential time. States are drawn from a stream of their own, so that a change of a rate keeps them.
 */
import type { Stream } from '../../core/index.ts';
import type { MmppArrivals, MmppState } from '../arrival-spec.ts';
import type { Checks } from '../checks.ts';
import type { Piece } from './piecewise-poisson.ts';
import { piecewisePoisson } from './piecewise-poisson.ts';
import type { ArrivalDefinition } from './process.ts';
import { arrivalStream } from './process.ts';

const ROW_SUM_TOLERANCE = 1e-9;
const POWER_STEPS_MAX = 100_000;

export const mmppArrivals: ArrivalDefinition<MmppArrivals> = {
  doc: 'Poisson arrivals at a rate that jumps between states at random: calm and busy spells.',
  check: checkMmpp,
  meanRateRps(spec) {
    const visits = stationaryVisits(spec);
    let timeNs = 0;
    let arrivals = 0;
    for (const [index, state] of spec.states.entries()) {
      timeNs += visits[index] * state.meanDwellNs;
      arrivals += visits[index] * state.meanDwellNs * state.rateRps;
    }
    return arrivals / timeNs;
  },
  create(spec, context) {
    const states = context.streams.stream(`${context.name}/states`);
    const { durationNs } = context;
    return piecewisePoisson({ stream: arrivalStream(context), durationNs, nextPiece: stateWalk(spec, states) });
  },
};

function checkMmpp(spec: MmppArrivals, checks: Checks): void {
  if (spec.states.length === 0) checks.fail('states', spec.states, 'at least one state');
  for (const [index, state] of spec.states.entries()) {
    const inState = checks.in(`states[${index}]`);
    inState.rate('rateRps', state.rateRps);
    inState.duration('meanDwellNs', state.meanDwellNs);
  }
  if (spec.transition === undefined || spec.transition === 'cyclic') return;
  const size = spec.states.length;
  if (spec.transition.length !== size) checks.fail('transition', spec.transition.length, `${size} rows, one a state`);
  for (const [index, row] of spec.transition.entries()) {
    const sum = row.reduce((total, chance) => total + (chance >= 0 ? chance : Number.NaN), 0);
    if (row.length !== size || !(Math.abs(sum - 1) <= ROW_SUM_TOLERANCE)) {
      checks.fail(`transition[${index}]`, row, `${size} chances of at least 0 that add up to 1`);
    }
  }
}

function stateWalk(spec: MmppArrivals, stream: Stream): () => Piece {
  const piece: Piece = { rateRps: 0, endNs: 0 };
  let current = -1;
  return () => {
    current = current < 0 ? 0 : nextState(spec, current, stream);
    const state: MmppState = spec.states[current];
    piece.rateRps = state.rateRps;
    piece.endNs += Math.max(1, Math.round(stream.exponential(state.meanDwellNs)));
    return piece;
  };
}

function nextState(spec: MmppArrivals, current: number, stream: Stream): number {
  const { transition } = spec;
  if (transition === undefined || transition === 'cyclic') return (current + 1) % spec.states.length;
  let rest = stream.unit();
  const chances = transition[current];
  for (let next = 0; next < chances.length - 1; next += 1) {
    rest -= chances[next];
    if (rest < 0) return next;
  }
  // What rounding leaves over belongs to the last state that can be reached.
  return chances.findLastIndex((chance) => chance > 0);
}

/** Share of visits to each state in the long run: equal when cyclic, else by power iteration. */
function stationaryVisits(spec: MmppArrivals): readonly number[] {
  const size = spec.states.length;
  let visits = new Array<number>(size).fill(1 / size);
  const { transition } = spec;
  if (transition === undefined || transition === 'cyclic') return visits;
  for (let step = 0; step < POWER_STEPS_MAX; step += 1) {
    // Half a step stays where it is: a chain that alternates would never settle otherwise.
    const next = visits.map(
      (share, to) => 0.5 * (share + visits.reduce((sum, from, index) => sum + from * transition[index][to], 0)),
    );
    const moved = next.reduce((sum, share, index) => sum + Math.abs(share - visits[index]), 0);
    visits = next;
    if (moved < 1e-14) break;
  }
  return visits;
}
