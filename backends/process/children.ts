/**
 * Starts child processes of one kind and leaves none behind: what one owner started ends with `close`, and with the
 * owner's process at the latest. Decides how data gets to them: by shared memory where the system has it, else in
 * messages.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { invariant } from '../../core/index.ts';
import { Child } from './child.ts';
import type { ChildOptions } from './child.ts';
import type { Transport } from './exchange.ts';
import { openLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { SharedMemory } from './shared-memory.ts';

export interface ChildrenOptions extends Pick<ChildOptions, 'name' | 'memoryMaxBytes'> {
  /** Absolute path of the JavaScript file that calls `serveParent`. */
  readonly entry: string;
  /** `messages` never shares memory. Default: shares it where the system can. */
  readonly transport?: Transport | undefined;
}

export class Children {
  private readonly options: ChildrenOptions;
  private readonly libc: Libc | string | undefined;
  private readonly living = new Set<Child>();
  private closed = false;
  private readonly killAll = (): void => {
    for (const child of this.living) child.kill();
  };

  constructor(options: ChildrenOptions) {
    this.options = options;
    this.libc = options.transport === 'messages' ? undefined : usableLibc();
  }

  /** Starts a process that waits for its first command. @throws Error when the system has no room for another. */
  start(): Child {
    invariant(!this.closed, `${this.options.name} was started after close`);
    const { entry, name, memoryMaxBytes } = this.options;
    const memory = this.newMemory();
    const transport: Transport = memory === undefined ? 'messages' : 'shared-memory';
    const child = new Child(this.spawned(entry, transport, memory), { name, memory, memoryMaxBytes });
    if (this.living.size === 0) process.on('exit', this.killAll);
    this.living.add(child);
    void child.ended.then(() => {
      this.living.delete(child);
      if (this.living.size === 0) process.off('exit', this.killAll);
    });
    return child;
  }

  /** Why data goes in messages though shared memory was wanted, in a line for people; undefined when it does not. */
  get fallback(): string | undefined {
    return typeof this.libc === 'string' ? this.libc : undefined;
  }

  /** Process ids of the children that live. */
  get pids(): readonly number[] {
    return [...this.living].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Kills every child and waits until all are gone. */
  async close(): Promise<void> {
    this.closed = true;
    this.killAll();
    await Promise.all([...this.living].map((child) => child.ended));
  }

  private spawned(entry: string, transport: Transport, memory: SharedMemory | undefined): ChildProcess {
    try {
      return spawn(process.execPath, [entry, transport], {
        stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(memory === undefined ? [] : [memory.fd])],
      });
    } catch (error) {
      // Without memory a start is tried again and again; each try must give its descriptor back.
      memory?.close();
      throw error;
    }
  }

  /** Of a child; undefined where memory is not shared, or the system has run out of descriptors. */
  private newMemory(): SharedMemory | undefined {
    if (typeof this.libc !== 'object') return undefined;
    try {
      return SharedMemory.create(this.libc);
    } catch {
      return undefined;
    }
  }
}

/** The calls of the system after one try: a sandbox may refuse what the library offers. */
function usableLibc(): Libc | string {
  const libc = openLibc();
  if (typeof libc === 'string') return libc;
  try {
    const memory = SharedMemory.create(libc);
    memory.ensure(1);
    memory.close();
    return libc;
  } catch (error) {
    return `memory cannot be shared: ${error instanceof Error ? error.message : String(error)}`;
  }
}
