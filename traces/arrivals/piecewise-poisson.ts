/**
 * Poisson arrivals at a rate that is constant in pieces. The n-th arrival comes when the integrated rate has grown by
 * the n-th exponential of mean 1 (the time change of a unit Poisson process): one draw an arrival, however many pieces
 * it crosses, and exact at every change of rate.
 */
import type { Nanos, Stream } from '../../core/index.ts';
import { NANOS_PER_SECOND, NEVER } from '../../core/index.ts';
import type { ArrivalProcess } from './process.ts';

/** A stretch of constant rate. */
export interface Piece {
  rateRps: number;
  /** Where the stretch ends; the next one starts there. */
  endNs: Nanos;
}

export interface PiecewiseOptions {
  readonly stream: Stream;
  /** Where to stop looking: the rate may stay 0 for good. */
  readonly durationNs: Nanos;
  /** The next stretch. It may return one object again and again. */
  readonly nextPiece: () => Piece;
}

export function piecewisePoisson(options: PiecewiseOptions): ArrivalProcess {
  const { stream, durationNs, nextPiece } = options;
  let piece = nextPiece();
  let atNs = 0;
  return {
    next() {
      let work = stream.exponential(1);
      while (atNs < durationNs) {
        const ratePerNs = piece.rateRps / NANOS_PER_SECOND;
        const capacity = ratePerNs * (piece.endNs - atNs);
        if (work < capacity) {
          atNs += work / ratePerNs;
          return Math.round(atNs);
        }
        work -= capacity;
        atNs = piece.endNs;
        piece = nextPiece();
      }
      return NEVER;
    },
  };
}
