/**
 * AlpaServe's simulator (OSDI 2023): a trace on a placement, first come first served, each request on the
 * device with the shortest queue among those that hold its model, refused when it could not end in time. Deterministic:
 * execution times are expectations, as the paper's are.
 *
 * A replica that reserves whole devices, or cores, executes beside all others. Replicas that share a device take turns
 * on it, one request at a time.
 */
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';

export interface Model {
  /** Share of a device it reserves; 0 for CPU models. Below 1 it shares the device's time. */
  readonly accelerators: number;
  readonly executionNs: (inputs: number) => Nanos;
}

/** The requests of all models, in order of time. The columns have equal lengths. */
export interface ModelTrace {
  readonly atNs: Float64Array;
  /** Position in the list of models. */
  readonly model: Int32Array;
  readonly inputs: Int32Array;
  /** `NEVER` for none. */
  readonly objectiveNs: Float64Array;
}

export interface Replica {
  readonly model: number;
  /** Position in the list of machines. */
  readonly machine: number;
}

export interface Outcome {
  /** Requests that end in time. */
  readonly served: number;
  /** Requests refused, by model. */
  readonly unserved: Int32Array;
  /** Time that replicas execute, by machine. */
  readonly busyNs: Float64Array;
}

export interface Cluster {
  readonly models: readonly Model[];
  /** Accelerators by machine. */
  readonly accelerators: readonly number[];
}

export function simulatePlacement(
  { models, accelerators }: Cluster,
  replicas: readonly Replica[],
  trace: ModelTrace,
): Outcome {
  const servers = serversOf(models, accelerators, replicas);
  const freeNs = new Float64Array(replicas.length);
  const byModel = models.map((_, model) =>
    replicas.flatMap((replica, at) =>
      replica.model === model ? [{ machine: replica.machine, server: servers[at] }] : [],
    ),
  );
  const unserved = new Int32Array(models.length);
  const busyNs = new Float64Array(accelerators.length);
  let served = 0;
  for (let request = 0; request < trace.atNs.length; request += 1) {
    const model = trace.model[request];
    const atNs = trace.atNs[request];
    let best: { machine: number; server: number } | undefined;
    for (const choice of byModel[model]) {
      if (best === undefined || freeNs[choice.server] < freeNs[best.server]) best = choice;
    }
    const executionNs = models[model].executionNs(trace.inputs[request]);
    const objectiveNs = trace.objectiveNs[request];
    const endNs = best === undefined ? NEVER : Math.max(atNs, freeNs[best.server]) + executionNs;
    if (best === undefined || (objectiveNs !== NEVER && endNs > atNs + objectiveNs)) {
      unserved[model] += 1;
      continue;
    }
    freeNs[best.server] = endNs;
    busyNs[best.machine] += executionNs;
    served += 1;
  }
  return { served, unserved, busyNs };
}

/**
 * What each replica executes on: a server of its own, or one that it shares with replicas on the same device. Shares go
 * to the device of the machine that has least reserved.
 */
function serversOf(
  models: readonly Model[],
  accelerators: readonly number[],
  replicas: readonly Replica[],
): Int32Array {
  const servers = new Int32Array(replicas.length);
  const devices = new Map<number, { reserved: number; server: number }[]>();
  for (const [at, { model, machine }] of replicas.entries()) {
    servers[at] = at;
    const share = models[model].accelerators;
    if (share === 0 || share >= 1) continue;
    let shared = devices.get(machine);
    if (shared === undefined) {
      shared = Array.from({ length: Math.max(1, Math.floor(accelerators[machine])) }, () => ({
        reserved: 0,
        server: -1,
      }));
      devices.set(machine, shared);
    }
    const device = shared.reduce((least, other) => (other.reserved < least.reserved ? other : least));
    device.reserved += share;
    if (device.server < 0) device.server = at;
    servers[at] = device.server;
  }
  return servers;
}
