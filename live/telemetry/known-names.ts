/**
 * The variants and models whose series are kept: those that are there, and those that left so lately that a scraper
 * may not have seen their last figures. So a service that registers and removes for months keeps bounded metrics.
 */
import type { ModelDirectory } from '../service/index.ts';
import { keyOf } from './metrics/request-metrics.ts';

/** Five periods of a slow scraper. */
const KEPT_MS = 5 * 60_000;

export class KnownNames {
  private readonly variants = new Map<string, number>();
  private readonly virtual = new Map<string, number>();

  /** Takes in what there is now, and forgets what left long ago. @returns the variants there are. */
  update(directory: ModelDirectory, nowMs: number): { readonly name: string; readonly version: string }[] {
    const concrete = directory.list().filter(({ form }) => form === 'variant');
    for (const { name, version } of concrete) {
      this.variants.set(keyOf(name, version), nowMs);
      // Any version of it.
      this.variants.set(keyOf(name, ''), nowMs);
    }
    for (const { name, form } of directory.list()) if (form !== 'variant') this.virtual.set(name, nowMs);
    for (const seen of [this.variants, this.virtual]) {
      for (const [name, atMs] of seen) if (nowMs - atMs > KEPT_MS) seen.delete(name);
    }
    return concrete.map(({ name, version }) => ({ name, version }));
  }

  /** @param version '' for any. */
  hasVariant(name: string, version: string): boolean {
    return this.variants.has(keyOf(name, version));
  }

  /** An architecture or a use case. */
  hasVirtual(name: string): boolean {
    return this.virtual.has(name);
  }

  hasModel(name: string): boolean {
    return this.hasVirtual(name) || this.hasVariant(name, '');
  }
}
