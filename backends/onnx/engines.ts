/** Starts engine processes and leaves none behind. Knows nothing of models. */
import type { Bytes } from '../../core/index.ts';
import { Children, builtEntry } from '../process/index.ts';
import type { Transport } from '../process/index.ts';
import { Engine } from './engine.ts';

export interface EnginesOptions {
  /** An engine that holds more memory is killed. Default: no limit. */
  readonly memoryMaxBytes?: Bytes | undefined;
  /** `messages` keeps tensors out of shared memory. Default: shares it where the system can. */
  readonly transport?: Transport | undefined;
}

export class Engines {
  private readonly children: Children;

  /** @throws ServingError when the engine process has not been built. */
  constructor({ memoryMaxBytes, transport }: EnginesOptions = {}) {
    const entry = builtEntry(import.meta.url, 'engine-process');
    this.children = new Children({ name: 'the engine process', entry, memoryMaxBytes, transport });
  }

  /** Starts a process that waits for its `load`. @throws Error when the system has no room for another process. */
  start(): Engine {
    return new Engine(this.children.start());
  }

  /** Process ids of the engines that live. */
  get pids(): readonly number[] {
    return this.children.pids;
  }

  /** What a reader of results must know of how tensors get to the engines. */
  get notes(): readonly string[] {
    const { fallback } = this.children;
    return fallback === undefined ? [] : [`tensors go to the engines in messages, which is slower: ${fallback}`];
  }

  /** Kills every engine and waits until all are gone. */
  close(): Promise<void> {
    return this.children.close();
  }
}
