/**
 * Which requests can still be in time. One is refused on arrival when it would be late even if it were executed next:
 * alone, as soon as a worker of its variant has loaded and its device is free. One that waited too long is dropped
 * when its batch is formed. Requests without an objective are always in time.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { reason } from '../../outcome.ts';
import type { AdmissionPolicy, PolicyContext } from '../../policy.ts';
import type { WorkerId } from '../../tables/fleet.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { isBusy } from './device-use.ts';
import type { DeviceUse } from './device-use.ts';
import type { ExecutionTimes } from './execution-times.ts';

const DEADLINE_UNREACHABLE = reason('deadline-unreachable');

export function inTime(
  { catalogue, fleet, requests }: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests'>,
  times: ExecutionTimes,
  use: DeviceUse,
): AdmissionPolicy {
  const { latency } = catalogue;
  /** When a worker was first seen loading, and in which life: the tables do not say when a load began. */
  const seenNs = new Float64Array(fleet.workersMax);
  const seenLife = new Int32Array(fleet.workersMax);

  const endOf = (worker: WorkerId, now: Nanos): Nanos => {
    const running = fleet.running[worker];
    const variant = fleet.variant[worker];
    if (running === 0) return now + times.of(variant, fleet.outstanding[worker]);
    return Math.max(now, fleet.batchStartNs[worker] + times.of(variant, running));
  };
  const firstEndOn = (worker: WorkerId, now: Nanos): Nanos => {
    let first = NEVER;
    for (const other of use.busyOn(fleet.machine[worker])) {
      if (use.isSameKind(fleet.variant[other], fleet.variant[worker])) first = Math.min(first, endOf(other, now));
    }
    return first;
  };
  const loadedNs = (worker: WorkerId, now: Nanos): Nanos => {
    if (seenLife[worker] !== fleet.generation[worker]) {
      seenLife[worker] = fleet.generation[worker];
      seenNs[worker] = now;
    }
    return Math.max(now, seenNs[worker] + latency[fleet.variant[worker]].expectedLoadNs);
  };
  const freeNs = (worker: WorkerId, now: Nanos): Nanos => {
    if (isBusy(fleet, worker)) return endOf(worker, now);
    return use.isFree(worker) ? now : firstEndOn(worker, now);
  };
  /** The earliest instant at which a worker of the variant could execute something else than it does. */
  const startNs = (variant: VariantIndex, now: Nanos): Nanos => {
    const ready = fleet.ready(variant);
    const loading = fleet.loading(variant);
    let first = ready.length + loading.length === 0 ? now + latency[variant].expectedLoadNs : NEVER;
    for (let i = 0; i < ready.length && first > now; i += 1) first = Math.min(first, freeNs(ready.at(i), now));
    for (let i = 0; i < loading.length && first > now; i += 1) first = Math.min(first, loadedNs(loading.at(i), now));
    return first;
  };

  return {
    admit(slot, variant, now) {
      const deadlineNs = requests.deadlineNs[slot];
      if (deadlineNs === NEVER) return 0;
      const endNs = startNs(variant, now) + times.of(variant, requests.inputs[slot]);
      return endNs > deadlineNs ? DEADLINE_UNREACHABLE : 0;
    },
    expires(slot, worker, now) {
      const deadlineNs = requests.deadlineNs[slot];
      return deadlineNs !== NEVER && now + times.of(fleet.variant[worker], requests.inputs[slot]) > deadlineNs;
    },
  };
}
