/**
 * Engines of a measurement. Invariant: what joins a crowd is killed at an even share of the memory that one alone may hold.
 * The first of a crowd keeps its own limit, and does the same work as those that joined.
 */
import { invariant } from '../../../core/index.ts';
import type { Bytes } from '../../../core/index.ts';
import { Engines } from '../../../backends/index.ts';
import type { Engine } from '../../../backends/index.ts';

export class CrowdEngines {
  private readonly byCrowd = new Map<number, Engines>();
  private readonly memoryMaxBytes: Bytes;
  private isClosed = false;

  /** @throws ServingError when the engine process has not been built. */
  constructor(memoryMaxBytes: Bytes) {
    this.memoryMaxBytes = memoryMaxBytes;
    this.byCrowd.set(1, new Engines({ memoryMaxBytes }));
  }

  /** @param crowd engines that will live at once, at least 1. @throws Error after close; when no process can be started. */
  start(crowd: number): Engine {
    invariant(crowd >= 1, 'a crowd has one engine at least');
    if (this.isClosed) throw new Error('the measurement is over');
    let engines = this.byCrowd.get(crowd);
    if (engines === undefined) {
      engines = new Engines({ memoryMaxBytes: Math.floor(this.memoryMaxBytes / crowd) });
      this.byCrowd.set(crowd, engines);
    }
    return engines.start();
  }

  /** Process ids of those that live. */
  get pids(): readonly number[] {
    return [...this.byCrowd.values()].flatMap(({ pids }) => pids);
  }

  /** What a reader of results must know of how tensors get to the engines. */
  get notes(): readonly string[] {
    return [...new Set([...this.byCrowd.values()].flatMap(({ notes }) => notes))];
  }

  /** Kills every engine and waits until all are gone. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.byCrowd.values()].map((engines) => engines.close()));
  }
}
