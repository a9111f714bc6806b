/**
 * Proteus (Ahmad et al., ASPLOS 2024): accuracy scaling on a fixed number of machines. Taken from the paper: the
 * integer program over placement and query assignment that maximises the accuracy of a demand, solved every period and
 * when the demand leaves the plan, off the query path, so that a plan takes effect later; query assignment by the
 * planned fractions; proactive batching. Section numbers are left out, as they could not be checked.
 *
 * Simplified: the demand is an exponential mean of the observed rate times a headroom; the time to solve is a constant;
 * a device is an accelerator, or the cores of one worker on a CPU machine; workers of one variant take turns, whatever
 * the machine they are on. A query goes to the most accurate variant that keeps its promises while no plan serves it.
 * What waited at a worker that a new plan drains is selected anew by that plan.
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
  headroom: {
    kind: 'number',
    default: 1.05,
    minimum: 1,
    // The beta of configs/*/proteus.json in the authors' simulator, github.com/UMass-LIDS/Proteus.
    doc:
      'Demand planned for, per demand observed: devices are packed up to 100 % of their planned throughput, so this ' +
      "is all that is over-provisioned. 1.05 is in the authors' configs; more leaves room for bursts.",
  },
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
  source: 'Proteus (Ahmad et al., ASPLOS 2024)',
  families: ['selection', 'dispatch', 'batching', 'placement', 'model-scaling'],
  // It drops nothing itself, and what is late already would hold up what is not.
  companions: { admission: 'deadline' },
  usesSolver: true,
  options: OPTIONS,
  firstPlan: (options) => ({ afterNs: options.monitorInterval + options.solveTime, option: 'solveTime' }),
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
