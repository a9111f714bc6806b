// What model-scaling policies act on in their tests: workers that obey at once, and a load set by hand.
import type { InitialFleet, ModelScaling } from '../../../core/index.ts';
import { COLD, DEAD, LOADING, READY } from '../../../core/index.ts';
import { HOST, SMALL, addMachine, addWorker, emptyWorld } from './fixtures.ts';
import type { World } from './fixtures.ts';

export const initialOf = (workers: readonly (readonly [number, number])[]): InitialFleet => ({
  workers: new Map(workers),
  machines: new Map(),
});

/** A world that began with ready workers of `SMALL`. */
export function worldWith(ready: number, initial = ready): World {
  const world = emptyWorld(initialOf([[SMALL, initial]]));
  addMachine(world, HOST);
  addReady(world, ready);
  return world;
}

export function addReady(world: World, count: number, variant = SMALL): void {
  for (let i = 0; i < count; i += 1) addWorker(world, { variant });
}

/** The workers of a variant the policy counts as there: ready or loading. */
export function current({ fleet }: World, variant = SMALL): number {
  return fleet.ready(variant).length + fleet.loading(variant).length;
}

/** Does what the autoscaler would, at once: new workers are ready, drained ones gone. */
export function carryOut(world: World, changes: readonly ModelScaling[], now: number): void {
  const { fleet } = world;
  for (const { variant, delta } of changes) {
    for (let more = delta; more > 0; more -= 1) if (fleet.claim(variant, 0, 0) >= 0) lift(world, now);
    for (let fewer = -delta; fewer > 0; fewer -= 1) {
      const victims = fleet.loading(variant).length > 0 ? fleet.loading(variant) : fleet.ready(variant);
      fleet.setState(victims.at(victims.length - 1), DEAD, now);
    }
  }
}

/** Brings cold workers to ready. */
function lift({ fleet }: World, now: number): void {
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] !== COLD) continue;
    fleet.setState(worker, LOADING, now);
    fleet.setState(worker, READY, now);
  }
}

/** What the monitor would have found. */
export function sampled(
  { fleet }: World,
  columns: { utilisation?: number; concurrency?: number },
  variant = SMALL,
): void {
  fleet.sampled.utilisation[variant] = columns.utilisation ?? 0;
  fleet.sampled.concurrency[variant] = columns.concurrency ?? 0;
  fleet.sampled.refreshes += 1;
}

/** Changes the inputs in the system at an instant, as arrivals and ends do. */
export function setConcurrency({ fleet }: World, inputs: number, now: number, variant = SMALL): void {
  const { arrivedInputs, endedInputs, momentNs } = fleet.totals;
  const more = inputs - (arrivedInputs[variant] - endedInputs[variant]);
  if (more > 0) arrivedInputs[variant] += more;
  else endedInputs[variant] -= more;
  momentNs[variant] -= more * now;
}

/** The change decided for a variant, 0 for none. */
export const deltaOf = (changes: readonly ModelScaling[], variant = SMALL): number =>
  changes.find((change) => change.variant === variant)?.delta ?? 0;
