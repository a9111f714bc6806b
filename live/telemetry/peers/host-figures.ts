/** Figures of the host as peers' families tell them: processors, memory, disk. Read at the scrape. */
import { cpus, freemem, totalmem } from 'node:os';
import { statfsSync } from 'node:fs';

export interface HostFigures {
  /** Share of processor time in use since the last reading, 0 to 1; since boot at the first. */
  readonly cpuUtilization: number;
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
  /** Of the file system that holds the root; zeros where the system does not tell. */
  readonly diskTotalBytes: number;
  readonly diskAvailableBytes: number;
}

export class HostReader {
  private busyMs = 0;
  private totalMs = 0;
  private utilization = 0;

  read(): HostFigures {
    const disk = diskOf('/');
    return {
      cpuUtilization: this.cpuUtilization(),
      memoryTotalBytes: totalmem(),
      memoryAvailableBytes: freemem(),
      diskTotalBytes: disk.total,
      diskAvailableBytes: disk.available,
    };
  }

  private cpuUtilization(): number {
    let busyMs = 0;
    let idleMs = 0;
    for (const { times } of cpus()) {
      busyMs += times.user + times.nice + times.sys + times.irq;
      idleMs += times.idle;
    }
    const totalMs = busyMs + idleMs;
    // Two readings within one tick of the system's clock say nothing new.
    if (totalMs > this.totalMs) this.utilization = (busyMs - this.busyMs) / (totalMs - this.totalMs);
    this.busyMs = busyMs;
    this.totalMs = totalMs;
    return Math.min(1, Math.max(0, this.utilization));
  }
}

function diskOf(path: string): { readonly total: number; readonly available: number } {
  try {
    const { blocks, bavail, bsize } = statfsSync(path);
    return { total: blocks * bsize, available: bavail * bsize };
  } catch {
    return { total: 0, available: 0 };
  }
}
