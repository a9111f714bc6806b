/**
 * Proteus (Ahmad et al., ASPLOS 2024): accuracy scaling on a fixed number of machines. Taken from the paper: the
 * integer program over placement and query assignment that maximises the accuracy of a demand (section 4), solved every
 * period and when the demand leaves the plan, off the query path, so that a plan takes effect later (section 3); query
 * assignment by the planned fractions; proactive batching (section 5).
 *
 * Simplified: the demand is an exponential mean of the observed rate times a headroom; the time to solve is a constant;
 * a device is an accelerator, or the cores of one worker on a CPU machine; workers of one variant take turns, whatever
 * the machine they are on. A query goes to the most accurate variant that keeps its promises while no plan serves it.
 * What waits for a variant that a new plan gives up is refused, as its device loads another model.
 * The policy is one whole: without its selection it sees no demand and plans nothing.
 */
import { definePolicy } from '../../policy.ts';
import { seconds } from '../../time.ts';
import { placeByTarget } from '../planning/target.ts';
import type { MachineTarget } from '../planning/target.ts';
import { LATENCY_SHARE } from '../selection/candidates.ts';
import { Allocator } from './allocator.ts';
import { planSelection } from './plan-selection.ts';
import { proactiveBatching } from './proactive-batching.ts';
import { plannedTurns } from './turns.ts';

const OPTIONS = {
  latencyShare: LATENCY_SHARE,
  period: { kind: 'duration', default: seconds(30), minimum: 1e6, doc: 'How often a new plan is made.' },
  monitorInterval: {
    kind: 'duration',
    default: seconds(1),
    minimum: 1e6,
    doc: 'How often the demand is looked at and the fleet is brought closer to the plan.',
  },
  threshold: {
    kind: 'number',
    default: 0.3,
    minimum: 0,
    doc: 'A new plan is made at once when the demand of a kind differs from the planned one by more than this share.',
  },
  smoothing: {
    kind: 'number',
    default: 0.3,
    minimum: 0.01,
    maximum: 1,
    doc: 'Weight of the newest rate in the exponential mean of the demand.',
  },
  headroom: { kind: 'number', default: 1.05, minimum: 1, doc: 'Demand planned for, per demand observed.' },
  batchShare: {
    kind: 'number',
    default: 0.5,
    minimum: 0.01,
    maximum: 1,
    doc: 'Share of the latency objective that one batch may take; the rest is for waiting.',
  },
  margin: {
    kind: 'duration',
    default: 0,
    minimum: 0,
    doc: 'Taken off the time a batch waits for company, for what the profile does not see: network, variance.',
  },
  solveTime: {
    kind: 'duration',
    default: seconds(1),
    minimum: 0,
    doc: 'Modelled time to solve the program: a plan takes effect so much later.',
  },
  gap: {
    kind: 'number',
    default: 0.001,
    minimum: 0,
    doc: 'Relative gap to the best plan possible at which the solver stops.',
  },
  nodesMax: { kind: 'count', default: 1000, minimum: 1, doc: 'Nodes of the search tree at most, for each program.' },
} as const;

export const proteus = definePolicy({
  name: 'proteus',
  summary: 'An integer program picks the variants on the machines so that the demand is served most accurately.',
  source: 'Proteus (Ahmad et al., ASPLOS 2024), sections 3 to 5',
  families: ['selection', 'dispatch', 'batching', 'placement', 'model-scaling'],
  usesSolver: true,
  options: OPTIONS,
  create(context) {
    const { options, catalogue, fleet } = context;
    const allocator = new Allocator(context);
    const targets = (): readonly MachineTarget[] => allocator.targets;
    return {
      selection: planSelection(context, allocator),
      dispatch: plannedTurns({ catalogue, fleet, targets }),
      batching: proactiveBatching({
        catalogue,
        fleet,
        marginNs: options.margin,
        batchOf: (variant) => allocator.batchOf(variant),
        objectiveNsOf: (variant) => allocator.objectiveNsOf(variant),
      }),
      placement: placeByTarget(context, targets),
      'model-scaling': {
        periodNs: options.monitorInterval,
        decide: (now) => allocator.decide(now),
      },
    };
  },
});
