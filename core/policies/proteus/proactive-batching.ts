/**
 * Proteus's batching (ASPLOS 2024): proactive and not work-conserving. With q inputs queued, an idle worker
 * waits for one more as long as the first of them could still meet its objective in a batch of q + 1, and executes the
 * q when it no longer could. A full batch starts at once.
 *
 * Simplified: the batcher knows when the oldest joined its queue, not its deadline, so it counts the tightest objective
 * of the variant's queries from there, less the margin. Without an objective nothing is waited for.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { BatchingPolicy } from '../../policy.ts';
import type { FleetView } from '../../tables/fleet.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';

export interface ProactiveParts {
  readonly catalogue: Catalogue;
  readonly fleet: FleetView;
  readonly marginNs: Nanos;
  /** The largest batch of a variant, in inputs. */
  readonly batchOf: (variant: VariantIndex) => number;
  /** The tightest objective of what the variant serves; `NEVER` for none. */
  readonly objectiveNsOf: (variant: VariantIndex) => Nanos;
}

export function proactiveBatching({
  catalogue,
  fleet,
  marginNs,
  batchOf,
  objectiveNsOf,
}: ProactiveParts): BatchingPolicy {
  return {
    limit: (worker) => batchOf(fleet.variant[worker]),
    startAt(worker, queuedInputs, oldestNs, now) {
      const variant = fleet.variant[worker];
      const objectiveNs = objectiveNsOf(variant);
      if (queuedInputs >= batchOf(variant) || objectiveNs === NEVER) return now;
      const nextNs = catalogue.latency[variant].expectedBatchNs(queuedInputs + 1);
      return Math.floor(oldestNs + objectiveNs - marginNs - nextNs);
    },
  };
}
