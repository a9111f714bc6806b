/** Progress on standard error: one line that rewrites itself on a terminal, a line now and then elsewhere. */
import type { Progress } from '../experiments/index.ts';

/** Share of the work between two lines where the line cannot be rewritten. */
const STEP = 0.1;

export class ProgressLine {
  private lastShare = 0;
  private readonly terminal = process.stderr.isTTY;
  private readonly startMs = performance.now();

  show(progress: Progress): void {
    const share = progress.finished / progress.total;
    const text = this.textOf(progress, share);
    if (this.terminal) process.stderr.write(`\r\u001b[K${text}`);
    else if (share >= this.lastShare + STEP || progress.finished === progress.total) {
      this.lastShare = share;
      process.stderr.write(`${text}\n`);
    }
  }

  /** Leaves the line, so that what comes next starts on its own. */
  end(): void {
    if (this.terminal) process.stderr.write('\r\u001b[K');
  }

  private textOf({ finished, total, label, requests }: Progress, share: number): string {
    const elapsedS = (performance.now() - this.startMs) / 1e3;
    const leftS = share === 0 ? 0 : (elapsedS / share) * (1 - share);
    const left = finished === total ? `${elapsedS.toFixed(1)} s` : `about ${Math.ceil(leftS)} s left`;
    const millions = (requests / 1e6).toFixed(1);
    return `${finished}/${total} runs, ${millions} M requests, ${left} (${label})`;
  }
}
