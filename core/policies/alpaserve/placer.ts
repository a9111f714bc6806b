/**
 * AlpaServe's control path: records the requests, searches a placement once the traffic has been watched, and again
 * where asked to, and moves the fleet towards it.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import type { Slot } from '../../tables/request-table.ts';
import type { Nanos } from '../../time.ts';
import { objectiveOf } from '../planning/kind-traffic.ts';
import { machineOffers, needOf } from '../planning/machine-offers.ts';
import type { MachineTarget } from '../planning/target.ts';
import { changesTowards, isForMachines, targetsOf } from '../planning/target.ts';
import { beamSearch, fastGreedy } from './greedy.ts';
import type { PlacementProblem } from './greedy.ts';
import type { VariantTrace } from './history.ts';
import { RequestHistory, assumedTrace } from './history.ts';

export interface PlacerOptions {
  readonly search: string;
  readonly beam: number;
  readonly watch: Nanos;
  readonly replan: Nanos;
  readonly history: Nanos;
  readonly requestsMax: number;
  readonly sloScale: number;
  readonly assumedRps: number;
}

export class Placer {
  /** The placement in effect; empty before the first. */
  targets: readonly MachineTarget[] = [];
  private readonly context: PolicyContext<PlacerOptions>;
  private readonly history: RequestHistory;
  private isPlaced = false;
  private nextNs: Nanos;
  private reason = '';

  constructor(context: PolicyContext<PlacerOptions>) {
    this.context = context;
    this.history = new RequestHistory(context.options.requestsMax);
    this.nextNs = context.options.watch;
  }

  /** Notes a request for a variant. */
  note(slot: Slot, variant: VariantIndex, now: Nanos): void {
    const { requests } = this.context;
    this.history.push({ atNs: now, variant, inputs: requests.inputs[slot], objectiveNs: objectiveOf(requests, slot) });
  }

  decide(now: Nanos): readonly ModelScaling[] {
    // A placement for machines that are gone, or without those that came, is void.
    if (now >= this.nextNs || (this.isPlaced && !isForMachines(this.targets, this.context.fleet))) this.place(now);
    return changesTowards(this.context, this.targets, this.reason);
  }

  private place(now: Nanos): void {
    const { options, catalogue, fleet } = this.context;
    this.nextNs = options.replan === 0 ? Infinity : now + options.replan;
    const { variants, trace } = this.traffic(now);
    const machines = machineOffers(catalogue, fleet);
    const models = variants.map((variant) => ({
      variant,
      need: needOf(catalogue, variant),
      accelerators: catalogue.variants[variant].resources.accelerators,
      executionNs: (inputs: number) => catalogue.latency[variant].expectedBatchNs(inputs),
    }));
    const problem: PlacementProblem = { models, machines, trace, replicasMax: fleet.workersMax };
    const replicas = options.search === 'beam' ? beamSearch(problem, options.beam) : fastGreedy(problem);
    const planned = machines.map(() => new Int32Array(catalogue.variants.length));
    for (const { model, machine } of replicas) planned[machine][variants[model]] += 1;
    this.isPlaced = true;
    this.targets = targetsOf(this.context, machines, planned);
    this.reason = `placement of ${replicas.length} replicas for ${trace.atNs.length} requests of ${variants.length} models`;
  }

  private traffic(now: Nanos): VariantTrace {
    const { options, catalogue, initial, random } = this.context;
    const recent = this.history.since(now - options.history, { catalogue, sloScale: options.sloScale });
    if (recent.variants.length > 0) return recent;
    const variants = [...initial.workers].filter(([, workers]) => workers > 0).map(([variant]) => variant);
    return assumedTrace(
      variants.sort((a, b) => a - b),
      { rateRps: options.assumedRps, requests: Math.min(1000, options.requestsMax) },
      { catalogue, sloScale: options.sloScale, random },
    );
  }
}
