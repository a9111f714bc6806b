/**
 * The workers that requests want: started when asked for; where there is no room, or the last load failed a moment ago,
 * owed and tried again when a machine joins, when a worker is gone and after a delay, while requests of the variant
 * wait. Invariants: loads of a variant that fail follow each other by the delay at least, one at a time; what is held
 * is routed again at once at most once a delay, so that no answer of a policy can make it spin.
 */
import { MODEL_AUTOSCALER, SCHEDULER } from '../addresses.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { Fleet } from '../tables/fleet.ts';
import { RESTART_DELAY_NS } from '../tables/worker-demand.ts';
import type { Nanos } from '../time.ts';
import { PHASE_CONTROL } from '../world.ts';
import { startOne } from './start-worker.ts';
import type { StartParts } from './start-worker.ts';
import type { WorkerBounds } from './worker-bounds.ts';

export interface WantedParts extends StartParts {
  /** Start a first worker as soon as a request waits for a variant that has none. */
  readonly startOnRequest: boolean;
  /** The dispatch policy decides itself when a first worker is started. */
  readonly startsByPolicy: boolean;
  /** What was set by hand. */
  readonly bounds: WorkerBounds;
  /** When the next try is due, by variant. */
  readonly retryNs: Map<VariantIndex, Nanos>;
}

/** Starts a worker that the scheduler asks for. @param more beside any that the variant has. */
export function startWanted(parts: WantedParts, variant: VariantIndex, more: boolean): void {
  const { demand } = parts.fleet;
  demand.take(variant);
  if (!more && !lacksFirst(parts, variant)) return;
  if (tryStart(parts, variant, more)) return;
  if (more) demand.owe(variant);
  if (more || demand.isFailing(variant)) tryLater(parts, variant);
}

/** Tries again to start what is owed, and a first worker where there is none. */
export function startOwed(parts: WantedParts, variant: VariantIndex): void {
  const { demand, waiting } = parts.fleet;
  demand.settle(variant, waiting[variant]);
  if (waiting[variant] === 0) return;
  const owed = demand.owed[variant];
  let missing = Math.max(owed, lacksFirst(parts, variant) ? 1 : 0);
  while (missing > 0 && tryStart(parts, variant, owed > 0)) missing -= 1;
  demand.settle(variant, missing);
  if (missing > 0 && (owed > 0 || demand.isFailing(variant))) tryLater(parts, variant);
}

/** A worker is gone: there may be room for others, and requests may wait for it that nobody asks again about. */
export function workerGone(parts: WantedParts): void {
  const { world, fleet, catalogue } = parts;
  for (const { index } of catalogue.variants) {
    if (fleet.waiting[index] === 0) continue;
    // By mail: what this instant has killed is to be carried out first, for a start may use the same worker number.
    if (fleet.demand.owed[index] > 0) world.send(MODEL_AUTOSCALER, { type: 'start.due', variant: index });
    else if (lacksFirst(parts, index)) setRetry(parts, index);
    else if (startsByPolicy(parts) && fleet.coming(index) === 0) {
      // Requests may wait for one certain worker while others are ready: the scheduler routes again what waits.
      world.send(SCHEDULER, { type: 'worker.ready', worker: fleet.ready(index).at(0) });
    }
  }
}

/** A machine is up: there is room. */
export function machineJoined(parts: WantedParts): void {
  for (const { index } of parts.catalogue.variants) startOwed(parts, index);
}

function tryStart(parts: WantedParts, variant: VariantIndex, more: boolean): boolean {
  const { world, fleet, bounds } = parts;
  if (fleet.ready(variant).length + fleet.started(variant) >= bounds.most[variant]) return false;
  if (fleet.demand.isFailing(variant)) {
    if (fleet.demand.mustWait(variant, world.now) || fleet.started(variant) > 0) return false;
  }
  const reason = more || startsByPolicy(parts) ? 'wanted by dispatch' : 'first request for the variant';
  return startOne(parts, variant, { reason });
}

/** Sets the timer of the next try; when it was not set, what is held may go to workers that are ready meanwhile. */
function tryLater(parts: WantedParts, variant: VariantIndex): void {
  const { world, fleet } = parts;
  if (setRetry(parts, variant) && fleet.ready(variant).length > 0) {
    world.send(SCHEDULER, { type: 'worker.short', variant });
  }
}

/** False when the timer is set already. */
export function setRetry({ world, retryNs }: WantedParts, variant: VariantIndex): boolean {
  if ((retryNs.get(variant) ?? 0) > world.now) return false;
  const atNs = world.now + RESTART_DELAY_NS;
  retryNs.set(variant, atNs);
  world.setTimer(MODEL_AUTOSCALER, atNs, { type: 'start.due', variant }, PHASE_CONTROL);
  return true;
}

/** Whether a variant is to get a first worker: it has none, and none was started a moment ago. */
function lacksFirst(parts: WantedParts, variant: VariantIndex): boolean {
  return (parts.startOnRequest || startsByPolicy(parts)) && !isServed(parts.fleet, variant);
}

function isServed(fleet: Fleet, variant: VariantIndex): boolean {
  return fleet.ready(variant).length + fleet.started(variant) > 0;
}

function startsByPolicy(parts: WantedParts): boolean {
  return parts.startsByPolicy || parts.fleet.demand.startSeen;
}
