/**
 * Gives out the queries of a workload when they are due, on the wall clock: for systems that have no clock of their own
 * to follow. It waits for nobody; a query given out late keeps its scheduled time. Invariant: queries are given out in
 * the order of the workload, each once.
 */
import type { Nanos, Workload } from '../../../../core/index.ts';
import { NEVER } from '../../../../core/index.ts';
import { Alarm, WallClock } from '../../../../live/world/index.ts';

/** A query that is due. */
export interface DueQuery {
  readonly ordinal: number;
  readonly scheduledNs: Nanos;
  readonly samples: number;
  readonly client: number;
}

export class Pacer {
  private readonly clock = new WallClock();
  private readonly workload: Workload;
  private readonly issue: (query: DueQuery) => void;
  private alarm: Alarm | undefined;
  private ordinal = 0;
  private open = 0;
  private state: 'waiting' | 'running' | 'over' = 'waiting';
  private continues = false;
  private finish: () => void = () => undefined;
  private abandon: (error: unknown) => void = () => undefined;

  /** @param issue takes a query that is due; its end is told later, not from within. */
  constructor(workload: Workload, issue: (query: DueQuery) => void) {
    this.workload = workload;
    this.issue = issue;
  }

  /** Nanoseconds since the run began. */
  get now(): Nanos {
    return this.clock.now();
  }

  /** Whether queries are still given out and ends awaited. */
  get isRunning(): boolean {
    return this.state !== 'over';
  }

  /**
   * Fulfilled when the workload is exhausted and every query has ended, or when it was stopped.
   * @throws ServingError when the alarm's thread has not been built, and what `issue` throws.
   */
  async run(): Promise<void> {
    if (this.state === 'over') return;
    const over = new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      this.abandon = reject;
    });
    this.alarm = new Alarm(
      this.clock,
      () => this.turn(),
      (error) => this.abandon(error),
    );
    try {
      await over;
    } finally {
      this.state = 'over';
      await this.alarm.close();
    }
  }

  /** Tells that a query has ended now. */
  ended({ client }: DueQuery): void {
    if (this.state === 'over') return;
    this.open -= 1;
    this.workload.ended?.(client, this.now);
    this.turn();
  }

  /** Gives out nothing more, and waits for nothing. */
  stop(): void {
    this.state = 'over';
    this.finish();
  }

  private turn(): void {
    if (this.state === 'over') return;
    if (this.state === 'waiting') {
      this.clock.start();
      this.state = 'running';
    }
    try {
      this.takeDue();
    } catch (error) {
      this.abandon(error);
    }
  }

  /** Takes what was due when it was called; what becomes due meanwhile waits until answers had their turn. */
  private takeDue(): void {
    const { next } = this.workload;
    const untilNs = this.now;
    while (next.atNs <= untilNs) {
      const query = { ordinal: this.ordinal, scheduledNs: next.atNs, samples: next.inputs, client: next.client };
      this.ordinal += 1;
      this.open += 1;
      this.workload.advance();
      this.issue(query);
    }
    if (next.atNs === NEVER) {
      if (this.open === 0) this.stop();
    } else if (next.atNs > this.now) this.alarm?.set(next.atNs);
    else this.goOn();
  }

  private goOn(): void {
    if (this.continues) return;
    this.continues = true;
    setImmediate(() => {
      this.continues = false;
      this.turn();
    });
  }
}
