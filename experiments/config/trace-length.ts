/** How long a trace plays when nothing else says how long a run lasts. */
import type { Nanos } from '../../core/index.ts';
import { describeTrace } from '../../traces/index.ts';
import type { TraceOptions } from '../../traces/index.ts';

/**
 * Whether rows are left out at random, by draws of each replication's own. Then the last row that one draw keeps says
 * nothing of the others. Under a limit it is the limit that ends the trace.
 */
export function isThinned({ rateScale = 1, limit }: TraceOptions): boolean {
  return rateScale < 1 && limit === undefined;
}

/** From time 0 to just after the last row, of the whole trace where it is thinned: no replication is cut short. */
export async function traceLengthNs(file: string, options: TraceOptions, seed?: string): Promise<Nanos> {
  const whole = isThinned(options) ? { ...options, rateScale: undefined } : options;
  return (await describeTrace(file, whole, seed)).lastNs + 1;
}
