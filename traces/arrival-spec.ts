/**
 * What a configuration can say about when queries arrive: plain data, one member of a union for each process.
 * Rates are requests a second, times integer nanoseconds from the start of the run. No behaviour and no parsing
 * here; `arrivals/registry.ts` pairs each process with its code.
 */
import type { Nanos } from '../core/index.ts';
import type { TraceOptions } from './trace-options.ts';

/** Evenly spaced arrivals, the first at 0. */
export interface ConstantArrivals {
  readonly process: 'constant';
  readonly rateRps: number;
}

/** A homogeneous Poisson process. */
export interface PoissonArrivals {
  readonly process: 'poisson';
  readonly rateRps: number;
}

/** The Poisson schedule of MLPerf LoadGen's Server scenario. */
export interface LoadgenServerArrivals {
  readonly process: 'loadgen-server';
  readonly rateRps: number;
  /** LoadGen's `schedule_rng_seed`: a whole number of 64 bits as a text, since a JavaScript number cannot hold it. */
  readonly scheduleSeed: string;
}

/** A renewal process with Gamma gaps. */
export interface GammaArrivals {
  readonly process: 'gamma';
  readonly rateRps: number;
  /** Coefficient of variation of the gaps, 0.01 to 100; 1 is Poisson, above it bursty. */
  readonly cv: number;
}

/** A renewal process with Weibull gaps. */
export interface WeibullArrivals {
  readonly process: 'weibull';
  readonly rateRps: number;
  /** Coefficient of variation of the gaps, 0.01 to 100. */
  readonly cv: number;
}

export interface MmppState {
  readonly rateRps: number;
  /** Mean of the exponential time spent in the state at each visit. */
  readonly meanDwellNs: Nanos;
}

/** A Markov-modulated Poisson process: Poisson at the rate of a state that changes at random. Starts in the first. */
export interface MmppArrivals {
  readonly process: 'mmpp';
  readonly states: readonly MmppState[];
  /** `cyclic` (the default) visits the states in order; a matrix gives each state's chances of the next one. */
  readonly transition?: 'cyclic' | readonly (readonly number[])[] | undefined;
}

/** Poisson at the rate `meanRps * (1 + amplitude * sin(2 pi (t / period + phase)))`. */
export interface DiurnalArrivals {
  readonly process: 'diurnal';
  readonly meanRps: number;
  /** 0 to 1: 1 lets the rate fall to nothing once a period. */
  readonly amplitude: number;
  readonly periodNs: Nanos;
  /** Where in the period the run starts, as a share of it: 0 (the default) at the mean and rising, 0.25 at the peak. */
  readonly phase?: number | undefined;
}

/** Poisson at a rate that moves in a straight line. */
export interface RampArrivals {
  readonly process: 'ramp';
  readonly fromRps: number;
  readonly toRps: number;
  /** How long the ramp takes; afterwards the rate stays. The length of the run (or phase) by default. */
  readonly overNs?: Nanos | undefined;
}

/** Poisson at a base rate, with another rate during spikes at fixed times. */
export interface SpikesArrivals {
  readonly process: 'spikes';
  readonly baseRps: number;
  /** The whole rate during a spike, not an addition to the base. */
  readonly spikeRps: number;
  /** From the start of one spike to the start of the next. */
  readonly everyNs: Nanos;
  readonly lastsNs: Nanos;
  /** Start of the first spike. */
  readonly firstAtNs: Nanos;
}

export interface Phase {
  readonly durationNs: Nanos;
  readonly arrivals: OpenArrivals;
}

/** Other processes one after the other; each starts afresh, and nothing arrives after the last. */
export interface PhasesArrivals {
  readonly process: 'phases';
  readonly phases: readonly Phase[];
}

/** The open processes: they do not wait for answers. */
export type OpenArrivals =
  | ConstantArrivals
  | PoissonArrivals
  | LoadgenServerArrivals
  | GammaArrivals
  | WeibullArrivals
  | MmppArrivals
  | DiurnalArrivals
  | RampArrivals
  | SpikesArrivals
  | PhasesArrivals;

export type OpenProcess = OpenArrivals['process'];

/** A fixed number of clients: each thinks, sends one query, waits for its end, and thinks again. */
export interface ClosedLoopArrivals {
  readonly process: 'closed-loop';
  readonly clients: number;
  /** The mean thinking time; 0 sends the next query at once. */
  readonly thinkNs: Nanos;
  readonly think: 'exponential' | 'fixed';
}

/** Arrivals read from a file. */
export interface TraceArrivals extends TraceOptions {
  readonly process: 'trace';
  readonly file: string;
  /**
   * Which entry of `queries` completes a row that names no variant, architecture or use case. `draw` (the default):
   * one drawn by popularity. `by-application`: the trace's applications, in order of appearance, take the queries
   * in turn, so that one application always asks for the same thing.
   */
  readonly assign?: 'draw' | 'by-application' | undefined;
}

export type ArrivalSpec = OpenArrivals | ClosedLoopArrivals | TraceArrivals;
