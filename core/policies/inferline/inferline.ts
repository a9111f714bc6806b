/**
 * InferLine (Crankshaw et al., SoCC 2020) for single models. Taken from the paper: a low-frequency planner that picks
 * hardware, batch and replicas of least cost whose simulated tail latency on a sample trace meets the objective;
 * a high-frequency tuner that adds replicas when the traffic leaves the sample's envelope and removes them
 * conservatively; central queues and planned batches. It is the paper as remembered, without section numbers, as they
 * could not be checked.
 *
 * Simplified: every pipeline has one stage. The queries of one kind are a pipeline, and its hardware options are the
 * variants that keep the kind's promises; several pipelines may share a variant, whose replicas then add up. The sample
 * is recorded while the initial workers serve, kept as they are; since the paper plans before it serves, a first plan
 * is made on the sample's first second, and another when the sample is whole. A new plan starts its workers before the
 * others are drained: until one of them is ready, or the stabilisation time is over. The policy is one whole: without
 * its selection it sees no traffic and keeps the initial workers.
 *
 * Beyond the paper, whose cloud has no end: a replica has a device to itself, so plans and tuner count the devices that
 * are up, and each pipeline leaves one to every other. Where the devices run out the batch grows; where no plan meets
 * the objective, the one that serves most is used until the next sample.
 */
import { definePolicy } from '../../policy.ts';
import { milliseconds, seconds } from '../../time.ts';
import { placeByTarget } from '../planning/target.ts';
import { LATENCY_SHARE } from '../selection/candidates.ts';
import { centralQueueOf, pulledBatches } from './central-batches.ts';
import { Pipelines } from './pipelines.ts';
import { stageSelection } from './stage-selection.ts';

const OPTIONS = {
  latencyShare: LATENCY_SHARE,
  firstSample: {
    kind: 'duration',
    default: milliseconds(500),
    minimum: 1e6,
    doc: 'The first plan of a kind of queries is made so long after the first of them, at the next look of the tuner.',
  },
  sample: {
    kind: 'duration',
    default: seconds(60),
    minimum: 1e6,
    doc: 'Length of the whole sample trace: the second plan is made so long after the first query.',
  },
  sampleMax: {
    kind: 'count',
    default: 5000,
    minimum: 1,
    doc: 'Queries of the sample trace at most; the latest count.',
  },
  planPeriod: { kind: 'duration', default: seconds(3600), minimum: 1e6, doc: 'How often the planner plans anew.' },
  quantile: {
    kind: 'number',
    default: 0.99,
    minimum: 0.01,
    maximum: 1,
    doc: 'Share of the queries of the sample that must meet the latency objective.',
  },
  tuneInterval: { kind: 'duration', default: seconds(1), minimum: 1e6, doc: 'How often the tuner looks.' },
  smallestWindow: {
    kind: 'duration',
    default: 0,
    minimum: 0,
    doc: 'Shortest window of a traffic envelope; the service time of the planned batch where that is longer.',
  },
  stabilisation: {
    kind: 'duration',
    default: seconds(15),
    minimum: 0,
    doc: 'No replica is removed for so long after a change.',
  },
  downHorizon: {
    kind: 'duration',
    default: seconds(30),
    minimum: 1e6,
    doc: 'Replicas are removed down to what the highest rate of this time needs.',
  },
  downWindow: { kind: 'duration', default: seconds(5), minimum: 1e6, doc: 'Windows over which that rate is taken.' },
  min: { kind: 'count', default: 1, minimum: 1, doc: 'Fewest replicas of a planned model.' },
  max: { kind: 'count', default: 100, minimum: 1, doc: 'Most replicas of a planned model.' },
} as const;

export const inferline = definePolicy({
  name: 'inferline',
  summary: 'A planner sizes each model on a sample of its traffic; a tuner scales when the traffic leaves it.',
  source: 'InferLine (Crankshaw et al., SoCC 2020)',
  families: ['selection', 'dispatch', 'batching', 'placement', 'model-scaling'],
  options: OPTIONS,
  firstPlan: (options) => ({ afterNs: Math.min(options.firstSample, options.sample), option: 'firstSample' }),
  create(context) {
    const { catalogue, fleet, requests, options } = context;
    const pipelines = new Pipelines(context);
    const parts = { catalogue, fleet, requests, batchOf: (variant: number) => pipelines.batchOf(variant) };
    return {
      selection: stageSelection(context, pipelines),
      dispatch: centralQueueOf(parts),
      batching: pulledBatches(parts),
      placement: placeByTarget(context, () => pipelines.targets),
      'model-scaling': { periodNs: options.tuneInterval, decide: (now) => pipelines.decide(now) },
    };
  },
});
