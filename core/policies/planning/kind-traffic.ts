/**
 * What the query kinds ask for: inputs since the start, the tightest latency objective and the highest accuracy of
 * late. Planners plan per kind, so a kind whose queries differ is planned for the most demanding of the last two
 * windows.
 */
import type { RequestView, Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { RecentLeast } from './recent-least.ts';

export class KindTraffic {
  private readonly requests: RequestView;
  private readonly totals: number[] = [];
  private readonly tightestNs: RecentLeast;
  /** The accuracy asked for, below zero: the least is the highest. */
  private readonly negatedPercent: RecentLeast;

  /** @param windowNs length of a window: the planner's period. */
  constructor(requests: RequestView, windowNs: Nanos) {
    this.requests = requests;
    this.tightestNs = new RecentLeast(windowNs, NEVER);
    this.negatedPercent = new RecentLeast(windowNs, 0);
  }

  /** Begins a new window when this one is over. */
  upTo(now: Nanos): void {
    this.tightestNs.upTo(now);
    this.negatedPercent.upTo(now);
  }

  /** Kinds with numbers below this may have been seen. */
  get kinds(): number {
    return this.totals.length;
  }

  /** Notes an arrival. */
  note(slot: Slot): void {
    const { requests } = this;
    const kind = requests.kind[slot];
    while (this.totals.length <= kind) this.totals.push(0);
    this.totals[kind] += requests.inputs[slot];
    this.tightestNs.note(kind, objectiveOf(requests, slot));
    this.negatedPercent.note(kind, 0 - requests.accuracyPercent[slot]);
  }

  /** Inputs of a kind that arrived since the start of the run. */
  inputs(kind: number): number {
    return this.totals[kind] ?? 0;
  }

  /** The tightest latency objective of a kind of late; `NEVER` when no query had one. */
  objectiveNs(kind: number): Nanos {
    return this.tightestNs.of(kind);
  }

  /** The highest accuracy a query of the kind asked for of late, in percent. */
  accuracyPercent(kind: number): number {
    return 0 - this.negatedPercent.of(kind);
  }
}

/** A request's latency objective, counted from its scheduled time; `NEVER` for none. */
export function objectiveOf(requests: RequestView, slot: Slot): Nanos {
  const deadlineNs = requests.deadlineNs[slot];
  return deadlineNs === NEVER ? NEVER : deadlineNs - requests.scheduledNs[slot];
}
