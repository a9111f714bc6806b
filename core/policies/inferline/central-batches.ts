/**
 * InferLine's data path (SoCC 2020): one queue per model, from which idle replicas take the oldest
 * requests up to the planned batch, without waiting for more.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import { HOLD, NONE } from '../../policy.ts';
import type { BatchingPolicy, DispatchPolicy } from '../../policy.ts';
import { READY } from '../../tables/fleet.ts';
import type { FleetView } from '../../tables/fleet.ts';
import type { RequestView } from '../../tables/request-table.ts';

export interface CentralParts {
  readonly catalogue: Catalogue;
  readonly fleet: FleetView;
  readonly requests: RequestView;
  /** Inputs in a batch at most. */
  readonly batchOf: (variant: VariantIndex) => number;
}

/** A request goes to an idle worker when nothing waits before it; idle workers pull what was held. */
export function centralQueueOf({ fleet, requests, batchOf }: CentralParts): DispatchPolicy {
  return {
    assign(slot, variant) {
      if (fleet.waiting[variant] > 0) return HOLD;
      const { column, length } = fleet.ready(variant);
      for (let i = 0; i < length; i += 1) {
        const worker = column[i];
        if (fleet.running[worker] === 0 && fleet.outstanding[worker] === 0) return worker;
      }
      // A batch that is on its way to an idle worker may still take more.
      for (let i = 0; i < length; i += 1) {
        const worker = column[i];
        const inputs = fleet.outstanding[worker] + requests.inputs[slot];
        if (fleet.running[worker] === 0 && inputs <= batchOf(variant)) return worker;
      }
      return HOLD;
    },
    pull(worker, waiting) {
      if (fleet.state[worker] !== READY || fleet.running[worker] > 0) return NONE;
      const outstanding = fleet.outstanding[worker];
      const fits = outstanding + requests.inputs[waiting.at(0)] <= batchOf(fleet.variant[worker]);
      // A query larger than the batch is executed alone.
      return outstanding === 0 || fits ? 0 : NONE;
    },
  };
}

/**
 * A batch is what its worker pulled: it starts when all of it has come, or is full. What is lost on its way is waited
 * for no longer than one input takes to execute.
 */
export function pulledBatches({ catalogue, fleet, batchOf }: CentralParts): BatchingPolicy {
  return {
    limit: (worker) => batchOf(fleet.variant[worker]),
    startAt(worker, queuedInputs, oldestNs, now) {
      const variant = fleet.variant[worker];
      const isWhole = queuedInputs >= fleet.outstanding[worker] || queuedInputs >= batchOf(variant);
      return isWhole ? now : oldestNs + catalogue.latency[variant].expectedBatchNs(1);
    },
  };
}
