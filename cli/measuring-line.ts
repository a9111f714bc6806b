/** Progress of a measurement on standard error: a bar with the time left; a line now and then where nobody looks. */
import type { Nanos } from '../core/index.ts';
import { toSeconds } from '../core/index.ts';

export interface MeasuringStep {
  readonly finishedBlocks: number;
  readonly totalBlocks: number;
  readonly leftNs: Nanos;
  readonly label: string;
}

const BAR_WIDTH = 24;
/** Share of the work between two lines where the line cannot be rewritten. */
const STEP = 0.1;

export class MeasuringLine {
  private readonly terminal = process.stderr.isTTY;
  private lastShare = 0;

  show(step: MeasuringStep): void {
    const share = step.totalBlocks === 0 ? 1 : step.finishedBlocks / step.totalBlocks;
    const text = measuringText(step);
    if (this.terminal) process.stderr.write(`\r\u001b[K${text}`);
    else if (share >= this.lastShare + STEP || share === 1) {
      this.lastShare = share;
      process.stderr.write(`${text}\n`);
    }
  }

  /** Leaves the line, so that what comes next starts on its own. */
  end(): void {
    if (this.terminal) process.stderr.write('\r\u001b[K');
  }
}

/** The line without its end. */
export function measuringText({ finishedBlocks, totalBlocks, leftNs, label }: MeasuringStep): string {
  const filled = totalBlocks === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * finishedBlocks) / totalBlocks);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
  const leftS = Math.ceil(toSeconds(leftNs));
  const left = leftS >= 120 ? `${Math.ceil(leftS / 60)} min` : `${leftS} s`;
  return `${bar} ${finishedBlocks}/${totalBlocks} blocks, about ${left} left (${label})`;
}
