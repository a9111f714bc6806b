/**
 * The service as protocols, management and observers see it. `Service` implements it; tests of protocols may stand in
 * for it with a few lines.
 */
import type { ServiceAnswer, ServiceQuery } from './answer.ts';
import type { ModelDirectory } from './model-directory.ts';
import type { ServedVariant, WorkerBounds } from './served-variant.ts';
import type { ServiceObserver } from './service-observer.ts';
import type { ServiceSnapshot } from './service-snapshot.ts';

export interface ServicePort {
  /** The names there are now. Ask again for each request: a change of the catalogue makes a new directory. */
  readonly directory: ModelDirectory;
  /** Whether queries are taken: started, not stopping, and the actors live. */
  readonly isReady: boolean;
  /** Answers a query, exactly once; never rejects. */
  infer(query: ServiceQuery): Promise<ServiceAnswer>;
  /**
   * Adds variants, or replaces those of the same name and version. Fulfilled when queries find them.
   *
   * @throws ServingErrors when names collide, tensors of a use case or architecture differ, tables cannot be read, or
   * workers that are asked for cannot be loaded; then nothing has changed.
   */
  install(variants: readonly ServedVariant[]): Promise<void>;
  /** Takes variants away, by client's name and version; all versions when none is given. What is open is answered first. */
  remove(names: readonly { readonly name: string; readonly version?: string }[]): Promise<void>;
  /**
   * Keeps a variant's workers between bounds, or gives it back to the autoscaler.
   * @throws ServingError SERVICE_UNKNOWN_VARIANT.
   */
  scale(name: string, version: string, bounds: WorkerBounds | 'auto'): void;
  /**
   * Waits until a variant has as many ready workers as its bounds demand and no more than they allow.
   * @returns 'settled', 'failed' when a load failed meanwhile, 'timeout'.
   */
  settled(name: string, version: string, timeoutMs: number): Promise<'settled' | 'failed' | 'timeout'>;
  /** Ready workers of a variant. */
  workersOf(name: string, version: string): number;
  /** The whole state, for those who show it. */
  snapshot(): ServiceSnapshot;
  /** @returns ends the observation. */
  observe(observer: ServiceObserver): () => void;
}
