/**
 * Nexus (Shen, Chen, Jin, Zhao, Kong, Philipose, Krishnamurthy, Sundaram: Nexus: A GPU Cluster Engine for Accelerating
 * DNN-Based Video Analysis, SOSP 2019): batch sizes, worker counts and their devices are planned every epoch by squishy
 * bin packing; workers drop early what would make their batches small.
 *
 * Taken from the paper: sessions of a model and a latency objective, with observed rates; the packing (section 4.1,
 * Algorithm 1); epochs of some ten seconds; dispatch to the workers of a session in proportion to their throughput;
 * round robin on a device; early drop with a sliding window. Of the paper section 4.1 could be checked; the rest is as
 * remembered.
 * Simplified: each epoch packs anew, and machines of one type then change plans so that most workers stay, where the
 * paper moves sessions incrementally; no query is split over several models and no prefix is shared
 * (prefix batching); requests without an objective belong to a session of a default one and are never dropped.
 * When a cluster is too small, all rates are planned at the same share. CPU variants share cores only where those are
 * overcommitted.
 */
import { definePolicy } from '../../policy.ts';
import { milliseconds, seconds } from '../../time.ts';
import { DeviceUse } from '../clockwork/device-use.ts';
import { ExecutionTimes } from '../clockwork/execution-times.ts';
import { Duties } from './duties.ts';
import { EpochPlan } from './epoch-plan.ts';
import { frontend } from './frontend.ts';
import { SessionBook } from './sessions.ts';

export const nexus = definePolicy({
  name: 'nexus',
  summary: 'Batch sizes, workers and devices are planned every epoch by squishy bin packing of the observed rates.',
  source: 'Nexus (Shen et al., SOSP 2019): squishy bin packing (section 4.1, Algorithm 1), early drop',
  families: ['admission', 'dispatch', 'batching', 'placement', 'model-scaling'],
  options: {
    epoch: {
      kind: 'duration',
      default: seconds(30),
      minimum: milliseconds(100),
      doc: 'How often the rates of an epoch are packed into a new plan.',
    },
    period: {
      kind: 'duration',
      default: seconds(1),
      minimum: milliseconds(1),
      doc: 'How often the workers are brought closer to the plan.',
    },
    headroom: {
      kind: 'number',
      default: 1,
      minimum: 0.1,
      maximum: 10,
      doc: 'What observed rates are multiplied with before they are packed.',
    },
    safetyFactor: {
      kind: 'number',
      default: 1,
      minimum: 0.1,
      maximum: 10,
      doc: 'What predicted execution times are multiplied with; above 1 it leaves room for variance.',
    },
    defaultObjective: {
      kind: 'duration',
      default: milliseconds(100),
      minimum: 1,
      doc: 'Latency objective of the sessions of requests that state none.',
    },
    dropPeriod: {
      kind: 'duration',
      default: milliseconds(10),
      minimum: milliseconds(1),
      doc: 'How often waiting requests that were given up are dropped.',
    },
  },
  firstPlan: ({ epoch }) => ({ afterNs: epoch, option: 'epoch' }),
  create(context) {
    const { options, catalogue, fleet, requests } = context;
    const times = new ExecutionTimes(catalogue, options.safetyFactor);
    const use = new DeviceUse(context);
    const book = new SessionBook(catalogue.variants.length, requests, options.defaultObjective);
    const plan = new EpochPlan({ context, book, times, use, options });
    const usualBatch = Int32Array.from(catalogue.variants, ({ maxBatch }, variant) => {
      let batch = maxBatch;
      while (batch > 1 && 2 * times.of(variant, batch) > options.defaultObjective) batch -= 1;
      return batch;
    });
    const duties = new Duties(fleet, plan);
    const parts = { context, book, duties, times, use, reviewNs: options.dropPeriod, usualBatch };
    return {
      ...frontend(parts),
      placement: plan.placement(),
      'model-scaling': { periodNs: options.period, decide: (now) => plan.decide(now) },
    };
  },
});
