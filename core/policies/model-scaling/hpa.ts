/**
 * The Kubernetes Horizontal Pod Autoscaler with a deployment under it: every sync period,
 * desired = ceil(ready * metric / target), nothing within the tolerance; up at once within the scale-up policies, down
 * to the highest recommendation of the stabilisation window. Workers that died are replaced, as the deployment would.
 *
 * Simplified: one metric, and its value is the monitor's last sample instead of the metrics server's. A worker is not
 * ready until it is loaded, and then at once (no initialisation period); workers not ready count as using nothing when
 * the metric asks for more, and not at all when it asks for less. A variant at zero gets one worker when requests wait.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { definePolicy } from '../../policy.ts';
import { seconds } from '../../time.ts';
import { ReplicaHistory } from './replica-history.ts';
import { boundsOf, clamp, scaleEach } from './scale-each.ts';

/** Products that are whole but for rounding stay whole: nine workers at 4/3 of the target become 12, not 13. */
const ROUNDING = 1e-9;

export const horizontalPodAutoscaler = definePolicy({
  name: 'hpa',
  summary: 'The Kubernetes horizontal pod autoscaler, on utilisation or concurrency.',
  source: 'Kubernetes documentation, Horizontal Pod Autoscaling: algorithm details, default behavior',
  families: ['model-scaling'],
  options: {
    metric: {
      kind: 'choice',
      choices: ['utilisation', 'concurrency'],
      default: 'utilisation',
      doc: 'What is held at its target: the busy share of the workers, or the inputs in the system per worker.',
    },
    targetUtilisation: {
      kind: 'number',
      default: 0.8,
      minimum: 0.01,
      maximum: 1,
      doc: 'Busy share, 0 to 1. Kubernetes takes 80 % average CPU utilisation when no metric is set.',
    },
    targetConcurrency: {
      kind: 'number',
      default: 10,
      minimum: 0.01,
      doc: 'Inputs in the system per ready worker. Kubernetes has no default for it.',
    },
    min: { kind: 'count', default: 1, minimum: 0, doc: 'Fewest workers of a variant that is in use.' },
    max: { kind: 'count', default: 10, minimum: 1, doc: 'Most workers of a variant.' },
    syncPeriod: { kind: 'duration', default: seconds(15), minimum: 1, doc: 'How often it decides.' },
    tolerance: {
      kind: 'number',
      default: 0.1,
      minimum: 0,
      doc: 'Deviation of metric / target from 1 that is left alone.',
    },
    stabilisationWindow: {
      kind: 'duration',
      default: seconds(300),
      minimum: 0,
      doc: 'Scaling down goes no lower than the highest recommendation of this time.',
    },
    scaleUpWorkers: { kind: 'count', default: 4, minimum: 0, doc: 'Workers that may be added per scale-up period.' },
    scaleUpShare: {
      kind: 'number',
      default: 1,
      minimum: 0,
      doc: 'Share of the workers that may be added per scale-up period (1 doubles them); the larger of the two counts.',
    },
    scaleUpPeriod: { kind: 'duration', default: seconds(15), minimum: 1, doc: 'The period of the scale-up policies.' },
  },
  create(context) {
    const { options, fleet, initial, catalogue } = context;
    const bounds = boundsOf('hpa', options);
    const byUtilisation = options.metric === 'utilisation';
    const target = byUtilisation ? options.targetUtilisation : options.targetConcurrency;
    const histories = catalogue.variants.map(({ index }) => new ReplicaHistory(initial.workers.get(index) ?? 0));

    const metric = (variant: VariantIndex): number =>
      byUtilisation
        ? fleet.sampled.utilisation[variant]
        : fleet.sampled.concurrency[variant] / Math.max(1, fleet.ready(variant).length);

    /** What the metric asks for, before stabilisation and limits. */
    const recommend = (variant: VariantIndex, replicas: number): number => {
      const ready = fleet.ready(variant).length;
      if (ready === 0 || fleet.sampled.refreshes === 0) return replicas;
      const ratio = metric(variant) / target;
      const desired = Math.ceil(ratio * ready - ROUNDING);
      const notReady = Math.max(0, replicas - ready);
      if (ratio > 1 && notReady > 0) {
        const damped = (ratio * ready) / (ready + notReady);
        return damped <= 1 + options.tolerance ? replicas : Math.max(replicas, desired);
      }
      return Math.abs(1 - ratio) <= options.tolerance ? replicas : desired;
    };

    const workers = (variant: VariantIndex, current: number, now: number): number => {
      const history = histories[variant];
      if (history.replicas === 0) {
        if (current > 0 || fleet.waiting[variant] > 0) history.set(clamp(Math.max(1, current), bounds), now);
        return history.replicas;
      }
      const desired = recommend(variant, history.replicas);
      const highest = history.recommend(desired, now, options.stabilisationWindow);
      let replicas = history.replicas;
      if (desired > replicas) replicas = Math.min(desired, history.upLimit(now, options));
      else if (highest < replicas) replicas = highest;
      history.set(clamp(replicas, bounds), now);
      return history.replicas;
    };

    const reason = (variant: VariantIndex, current: number): string => {
      const replicas = histories[variant].replicas;
      const value = metric(variant);
      return byUtilisation
        ? `${current} workers of ${replicas}: utilisation ${percent(value)} against target ${percent(target)}`
        : `${current} workers of ${replicas}: concurrency ${value.toFixed(1)} against target ${target.toFixed(1)} per worker`;
    };

    return {
      'model-scaling': {
        periodNs: options.syncPeriod,
        decide: (now) => scaleEach(context, { workers: (variant, current) => workers(variant, current, now), reason }),
      },
    };
  },
});

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
