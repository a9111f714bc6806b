/** Counts answered requests by what they asked for and by the variant that answered: who served whom. */
import type { VariantIndex } from '../catalogue/variant.ts';
import type { QueryKind } from '../workload.ts';

export interface ServedBy {
  readonly application: string;
  readonly variant: VariantIndex;
  readonly requests: number;
}

export class ServedByVariant {
  private readonly byKind: (Float64Array | undefined)[] = [];
  private readonly variants: number;
  private readonly kinds: readonly QueryKind[];

  /** @param variants number of variants in the catalogue. */
  constructor(variants: number, kinds: readonly QueryKind[]) {
    this.variants = variants;
    this.kinds = kinds;
  }

  count(kind: number, variant: VariantIndex): void {
    const counts = (this.byKind[kind] ??= new Float64Array(this.variants));
    counts[variant] += 1;
  }

  /** By application, in the order of the kinds, and by variant; what is 0 is left out. */
  all(): readonly ServedBy[] {
    const sums = new Map<string, Float64Array>();
    for (const [kind, counts] of this.byKind.entries()) {
      if (counts === undefined) continue;
      const { application } = this.kinds[kind];
      const sum = sums.get(application) ?? new Float64Array(this.variants);
      for (let variant = 0; variant < this.variants; variant += 1) sum[variant] += counts[variant];
      sums.set(application, sum);
    }
    return [...sums].flatMap(([application, sum]) =>
      [...sum.entries()].flatMap(([variant, requests]) => (requests === 0 ? [] : [{ application, variant, requests }])),
    );
  }
}
