/**
 * Starts engine processes and leaves none behind: what one owner started ends with `close`, and with the owner's
 * process at the latest. Knows nothing of models.
 */
import { fork } from 'node:child_process';
import { invariant } from '../../core/index.ts';
import { builtEntry } from './built-entry.ts';
import { Engine } from './engine.ts';

export class Engines {
  private readonly entry: string;
  private readonly living = new Set<Engine>();
  private closed = false;
  private readonly killAll = (): void => {
    for (const engine of this.living) engine.kill();
  };

  /** @throws ServingError when the engine process has not been built. */
  constructor() {
    this.entry = builtEntry(import.meta.url, 'engine-process');
  }

  /** Starts a process that waits for its `load`. */
  start(): Engine {
    invariant(!this.closed, 'an engine was started after close');
    const child = fork(this.entry, [], {
      serialization: 'advanced',
      // Loaders and inspectors of the parent are not for the child.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const engine = new Engine(child);
    if (this.living.size === 0) process.on('exit', this.killAll);
    this.living.add(engine);
    void engine.ended.then(() => {
      this.living.delete(engine);
      if (this.living.size === 0) process.off('exit', this.killAll);
    });
    return engine;
  }

  /** Process ids of the engines that live. */
  get pids(): readonly number[] {
    return [...this.living].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Kills every engine and waits until all are gone. */
  async close(): Promise<void> {
    this.closed = true;
    this.killAll();
    await Promise.all([...this.living].map((engine) => engine.ended));
  }
}
