/**
 * Which variant serves a query: the one it names, or what the search by architecture or by use case finds. The verdict
 * on the answer goes to dispatch with it. Allocates nothing that grows with variants or workers.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { Slot } from '../../tables/request-table.ts';
import type { Nanos } from '../../time.ts';
import { toMilliseconds } from '../../time.ts';
import { AnswerCache } from './answer-cache.ts';
import { ArchitectureSearch } from './architecture-search.ts';
import { decisionMode } from './decision-mode.ts';
import type { Monitor } from './monitor.ts';
import { Query } from './query.ts';
import { QueryLists } from './query-lists.ts';
import type { InfaasState } from './state.ts';
import { UseCaseSearch } from './use-case-search.ts';

export class InfaasSelection {
  private readonly state: InfaasState;
  private readonly monitor: Monitor;
  private readonly lists: QueryLists;
  private readonly query: Query;
  private readonly useCases: UseCaseSearch;
  private readonly architectures: ArchitectureSearch;
  private ordinal = NONE;

  constructor(state: InfaasState, monitor: Monitor) {
    const mode = decisionMode(state.options);
    this.state = state;
    this.monitor = monitor;
    this.lists = new QueryLists(state, cacheOf(state.options.bugCacheUnkeyed));
    this.query = new Query(state.context.requests, toMilliseconds(state.options.looseSlo));
    this.useCases = new UseCaseSearch(state, mode, this.lists);
    this.architectures = new ArchitectureSearch(state, mode);
  }

  select(slot: Slot, now: Nanos): VariantIndex {
    const { requests } = this.state.context;
    this.monitor.upTo(now);
    this.query.read(slot);
    this.ordinal = requests.ordinal[slot];
    const list = this.lists.of(requests.kind[slot]);
    switch (list.form) {
      case 'variant':
        return this.named(list.variant);
      case 'architecture':
        return this.architectures.search(this.query, list.byLatency);
      case 'use-case':
        return this.useCases.search(this.query, list.bins, list.cache);
    }
  }

  /**
   * Whether dispatch is to treat the variant as running for a request: once, as selection found for the request that it
   * was asked for last; else as it is.
   */
  takeVerdict(slot: Slot, variant: VariantIndex): boolean {
    const { verdict } = this.query;
    const isLast = this.ordinal === this.state.context.requests.ordinal[slot] && verdict.variant === variant;
    this.ordinal = NONE;
    return isLast ? verdict.isRunning : this.state.isRunning(variant);
  }

  private named(variant: VariantIndex): VariantIndex {
    return this.query.verdict.settle(variant, variant !== NONE && this.state.isRunning(variant));
  }
}

/** One cache for all use cases, or one for each. */
function cacheOf(isShared: boolean): (useCase: string) => AnswerCache {
  const caches = new Map<string, AnswerCache>();
  return (useCase) => {
    const key = isShared ? '' : useCase;
    const cache = caches.get(key) ?? new AnswerCache();
    caches.set(key, cache);
    return cache;
  };
}
