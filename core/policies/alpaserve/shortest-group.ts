/**
 * AlpaServe's dispatch and admission (OSDI 2023): a request goes to the group with the shortest queue that
 * holds its model and is executed there first come first served; what could not end in time is refused, and dropped at
 * its turn when it no longer can.
 *
 * Simplified: the length of a queue is the expected execution of the inputs assigned and not answered. A worker with
 * devices or cores of its own is a group; workers that share the devices of a machine are one, and its queue is theirs,
 * divided by the devices. Without a ready worker the time to load is not predicted.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { reason } from '../../outcome.ts';
import type { AdmissionPolicy, DispatchPolicy, PolicyContext } from '../../policy.ts';
import { READY } from '../../tables/fleet.ts';
import type { WorkerId } from '../../tables/fleet.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { coldByTarget } from '../planning/target.ts';
import type { MachineTarget } from '../planning/target.ts';

const DEADLINE_UNREACHABLE = reason('deadline-unreachable');

type Tables = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests'>;

/** Time until a worker would begin a request that is assigned to it now. */
export function queueNs({ catalogue, fleet }: Tables, worker: WorkerId): Nanos {
  const variant = fleet.variant[worker];
  const ownNs = fleet.outstanding[worker] * catalogue.latency[variant].expectedBatchNs(1);
  if (!isShared(catalogue.variants[variant].resources.accelerators)) return ownNs;
  const machine = fleet.machine[worker];
  let sumNs = ownNs;
  for (let other = 0; other < fleet.workersMax; other += 1) {
    if (other === worker || fleet.state[other] !== READY || fleet.machine[other] !== machine) continue;
    const beside = fleet.variant[other];
    if (!isShared(catalogue.variants[beside].resources.accelerators)) continue;
    sumNs += fleet.outstanding[other] * catalogue.latency[beside].expectedBatchNs(1);
  }
  const devices = catalogue.machineTypes[fleet.machines.type[machine]].accelerator?.count ?? 1;
  // Its own requests wait for each other whatever the other devices do.
  return Math.max(ownNs, sumNs / devices);
}

/** The ready worker with the shortest queue, the lowest number of equals. */
export function shortestGroup(tables: Tables, targets: () => readonly MachineTarget[]): DispatchPolicy {
  return {
    // The selection may know another variant where a new placement gives this one up.
    reselects: true,
    cold: coldByTarget(tables.fleet, targets),
    assign(_slot, variant) {
      const { column, length } = tables.fleet.ready(variant);
      let best = column[0];
      let leastNs = queueNs(tables, best);
      for (let i = 1; i < length; i += 1) {
        const ns = queueNs(tables, column[i]);
        if (ns < leastNs) {
          best = column[i];
          leastNs = ns;
        }
      }
      return best;
    },
  };
}

/** @param note called with each request that the scheduler asks about. */
export function inTimeOnly(
  tables: Tables,
  marginNs: Nanos,
  note: (slot: number, variant: VariantIndex, now: Nanos) => void,
): AdmissionPolicy {
  const { catalogue, fleet, requests } = tables;
  return {
    admit(slot, variant, now) {
      note(slot, variant, now);
      const deadlineNs = requests.deadlineNs[slot];
      if (deadlineNs === NEVER) return 0;
      const { column, length } = fleet.ready(variant);
      const inputNs = catalogue.latency[variant].expectedBatchNs(1);
      let waitNs =
        length === 0 ? (fleet.waiting[variant] * inputNs) / Math.max(1, fleet.loading(variant).length) : NEVER;
      for (let i = 0; i < length; i += 1) waitNs = Math.min(waitNs, queueNs(tables, column[i]));
      const endNs = now + waitNs + catalogue.latency[variant].expectedBatchNs(requests.inputs[slot]) + marginNs;
      return endNs > deadlineNs ? DEADLINE_UNREACHABLE : 0;
    },
    expires(slot, worker, now) {
      const deadlineNs = requests.deadlineNs[slot];
      const ownNs = catalogue.latency[fleet.variant[worker]].expectedBatchNs(requests.inputs[slot]);
      return deadlineNs !== NEVER && now + ownNs + marginNs > deadlineNs;
    },
  };
}

/** Whether workers with such a reservation share devices. */
function isShared(accelerators: number): boolean {
  return accelerators > 0 && accelerators < 1;
}
