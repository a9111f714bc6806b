/**
 * Pauses of the machine, as a calibration saw them: for some milliseconds nothing runs, because the host of a virtual
 * machine, or its operating system, does something else. They come in clusters, so they are not drawn one by one:
 * stretches of the recorded ones follow each other, each from a random place. Work that is under way goes on afterwards;
 * what arrives meanwhile is noticed at the end.
 */
import type { Nanos, RecordedPauses, Stream } from '../core/index.ts';
import { invariant } from '../core/index.ts';

interface Pause {
  readonly startNs: Nanos;
  readonly endNs: Nanos;
}

/** Length of a stretch: longer than a cluster, short enough that a run has many. */
const STRETCH_NS: Nanos = 500_000_000;

export class Pauses {
  private readonly recorded: RecordedPauses;
  private readonly stream: Stream;
  /** Ascending and apart, from the oldest that may still matter up to `knownNs`. */
  private readonly pauses: Pause[] = [];
  private knownNs: Nanos = 0;

  /** @param recorded with at least one event. */
  constructor(recorded: RecordedPauses, stream: Stream) {
    invariant(recorded.events.length > 0 && recorded.overNs > 0, 'pauses are drawn from recorded ones');
    this.recorded = recorded;
    this.stream = stream;
  }

  /** How much longer work takes that starts at an instant. @param startNs not before that of an earlier call. */
  duringNs(startNs: Nanos, workNs: Nanos): Nanos {
    this.forget(startNs);
    let endNs = startNs + workNs;
    for (let at = 0; ; at += 1) {
      this.know(endNs);
      const pause = this.pauses.at(at);
      if (pause === undefined || pause.startNs >= endNs) return endNs - startNs - workNs;
      endNs += pause.endNs - Math.max(startNs, pause.startNs);
    }
  }

  /** The instant itself, or the end of the pause that it falls into. */
  after(atNs: Nanos): Nanos {
    this.know(atNs);
    const pause = this.pauses.find(({ startNs, endNs }) => startNs <= atNs && atNs < endNs);
    return pause?.endNs ?? atNs;
  }

  private forget(beforeNs: Nanos): void {
    let past = 0;
    while (past < this.pauses.length && this.pauses[past].endNs <= beforeNs) past += 1;
    if (past > 0) this.pauses.splice(0, past);
  }

  /** Draws stretches until the instant is among what is known. */
  private know(untilNs: Nanos): void {
    while (this.knownNs <= untilNs) {
      const { overNs, events } = this.recorded;
      const fromNs = Math.floor(this.stream.unit() * overNs);
      const lengthNs = Math.min(STRETCH_NS, overNs);
      for (const { atNs, lastsNs } of events) {
        // The record is a ring: a stretch that leaves its end goes on at its beginning.
        const behindNs = (atNs - fromNs + overNs) % overNs;
        if (behindNs < lengthNs) this.add(this.knownNs + behindNs, lastsNs);
      }
      this.pauses.sort((a, b) => a.startNs - b.startNs);
      this.knownNs += lengthNs;
    }
  }

  private add(startNs: Nanos, lastsNs: Nanos): void {
    this.pauses.push({ startNs, endNs: startNs + lastsNs });
  }
}
