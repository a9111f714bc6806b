/**
 * The indexes of INFaaS's metadata store that selection reads, by query kind: variants of an architecture by latency,
 * variants of a use case in bins by accuracy. Made once for each kind, at its first query or before; never changed.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { ServingError, invariant } from '../../errors.ts';
import { NONE } from '../../policy.ts';
import type { QueryKind } from '../../workload.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { InfaasState } from './state.ts';

/** What a query of a kind may be served by. */
type QueryList =
  | { readonly form: 'variant'; readonly variant: VariantIndex }
  | { readonly form: 'architecture'; readonly byLatency: Int32Array }
  | {
      readonly form: 'use-case';
      /** Bins of ascending accuracy, each ascending by accuracy. */
      readonly bins: readonly Int32Array[];
      readonly cache: AnswerCache;
    };

export class QueryLists {
  private readonly state: InfaasState;
  private readonly edges: readonly number[];
  private readonly lists: (QueryList | undefined)[] = [];
  private readonly cacheOf: (useCase: string) => AnswerCache;

  /** @param cacheOf the cache that queries of a use case share. */
  constructor(state: InfaasState, cacheOf: (useCase: string) => AnswerCache) {
    this.state = state;
    this.edges = edgesOf(state.options.accuracyEdges);
    this.cacheOf = cacheOf;
    for (let kind = 0; kind < state.context.kinds.length; kind += 1) this.of(kind);
  }

  of(kind: number): QueryList {
    return (this.lists[kind] ??= this.make(this.state.context.kinds[kind]));
  }

  /** The bin of an accuracy; a value on an edge belongs to the lower one. */
  binOf(accuracyPercent: number): number {
    let edge = 1;
    while (edge < this.edges.length && accuracyPercent > this.edges[edge]) edge += 1;
    return edge - 1;
  }

  private make(kind: QueryKind | undefined): QueryList {
    invariant(kind !== undefined, 'a request refers to a query kind that exists');
    const { catalogue } = this.state.context;
    const { singleMs } = this.state.facts;
    if (kind.variant !== '') {
      const variant = catalogue.variantNamed(kind.variant);
      return { form: 'variant', variant: variant < 0 ? NONE : variant };
    }
    if (kind.architecture !== '') {
      const variants = catalogue.ofArchitecture(kind.architecture);
      return { form: 'architecture', byLatency: this.sorted(variants, (variant) => singleMs[variant]) };
    }
    const named =
      kind.useCase === '' ? catalogue.variants.map(({ index }) => index) : catalogue.ofUseCase(kind.useCase);
    const accuracy = (variant: VariantIndex): number => catalogue.variants[variant].accuracyPercent;
    const bins = this.edges.slice(1).map((_, bin) =>
      this.sorted(
        named.filter((variant) => this.binOf(accuracy(variant)) === bin),
        accuracy,
      ),
    );
    return { form: 'use-case', bins, cache: this.cacheOf(kind.useCase) };
  }

  /** Ascending by a figure, equal ones by name as in a sorted set of Redis. */
  private sorted(variants: readonly VariantIndex[], by: (variant: VariantIndex) => number): Int32Array {
    const { nameRank } = this.state.facts;
    return Int32Array.from(variants).sort((a, b) => by(a) - by(b) || nameRank[a] - nameRank[b]);
  }
}

function edgesOf(text: string): readonly number[] {
  const edges = text
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const isAscending = edges.every((edge, index) => index === 0 || edge > edges[index - 1]);
  if (edges.length >= 2 && edges[0] === 0 && edges[edges.length - 1] === 100 && isAscending) return edges;
  throw new ServingError({
    code: 'POLICY_OPTION',
    message: 'policy "infaas" cannot sort variants by accuracy',
    found: `accuracy_edges "${text}"`,
    expected: 'ascending numbers from 0 to 100, such as "0 50 70 75 78 100"',
  });
}
