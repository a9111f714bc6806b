/**
 * What the query kinds have asked for so far: inputs, the tightest latency objective, the highest accuracy. Planners
 * plan per kind, so a kind whose queries differ is planned for the most demanding of them.
 */
import type { RequestView, Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';

export class KindTraffic {
  private readonly requests: RequestView;
  private readonly totals: number[] = [];
  private readonly tightestNs: Nanos[] = [];
  private readonly highestPercent: number[] = [];

  constructor(requests: RequestView) {
    this.requests = requests;
  }

  /** Kinds with numbers below this may have been seen. */
  get kinds(): number {
    return this.totals.length;
  }

  /** Notes an arrival. */
  note(slot: Slot): void {
    const { requests } = this;
    const kind = requests.kind[slot];
    while (this.totals.length <= kind) {
      this.totals.push(0);
      this.tightestNs.push(NEVER);
      this.highestPercent.push(0);
    }
    this.totals[kind] += requests.inputs[slot];
    this.tightestNs[kind] = Math.min(this.tightestNs[kind], objectiveOf(requests, slot));
    this.highestPercent[kind] = Math.max(this.highestPercent[kind], requests.accuracyPercent[slot]);
  }

  /** Inputs of a kind that arrived since the start of the run. */
  inputs(kind: number): number {
    return this.totals[kind] ?? 0;
  }

  /** The tightest latency objective of a kind; `NEVER` when no query had one. */
  objectiveNs(kind: number): Nanos {
    return this.tightestNs[kind] ?? NEVER;
  }

  /** The highest accuracy a query of the kind asked for, in percent. */
  accuracyPercent(kind: number): number {
    return this.highestPercent[kind] ?? 0;
  }
}

/** A request's latency objective, counted from its scheduled time; `NEVER` for none. */
export function objectiveOf(requests: RequestView, slot: Slot): Nanos {
  const deadlineNs = requests.deadlineNs[slot];
  return deadlineNs === NEVER ? NEVER : deadlineNs - requests.scheduledNs[slot];
}
