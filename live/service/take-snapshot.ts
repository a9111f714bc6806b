/** From the tables of an epoch to plain data for people: `status`, the dashboard, management calls. */
import { readFileSync } from 'node:fs';
import type { ControlDecision, VariantIndex, WorkerId } from '../../core/index.ts';
import { DEAD, MACHINE_STATES, UNBOUNDED, WORKER_STATES, useCaseName } from '../../core/index.ts';
import type { Epoch } from './epoch.ts';
import type { WorkerBounds } from './served-variant.ts';
import type { DecisionSnapshot, MachineSnapshot, VariantSnapshot, WorkerSnapshot } from './service-snapshot.ts';
import { statesArchitecture, statesUseCase } from './unstated.ts';

const NANOS_PER_S = 1e9;
/** Pages of Linux on the architectures that Node supports there. */
const PAGE_BYTES = 4096;

/** A decision in words, at this moment. */
export function decisionSnapshot(decision: ControlDecision, { plan, labels }: Epoch): DecisionSnapshot {
  const { variants } = plan;
  const { machineTypes } = plan.live.serving.catalogue;
  const { kind, reason } = decision;
  return {
    atMs: Date.now(),
    kind,
    reason,
    ...('variant' in decision ? { variant: variants[decision.variant].name } : {}),
    ...('worker' in decision ? { worker: labels.worker(decision.worker) } : {}),
    ...('machine' in decision ? { machine: labels.machine(decision.machine, machineTypes) } : {}),
    ...('type' in decision ? { machineType: machineTypes[decision.type].name } : {}),
  };
}

/** The workers that live, by number. */
export function workerSnapshots(epoch: Epoch): WorkerSnapshot[] {
  const { plan, labels, world } = epoch;
  const { fleet } = world.serving;
  const { machineTypes } = plan.live.serving.catalogue;
  return livingWorkers(epoch).map((worker) => {
    const { name, definition } = plan.variants[fleet.variant[worker]];
    const pid = world.processOf(worker);
    const memoryBytes = pid === undefined ? undefined : residentBytes(pid);
    return {
      label: labels.worker(worker),
      variant: name,
      version: definition.version,
      machine: labels.machine(fleet.machine[worker], machineTypes),
      state: WORKER_STATES[fleet.state[worker]],
      queued: fleet.queued[worker],
      running: fleet.running[worker],
      batches: fleet.batches[worker],
      completed: fleet.completed[worker],
      ageS: (world.now - fleet.claimedNs[worker]) / NANOS_PER_S,
      ...(pid === undefined ? {} : { pid }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    };
  });
}

/** The machines that are not down, by number. */
export function machineSnapshots({ plan, labels, world }: Epoch): MachineSnapshot[] {
  const { machines } = world.serving.fleet;
  const { machineTypes } = plan.live.serving.catalogue;
  const numbers = Array.from({ length: machines.machinesMax }, (_, machine) => machine);
  return numbers
    .filter((machine) => MACHINE_STATES[machines.state[machine]] !== 'down')
    .map((machine) => {
      const { name, cores, memoryBytes } = machineTypes[machines.type[machine]];
      return {
        label: labels.machine(machine, machineTypes),
        type: name,
        state: MACHINE_STATES[machines.state[machine]],
        workers: machines.workers[machine],
        coresUsed: cores * machines.coreOvercommit - machines.coresFree[machine],
        coresReservable: cores * machines.coreOvercommit,
        cores,
        memoryUsedBytes: memoryBytes - machines.memoryFreeBytes[machine],
        memoryBytes,
      };
    });
}

/** Every version of every variant. @param bounds those set by hand, by the definition's name. */
export function variantSnapshots(epoch: Epoch, bounds: ReadonlyMap<string, WorkerBounds>): VariantSnapshot[] {
  const { plan, world, failures } = epoch;
  const { fleet } = world.serving;
  const living = livingWorkers(epoch);
  return plan.variants.map((variant, index) => {
    const { name, definition, isDefault, source } = variant;
    const own = living.filter((worker) => fleet.variant[worker] === index);
    const inState = (...states: readonly string[]): number =>
      own.filter((worker) => states.includes(WORKER_STATES[fleet.state[worker]])).length;
    const failure = failures.get(index);
    return {
      name,
      version: definition.version,
      isDefault,
      architecture: statesArchitecture(variant) ? definition.architecture : '',
      useCase: statesUseCase(variant) ? useCaseName(definition.useCase) : '',
      hardware: definition.hardware,
      precision: definition.precision,
      accuracyPercent: definition.accuracyPercent,
      maxBatch: definition.maxBatch,
      source,
      ready: inState('ready'),
      loading: inState('cold', 'loading'),
      draining: inState('draining'),
      held: fleet.waiting[index],
      queued: own.reduce((sum, worker) => sum + fleet.queued[worker], 0),
      scaling: scalingOf(bounds.get(definition.name)),
      ...(failure === undefined ? {} : { lastFailure: failure }),
    };
  });
}

/** Workers of a variant that are ready and are to stay. */
export function readyWorkers({ world }: Epoch, variant: VariantIndex): number {
  const { fleet } = world.serving;
  const ready = fleet.ready(variant);
  let count = 0;
  for (let at = 0; at < ready.length; at += 1) if (!fleet.isCondemned(ready.at(at))) count += 1;
  return count;
}

function livingWorkers({ world }: Epoch): WorkerId[] {
  const { fleet } = world.serving;
  const numbers = Array.from({ length: fleet.workersMax }, (_, worker) => worker);
  // A number that was never used is as dead as one that is free again.
  return numbers.filter((worker) => fleet.generation[worker] > 0 && fleet.state[worker] !== DEAD);
}

function scalingOf(bounds: WorkerBounds | undefined): VariantSnapshot['scaling'] {
  if (bounds === undefined) return 'auto';
  return { least: bounds.least, most: bounds.most >= UNBOUNDED ? null : bounds.most };
}

/** Resident memory of a process; undefined where it is gone or the system does not say. */
function residentBytes(pid: number): number | undefined {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}
