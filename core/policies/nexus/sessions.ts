/**
 * The sessions of Nexus: requests of one variant under one latency objective, and how many of their inputs arrived in
 * the current window. A variant has a few sessions at most; an objective beyond them joins the session with the largest
 * objective below it, and one tighter than all tightens the first, so that no session promises too much.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { RequestView, Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';

export interface SessionRecord {
  readonly variant: VariantIndex;
  objectiveNs: Nanos;
  /** Inputs that arrived since the window began. */
  arrivedInputs: number;
}

/** Sessions of a variant at most. */
const SESSIONS_MAX = 8;

export class SessionBook {
  /** By variant, the tightest objective first. */
  private readonly ofVariant: SessionRecord[][];
  private readonly requests: RequestView;
  private readonly defaultObjectiveNs: Nanos;

  constructor(variants: number, requests: RequestView, defaultObjectiveNs: Nanos) {
    this.ofVariant = Array.from({ length: variants }, () => []);
    this.requests = requests;
    this.defaultObjectiveNs = defaultObjectiveNs;
  }

  /** The session of a request, without counting it. */
  sessionOf(slot: Slot, variant: VariantIndex): SessionRecord {
    const { requests } = this;
    const deadlineNs = requests.deadlineNs[slot];
    return this.at(variant, deadlineNs === NEVER ? this.defaultObjectiveNs : deadlineNs - requests.scheduledNs[slot]);
  }

  /** Counts an arrival. */
  note(slot: Slot, variant: VariantIndex): SessionRecord {
    const session = this.sessionOf(slot, variant);
    session.arrivedInputs += this.requests.inputs[slot];
    return session;
  }

  /** Sessions of the variant. */
  of(variant: VariantIndex): readonly SessionRecord[] {
    return this.ofVariant[variant];
  }

  /** The session of an objective; a new one while there is room. */
  at(variant: VariantIndex, objectiveNs: Nanos): SessionRecord {
    const sessions = this.ofVariant[variant];
    let above = 0;
    while (above < sessions.length && sessions[above].objectiveNs <= objectiveNs) above += 1;
    const below = sessions[above - 1];
    if (below?.objectiveNs === objectiveNs) return below;
    if (sessions.length < SESSIONS_MAX) {
      const session = { variant, objectiveNs, arrivedInputs: 0 };
      sessions.splice(above, 0, session);
      return session;
    }
    if (below !== undefined) return below;
    sessions[0].objectiveNs = objectiveNs;
    return sessions[0];
  }

  /** Begins a new window: sessions without arrivals are forgotten. */
  restart(): void {
    for (const sessions of this.ofVariant) {
      let kept = 0;
      for (const session of sessions) {
        if (session.arrivedInputs === 0) continue;
        session.arrivedInputs = 0;
        sessions[kept] = session;
        kept += 1;
      }
      sessions.length = kept;
    }
  }
}
