/**
 * As many workers as the queue needs at a target depth each: desired = ceil(depth / target), depth being the inputs in
 * the workers' queues and those the scheduler holds. Up at once; down only after the smaller number has sufficed for a
 * delay, and then to the largest number that was needed meanwhile.
 *
 * Simplified against KEDA, which feeds the same quotient to the Kubernetes autoscaler: no tolerance and no rate limit.
 */
import { definePolicy } from '../../policy.ts';
import { NEVER, milliseconds, seconds } from '../../time.ts';
import { boundsOf, clamp, scaleEach } from './scale-each.ts';

export const queueDepthScaling = definePolicy({
  name: 'queue-depth',
  summary: 'Workers in proportion to the inputs that wait.',
  source: 'KEDA queue scalers (queueLength, default 5)',
  families: ['model-scaling'],
  options: {
    target: { kind: 'count', default: 5, minimum: 1, doc: 'Inputs that may wait per worker.' },
    min: { kind: 'count', default: 1, minimum: 0, doc: 'Fewest workers of a variant that is in use.' },
    max: { kind: 'count', default: 10, minimum: 1, doc: 'Most workers of a variant.' },
    period: { kind: 'duration', default: seconds(1), minimum: milliseconds(1), doc: 'How often it decides.' },
    scaleDownDelay: {
      kind: 'duration',
      default: seconds(60),
      minimum: 0,
      doc: 'How long fewer workers must suffice before some are drained.',
    },
  },
  create(context) {
    const { options, fleet, catalogue } = context;
    const bounds = boundsOf('queue-depth', options);
    /** Since when fewer workers suffice, and the most that were needed since. */
    const lowSinceNs = new Float64Array(catalogue.variants.length).fill(NEVER);
    const needed = new Int32Array(catalogue.variants.length);

    const depthOf = (variant: number): number => {
      const ready = fleet.ready(variant);
      let depth = fleet.waiting[variant];
      for (let i = 0; i < ready.length; i += 1) depth += fleet.queued[ready.at(i)];
      return depth;
    };
    const workers = (variant: number, current: number, now: number): number => {
      const desired = clamp(Math.ceil(depthOf(variant) / options.target), bounds);
      if (desired >= current) {
        lowSinceNs[variant] = NEVER;
        return desired;
      }
      if (lowSinceNs[variant] === NEVER) {
        lowSinceNs[variant] = now;
        needed[variant] = 0;
      }
      needed[variant] = Math.max(needed[variant], desired);
      // Above the maximum nothing is worth waiting for.
      if (now - lowSinceNs[variant] < options.scaleDownDelay) return Math.min(current, bounds.max);
      lowSinceNs[variant] = NEVER;
      return needed[variant];
    };
    return {
      'model-scaling': {
        periodNs: options.period,
        decide: (now) =>
          scaleEach(context, {
            workers: (variant, current) => workers(variant, current, now),
            reason: (variant, current) =>
              `${depthOf(variant)} inputs wait for ${current} workers against target ${options.target} per worker`,
          }),
      },
    };
  },
});
