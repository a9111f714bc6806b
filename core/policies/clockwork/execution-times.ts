/** Expected execution times by variant and batch size, asked of the latency tables once. */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { Nanos } from '../../time.ts';

export class ExecutionTimes {
  private readonly byBatch: readonly Float64Array[];

  /** @param factor what every prediction is multiplied with. */
  constructor({ variants, latency }: Pick<Catalogue, 'variants' | 'latency'>, factor: number) {
    this.byBatch = variants.map(({ maxBatch }, variant) =>
      Float64Array.from({ length: maxBatch + 1 }, (_, inputs) =>
        inputs === 0 ? 0 : Math.round(latency[variant].expectedBatchNs(inputs) * factor),
      ),
    );
  }

  /** Predicted execution of that many inputs; of the largest batch when they are more. */
  of(variant: VariantIndex, inputs: number): Nanos {
    const times = this.byBatch[variant];
    return times[Math.min(inputs, times.length - 1)];
  }
}
