/**
 * How much one application may ask: queries a second (a token bucket) and queries at once. Each application has its own
 * bucket and count, also where the limits are the default ones.
 */
import { tooMany } from './refusals.ts';

/** A limit that is left out does not limit. */
export interface ApplicationLimit {
  /** Queries a second in the long run, above 0. */
  readonly rps?: number | undefined;
  /** Queries that may come at once after a silence, 1 or more; one second's worth, at least 1, when left out. */
  readonly burst?: number | undefined;
  /** Queries that are open at once, 1 or more. */
  readonly concurrency?: number | undefined;
}

export interface LimitOptions {
  /** For every application that is not named, `default` included. */
  readonly default?: ApplicationLimit | undefined;
  readonly applications: Readonly<Record<string, ApplicationLimit>>;
}

/** What an application has used of its limits. */
interface Use {
  tokens: number;
  filledMs: number;
  open: number;
}

export class ApplicationLimits {
  private readonly options: LimitOptions;
  private readonly nowMs: () => number;
  /** Applications are owners of keys, so there are few. */
  private readonly uses = new Map<string, Use>();

  constructor(options: LimitOptions, nowMs: () => number) {
    this.options = options;
    this.nowMs = nowMs;
  }

  /**
   * Counts a query in; one that is refused uses nothing up.
   * @returns counts it out; a second call does nothing.
   * @throws GateRefusal 429.
   */
  enter(application: string): () => void {
    const { applications, default: usual } = this.options;
    const limit = Object.hasOwn(applications, application) ? applications[application] : usual;
    if (limit === undefined) return () => undefined;
    const use = this.useOf(application, limit);
    if (use.open >= (limit.concurrency ?? Infinity)) {
      throw tooMany('concurrency-limit', `this application has ${use.open} queries open, as many as it may`, 1);
    }
    this.takeToken(use, limit);
    use.open += 1;
    let inside = true;
    return () => {
      if (inside) use.open -= 1;
      inside = false;
    };
  }

  private takeToken(use: Use, limit: ApplicationLimit): void {
    if (limit.rps === undefined) return;
    const nowMs = this.nowMs();
    // A clock that was set back fills nothing.
    const elapsedMs = Math.max(0, nowMs - use.filledMs);
    use.tokens = Math.min(burstOf(limit), use.tokens + (elapsedMs / 1000) * limit.rps);
    use.filledMs = nowMs;
    if (use.tokens < 1) {
      const waitS = (1 - use.tokens) / limit.rps;
      throw tooMany('rate-limit', `this application may ask ${limit.rps} queries a second`, waitS);
    }
    use.tokens -= 1;
  }

  private useOf(application: string, limit: ApplicationLimit): Use {
    const known = this.uses.get(application);
    if (known !== undefined) return known;
    const use = { tokens: burstOf(limit), filledMs: this.nowMs(), open: 0 };
    this.uses.set(application, use);
    return use;
  }
}

function burstOf({ rps = 1, burst }: ApplicationLimit): number {
  return Math.max(1, burst ?? rps);
}
