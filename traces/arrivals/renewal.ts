/** Arrivals whose gaps are independent draws of one law. Each gap is rounded to whole nanoseconds where it is drawn. */
import { NEVER } from '../../core/index.ts';
import type { ArrivalProcess } from './process.ts';

/** @param gapNs draws one gap, at least 0, in nanoseconds. The first arrival comes one gap after the start. */
export function renewalProcess(gapNs: () => number): ArrivalProcess {
  let atNs = 0;
  return {
    next() {
      // A heavy tail may draw a gap beyond any run; the comparison also catches infinity.
      const sum = atNs + Math.round(gapNs());
      atNs = sum < NEVER ? sum : NEVER;
      return atNs;
    },
  };
}

/** A process that never has an arrival: a rate of 0. */
export const SILENCE: ArrivalProcess = { next: () => NEVER };
