/** The model autoscaler on a bench: changes that a policy is made to want, workers that start for real. */
import { MODEL_AUTOSCALER, NONE, Signals } from '../../../core/index.ts';
import type { ModelAutoscalerMessage, ModelScaling, PlacementPolicy } from '../../../core/index.ts';
import { modelAutoscalerLogic } from '../../../core/actors/model-autoscaler.ts';
import { WorkerPool } from '../../../core/actors/pools.ts';
import { WorkerBounds } from '../../../core/actors/worker-bounds.ts';
import { Bench } from './bench.ts';

interface Parts {
  readonly periodNs?: number;
  readonly startOnRequest?: boolean;
  readonly startsByPolicy?: boolean;
  readonly workersMax?: number;
  readonly cores?: number;
  readonly place?: PlacementPolicy['place'];
}

/** A bench with one machine and the autoscaler; workers are started for real, their lifecycles too. */
export class ScalerBench extends Bench {
  readonly signals = new Signals();
  /** What the policy wants at the next tick. */
  wants: Omit<ModelScaling, 'reason'>[] = [];

  constructor(parts: Parts = {}) {
    const { periodNs = 100, startOnRequest = false, startsByPolicy = false, workersMax = 8, cores = 64, place } = parts;
    super({ variants: [{}, {}], machines: [{ cores }], workersMax });
    const { world, catalogue, fleet, requests, ledger, recorder, signals } = this;
    this.machine();
    const placement = { place: place ?? ((variant) => (fleet.machines.fits(0, variant) ? 0 : NONE)) };
    const batching = { limit: () => 1, startAt: () => 0 };
    const queue = {
      world,
      catalogue,
      requests,
      fleet,
      ledger,
      recorder,
      batching,
      admission: { admit: () => 0 },
      pulls: false,
    };
    const pool = new WorkerPool({ world, host: world, fleet, queue });
    const decide = (): ModelScaling[] => this.wants.splice(0).map((change) => ({ ...change, reason: 'wanted' }));
    const scaling = { periodNs, decide };
    const short = new Set<number>();
    world.attach(MODEL_AUTOSCALER, modelAutoscalerLogic, {
      world,
      catalogue,
      fleet,
      pool,
      scaling,
      placement,
      signals,
      startOnRequest,
      startsByPolicy,
      short,
      retryNs: new Map<number, number>(),
      bounds: new WorkerBounds(8),
    });
  }

  say(message: ModelAutoscalerMessage, now = this.world.now): string[] {
    return this.deliver(MODEL_AUTOSCALER, message, now);
  }

  /** A tick at which the policy wants these changes; returns the decisions. */
  tick(...wants: readonly Omit<ModelScaling, 'reason'>[]): string[] {
    this.wants = [...wants];
    this.say({ type: 'models.tick' });
    return this.world.takeDecisions();
  }
}
