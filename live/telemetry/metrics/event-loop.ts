/**
 * How late the event loop is and how busy, over the last whole window, so that several scrapers see the same figures
 * and none resets another's. Node's monitor measures the interval of a timer: its resolution is taken off again.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

export interface EventLoopFigures {
  readonly delayP50S: number;
  readonly delayP99S: number;
  readonly delayMaxS: number;
  /** Share of the time in which the loop had work, 0 to 1. */
  readonly utilization: number;
}

const RESOLUTION_MS = 20;
/** 500 samples: enough for a p99 of five samples, and recent enough to see a stall. */
const WINDOW_MS = 10_000;
const NS_PER_S = 1e9;

export class EventLoop {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly timer: NodeJS.Timeout;
  private lastUtilization = performance.eventLoopUtilization();
  private lastWindow: EventLoopFigures | undefined;

  constructor() {
    this.delays.enable();
    this.timer = setInterval(() => this.endWindow(), WINDOW_MS);
    this.timer.unref();
  }

  /** Of the last whole window; of the time so far before the first has ended. */
  figures(): EventLoopFigures {
    return this.lastWindow ?? this.current();
  }

  stop(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }

  private endWindow(): void {
    this.lastWindow = this.current();
    this.lastUtilization = performance.eventLoopUtilization();
    this.delays.reset();
  }

  private current(): EventLoopFigures {
    const { delays } = this;
    const isEmpty = delays.count === 0;
    return {
      delayP50S: isEmpty ? 0 : withoutResolution(delays.percentile(50)),
      delayP99S: isEmpty ? 0 : withoutResolution(delays.percentile(99)),
      delayMaxS: isEmpty ? 0 : withoutResolution(delays.max),
      utilization: performance.eventLoopUtilization(this.lastUtilization).utilization,
    };
  }
}

function withoutResolution(intervalNs: number): number {
  return Math.max(0, intervalNs - RESOLUTION_MS * 1e6) / NS_PER_S;
}
