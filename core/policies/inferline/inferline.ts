/**
 * InferLine (Crankshaw et al., SoCC 2020) for single models. Taken from the paper: a low-frequency planner that picks
 * hardware, batch and replicas of least cost whose simulated tail latency on a sample trace meets the objective
 * (section 4); a high-frequency tuner that adds replicas when the traffic leaves the sample's envelope and removes them
 * conservatively (section 5); central queues and planned batches (section 3).
 *
 * Simplified: every pipeline has one stage. The queries of one kind are a pipeline, and its hardware options are the
 * variants that keep the kind's promises; several pipelines may share a variant, whose replicas then add up. The sample
 * is recorded while the initial workers serve, kept as they are. A new plan starts its workers before the others are
 * drained: until one of them is ready, or the stabilisation time is over. The policy is one whole: without its
 * selection it sees no traffic and keeps the initial workers.
 */
import { definePolicy } from '../../policy.ts';
import { seconds } from '../../time.ts';
import { LATENCY_SHARE } from '../selection/candidates.ts';
import { centralQueueOf, pulledBatches } from './central-batches.ts';
import { Pipelines } from './pipelines.ts';
import { stageSelection } from './stage-selection.ts';

const OPTIONS = {
  latencyShare: LATENCY_SHARE,
  sample: {
    kind: 'duration',
    default: seconds(60),
    minimum: 1e6,
    doc: 'Length of the sample trace: the first plan is made so long after the first query of a kind.',
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
  source: 'InferLine (Crankshaw et al., SoCC 2020), sections 3 to 5',
  families: ['selection', 'dispatch', 'batching', 'model-scaling'],
  options: OPTIONS,
  create(context) {
    const { catalogue, fleet, requests, options } = context;
    const pipelines = new Pipelines(context);
    const parts = { catalogue, fleet, requests, batchOf: (variant: number) => pipelines.batchOf(variant) };
    return {
      selection: stageSelection(context, pipelines),
      dispatch: centralQueueOf(parts),
      batching: pulledBatches(parts),
      'model-scaling': { periodNs: options.tuneInterval, decide: (now) => pipelines.decide(now) },
    };
  },
});
