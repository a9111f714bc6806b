/**
 * The Knative Pod Autoscaler: workers in proportion to the concurrency averaged over a stable window; when the average
 * over a short panic window asks for a multiple of the ready workers, it panics: it follows the surge and scales down
 * no more until the threshold has not been reached for a stable window.
 *
 * Simplified: concurrency is counted exactly in inputs, waiting ones included, instead of scraped from pods and
 * activator. From zero it starts at the next tick, not at the request (that is the scheduler's first request). Before
 * it goes to zero it waits for the whole grace period, which in Knative is an upper bound. No target burst capacity,
 * no activation scale, no scale-down delay, no retention period. While it panics it never asks for fewer workers than
 * there are, where Knative only never asks for fewer than it asked for before.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { definePolicy } from '../../policy.ts';
import { NEVER, seconds, toSeconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { ConcurrencyHistory } from './concurrency-history.ts';
import { boundsOf, clamp, scaleEach } from './scale-each.ts';

export const knativePodAutoscaler = definePolicy({
  name: 'knative',
  summary: 'The Knative pod autoscaler: concurrency over a stable window, with a panic mode.',
  source: 'Knative Serving documentation and its config-autoscaler defaults; pkg/autoscaler/scaling/autoscaler.go',
  families: ['model-scaling'],
  options: {
    targetConcurrency: {
      kind: 'number',
      default: 100,
      minimum: 0.01,
      doc: 'Inputs a worker can have in the system at once (container-concurrency-target-default).',
    },
    targetUtilisation: {
      kind: 'number',
      default: 0.7,
      minimum: 0.01,
      maximum: 1,
      doc: 'Share of it that is aimed at (container-concurrency-target-percentage, 70).',
    },
    stableWindow: { kind: 'duration', default: seconds(60), minimum: 1, doc: 'Averaging window of the stable mode.' },
    panicWindowShare: {
      kind: 'number',
      default: 0.1,
      minimum: 0.01,
      maximum: 1,
      doc: 'The panic window as a share of the stable window (panic-window-percentage, 10).',
    },
    panicThreshold: {
      kind: 'number',
      default: 2,
      minimum: 1.1,
      doc: 'Panic begins when so many times the ready workers are wanted (panic-threshold-percentage, 200).',
    },
    tick: { kind: 'duration', default: seconds(2), minimum: 1, doc: 'How often it decides (tick-interval).' },
    maxScaleUpRate: { kind: 'number', default: 1000, minimum: 1.01, doc: 'Most workers wanted per ready worker.' },
    maxScaleDownRate: { kind: 'number', default: 2, minimum: 1.01, doc: 'Most ready workers per worker wanted.' },
    scaleToZeroGrace: {
      kind: 'duration',
      default: seconds(30),
      minimum: 0,
      doc: 'How long the last worker is kept after none is wanted (scale-to-zero-grace-period).',
    },
    min: { kind: 'count', default: 0, minimum: 0, doc: 'Fewest workers of a variant that is in use (min-scale).' },
    max: { kind: 'count', default: 0, minimum: 0, doc: 'Most workers of a variant (max-scale); 0 for no limit.' },
  },
  create(context) {
    const { options, fleet, catalogue, initial } = context;
    const { stableWindow, maxScaleUpRate, maxScaleDownRate } = options;
    const bounds = boundsOf('knative', { min: options.min, max: options.max === 0 ? Infinity : options.max });
    const target = options.targetConcurrency * options.targetUtilisation;
    const panicWindow = Math.round(stableWindow * options.panicWindowShare);
    const concurrency = new ConcurrencyHistory(fleet, Math.ceil(stableWindow / options.tick));
    const variants = catalogue.variants.length;
    /** When the panic threshold was last reached, `NEVER` when not panicking. */
    const panicNs = new Float64Array(variants).fill(NEVER);
    const panicWorkers = new Int32Array(variants);
    /** Since when no worker is wanted. */
    const zeroNs = new Float64Array(variants).fill(NEVER);
    // Knative begins in panic when a revision has several pods: without a past it would scale them down.
    const beginInPanic = (variant: VariantIndex, count: number, now: Nanos): void => {
      if (count <= 1) return;
      panicNs[variant] = now;
      panicWorkers[variant] = count;
    };
    for (const [variant, count] of initial.workers) beginInPanic(variant, count, 0);
    const known = new Set(initial.workers.keys());

    /** The algorithm proper, before bounds and scale to zero. */
    const desired = (variant: VariantIndex, current: number, now: Nanos): number => {
      const ready = Math.max(1, fleet.ready(variant).length);
      const limits = { min: Math.floor(ready / maxScaleDownRate), max: Math.ceil(maxScaleUpRate * ready) };
      const panicWish = Math.ceil(concurrency.average(variant, panicWindow) / target);
      const stable = clamp(Math.ceil(concurrency.average(variant, stableWindow) / target), limits);
      if (panicWish / ready >= options.panicThreshold) panicNs[variant] = now;
      else if (panicNs[variant] !== NEVER && panicNs[variant] + stableWindow < now) {
        panicNs[variant] = NEVER;
        panicWorkers[variant] = 0;
      }
      if (panicNs[variant] === NEVER) return stable;
      panicWorkers[variant] = Math.max(panicWorkers[variant], stable, clamp(panicWish, limits));
      return Math.max(panicWorkers[variant], current);
    };

    const workers = (variant: VariantIndex, current: number, now: Nanos): number => {
      // A version that was rolled out has several workers at first sight.
      if (!known.has(variant)) beginInPanic(variant, current, now);
      known.add(variant);
      const wanted = clamp(desired(variant, current, now), bounds);
      if (wanted > 0 || current === 0) {
        zeroNs[variant] = NEVER;
        return wanted;
      }
      if (zeroNs[variant] === NEVER) zeroNs[variant] = now;
      // A run younger than the stable window has not been idle for one.
      const idle = now >= stableWindow && now - zeroNs[variant] >= options.scaleToZeroGrace;
      return idle ? 0 : 1;
    };

    const reason = (variant: VariantIndex): string => {
      const panicking = panicNs[variant] !== NEVER;
      const window = panicking ? panicWindow : stableWindow;
      const mean = concurrency.average(variant, window).toFixed(1);
      const over = `${toSeconds(window).toFixed(0)} s`;
      return `${panicking ? 'panic: ' : ''}concurrency ${mean} over ${over} against target ${target.toFixed(1)} per worker`;
    };

    return {
      'model-scaling': {
        periodNs: options.tick,
        decide(now) {
          concurrency.record(now);
          return scaleEach(context, { workers: (variant, current) => workers(variant, current, now), reason });
        },
      },
    };
  },
});
