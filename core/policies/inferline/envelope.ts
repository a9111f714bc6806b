/**
 * Traffic envelopes (InferLine, SoCC 2020, after network calculus): for windows from the service time
 * upwards, doubling to a minute, the most inputs that any window of that length has seen. One pass, a few steps an
 * arrival for each window.
 */
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { Trace } from '../planning/arrival-log.ts';

/** Windows from the service time upwards, doubling; the last is the longest itself. */
export function windowsFrom(serviceNs: Nanos, longestNs: Nanos): Nanos[] {
  const windows: Nanos[] = [];
  for (let windowNs = Math.max(1, serviceNs); windowNs < longestNs; windowNs *= 2) windows.push(windowNs);
  return [...windows, longestNs];
}

export class Envelope {
  private readonly windowsNs: readonly Nanos[];
  private atNs = new Float64Array(64);
  private inputs = new Int32Array(64);
  /** Arrivals before `head` have left every window. */
  private head = 0;
  private tail = 0;
  private readonly heads: Float64Array;
  private readonly counts: Float64Array;
  private readonly most: Float64Array;

  constructor(windowsNs: readonly Nanos[]) {
    this.windowsNs = windowsNs;
    this.heads = new Float64Array(windowsNs.length);
    this.counts = new Float64Array(windowsNs.length);
    this.most = new Float64Array(windowsNs.length);
  }

  /** Takes in an arrival; arrivals come in order of time. A window does not hold what is exactly its length old. */
  push(atNs: Nanos, inputs: number): void {
    if (this.tail - this.head === this.atNs.length) this.grow();
    const mask = this.atNs.length - 1;
    this.atNs[this.tail & mask] = atNs;
    this.inputs[this.tail & mask] = inputs;
    this.tail += 1;
    for (let window = 0; window < this.windowsNs.length; window += 1) {
      let first = this.heads[window];
      while (this.atNs[first & mask] <= atNs - this.windowsNs[window]) {
        this.counts[window] -= this.inputs[first & mask];
        first += 1;
      }
      this.heads[window] = first;
      this.counts[window] += inputs;
      this.most[window] = Math.max(this.most[window], this.counts[window]);
    }
    // The longest window is the last one.
    this.head = this.heads[this.heads.length - 1];
  }

  /** The highest rate in inputs per second, by window, since the last call. */
  takeRates(): Float64Array {
    const rates = Float64Array.from(
      this.most,
      (inputs, window) => (inputs * NANOS_PER_SECOND) / this.windowsNs[window],
    );
    this.most.fill(0);
    return rates;
  }

  private grow(): void {
    const mask = this.atNs.length - 1;
    const atNs = new Float64Array(this.atNs.length * 2);
    const inputs = new Int32Array(atNs.length);
    for (let at = this.head; at < this.tail; at += 1) {
      atNs[at & (atNs.length - 1)] = this.atNs[at & mask];
      inputs[at & (atNs.length - 1)] = this.inputs[at & mask];
    }
    this.atNs = atNs;
    this.inputs = inputs;
  }
}

/** The highest rate of a trace, by window. */
export function envelopeOf(trace: Trace, windowsNs: readonly Nanos[]): Float64Array {
  const envelope = new Envelope(windowsNs);
  for (const [at, atNs] of trace.atNs.entries()) envelope.push(atNs, trace.inputs[at]);
  return envelope.takeRates();
}
