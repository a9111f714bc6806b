/** Progress of a load test on standard error: one line that rewrites itself on a terminal, one now and then elsewhere. */
import type { LoadProgress, LoadSettings } from '../experiments/measure/loadgen/index.ts';
import { toSeconds } from '../core/index.ts';

/** How often the line is written: on a terminal, and elsewhere. */
const TERMINAL_MS = 500;
const LINES_MS = 5000;

export class LoadProgressLine {
  private readonly settings: LoadSettings;
  private readonly timer: NodeJS.Timeout;
  private readonly terminal = process.stderr.isTTY;
  private readonly startMs = performance.now();
  private latest: LoadProgress | undefined;

  constructor(settings: LoadSettings) {
    this.settings = settings;
    this.timer = setInterval(() => this.show(), this.terminal ? TERMINAL_MS : LINES_MS);
    this.timer.unref();
  }

  /** Takes note; what is written waits for the timer. */
  update(progress: LoadProgress): void {
    this.latest = progress;
  }

  /** Leaves the line, so that what comes next starts on its own. */
  end(): void {
    clearInterval(this.timer);
    if (this.terminal) process.stderr.write('\r\u001b[K');
  }

  private show(): void {
    const text = this.text();
    process.stderr.write(this.terminal ? `\r\u001b[K${text}` : `${text}\n`);
  }

  private text(): string {
    if (this.latest === undefined) return `starting, ${((performance.now() - this.startMs) / 1e3).toFixed(0)} s`;
    const { ended, errors, atNs } = this.latest;
    const { minDurationNs, minQueryCount } = this.settings;
    const faults = errors === 0 ? 'no errors' : `${errors.toLocaleString('en-US')} errors`;
    const at = `${toSeconds(atNs).toFixed(1)} s of ${toSeconds(minDurationNs)} s`;
    const done = `${ended.toLocaleString('en-US')} queries of at least ${minQueryCount.toLocaleString('en-US')}`;
    return `${at}, ${done}, ${faults}`;
  }
}
