/**
 * LoadGen's four scenarios as workloads, so that one scenario runs simulated, live, or against a server. A query of
 * `samplesPerQuery` samples is one request of as many inputs, so its latency is that of its slowest sample. What the
 * queries ask for comes from the given queries; when they come, and with how many samples, is the scenario's.
 *
 * SingleStream and MultiStream go on until both minimums are met; LoadGen draws twice the queries it expects and breaks
 * off when they run out, which a wrong expectation makes too early.
 */
import type { Arrival, Nanos, QueryKind, RandomStreams, Workload } from '../../../core/index.ts';
import { NANOS_PER_SECOND, NEVER, emptyArrival } from '../../../core/index.ts';
import { querySource, serverSchedule } from '../../../traces/index.ts';
import type { PopularitySpec, QuerySource, QuerySpec } from '../../../traces/index.ts';
import type { LoadSettings } from './settings.ts';

/** Offline gets a tenth more than what the expected rate would fill the minimum duration with. */
const OFFLINE_SLACK = 1.1;

/** What the queries of a load test ask for. */
export interface AskedQueries {
  readonly queries: readonly QuerySpec[];
  readonly popularity: PopularitySpec;
}

/** Samples of the one query of Offline: `max(min_query_count, 1.1 * min_duration * expected_qps)`. */
export function offlineSamples({ minQueryCount, maxQueryCount, minDurationNs, targetQps }: LoadSettings): number {
  const expected = Math.floor((OFFLINE_SLACK * minDurationNs * targetQps) / NANOS_PER_SECOND);
  const samples = Math.max(minQueryCount, expected);
  return maxQueryCount > 0 ? Math.min(samples, maxQueryCount) : samples;
}

/** Every query has client 0, so that the workload hears of its end. */
export function scenarioWorkload(settings: LoadSettings, asked: AskedQueries, streams: RandomStreams): Workload {
  // The scenario says when; only what is asked for is drawn.
  const spec = { ...asked, arrivals: { process: 'constant', rateRps: 1 }, durationNs: NEVER } as const;
  return new ScenarioWorkload(settings, querySource(spec, streams), timingOf(settings));
}

/** When a query follows another, apart from whether one does. */
interface Timing {
  /** The next query after one was issued; `NEVER` when it waits for the end of that one. */
  afterIssue(): Nanos;
  /** Whether the next query is due when one has ended. */
  readonly waits: boolean;
}

function timingOf({ scenario, targetQps, scheduleSeed }: LoadSettings): Timing {
  switch (scenario) {
    case 'single-stream':
    case 'multi-stream':
      return { afterIssue: () => NEVER, waits: true };
    case 'offline':
      return { afterIssue: () => 0, waits: false };
    case 'server': {
      const schedule = serverSchedule(targetQps, scheduleSeed);
      schedule.next(); // The first query is due at 0, as everywhere.
      return { afterIssue: () => schedule.next(), waits: false };
    }
  }
}

class ScenarioWorkload implements Workload {
  readonly kinds: readonly QueryKind[];
  readonly next: Arrival = emptyArrival();
  private readonly settings: LoadSettings;
  private readonly source: QuerySource;
  private readonly timing: Timing;
  private queries = 0;
  private samples = 0;
  /** When the last query that was taken was due. */
  private lastNs: Nanos = 0;

  constructor(settings: LoadSettings, source: QuerySource, timing: Timing) {
    this.settings = settings;
    this.source = source;
    this.timing = timing;
    this.kinds = source.kinds;
    this.show(0);
  }

  advance(): void {
    if (this.next.atNs === NEVER) return;
    this.lastNs = this.next.atNs;
    this.show(this.isEnough() ? NEVER : this.timing.afterIssue());
  }

  ended(_client: number, atNs: Nanos): void {
    if (this.timing.waits && !this.isEnough()) this.show(atNs);
  }

  private show(atNs: Nanos): void {
    const { maxDurationNs, samplesPerQuery, scenario } = this.settings;
    const isLate = maxDurationNs > 0 && atNs >= maxDurationNs;
    this.next.atNs = isLate ? NEVER : atNs;
    if (this.next.atNs === NEVER) return;
    const left = scenario === 'offline' ? offlineSamples(this.settings) - this.samples : samplesPerQuery;
    this.source.draw(this.next);
    this.next.inputs = Math.min(samplesPerQuery, left);
    this.next.client = 0;
    this.queries += 1;
    this.samples += this.next.inputs;
  }

  /** Whether the queries so far meet both minimums, or a maximum. */
  private isEnough(): boolean {
    const { scenario, minDurationNs, minQueryCount, maxQueryCount } = this.settings;
    if (scenario === 'offline') return this.samples >= offlineSamples(this.settings);
    if (maxQueryCount > 0 && this.queries >= maxQueryCount) return true;
    return this.lastNs >= minDurationNs && this.queries >= minQueryCount;
  }
}
