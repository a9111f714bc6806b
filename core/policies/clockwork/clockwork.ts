/**
 * Clockwork (Gujarati, Karimi, Alzayat, Hao, Kaufmann, Vigfusson, Mace: Serving DNNs like Clockwork, OSDI 2020): a central
 * controller that predicts every execution and load, and schedules only what will be in time.
 *
 * Taken from the paper: one queue per model and one batch at a time per device; execution times predicted
 * from profiles; requests that cannot be in time refused on arrival and later cancelled; strategies by batch size, the
 * earliest required start first, the largest batch that meets the deadline; loads by unmet demand, the least recently
 * used model unloaded. Loads and strategies follow the released controller (infer5), which was read; the rest is the
 * paper as remembered, without section numbers, as they could not be checked.
 * Simplified: predictions come from the latency tables, not from the last measurements; actions are sent when a device
 * falls idle, not some milliseconds ahead; a load occupies no link, but a machine makes one at a time; inputs and
 * outputs take no time of their own. CPU variants keep to their reserved cores, and wait only where cores are
 * overcommitted.
 */
import { definePolicy } from '../../policy.ts';
import { milliseconds, seconds } from '../../time.ts';
import { inTime } from './admission.ts';
import { inferActions, plannedBatches } from './controller.ts';
import { DeviceUse } from './device-use.ts';
import { ExecutionTimes } from './execution-times.ts';
import { loadActions } from './load-actions.ts';
import { LoadPriority } from './load-priority.ts';
import { Strategies } from './strategies.ts';

export const clockwork = definePolicy({
  name: 'clockwork',
  summary: 'A central controller executes only what it predicts to be in time, one batch at a time per device.',
  source: 'Clockwork (Gujarati et al., OSDI 2020); its released controller (infer5) for loads and strategies',
  families: ['admission', 'dispatch', 'batching', 'placement', 'model-scaling'],
  options: {
    safetyFactor: {
      kind: 'number',
      default: 1,
      minimum: 0.1,
      maximum: 10,
      doc: 'What predicted execution times are multiplied with; above 1 it leaves room for variance.',
    },
    maxBatch: {
      kind: 'count',
      default: 16,
      minimum: 1,
      doc: 'Largest batch size planned, in inputs; sizes are the powers of two up to it and to the variant’s maximum.',
    },
    defaultObjective: {
      kind: 'duration',
      default: milliseconds(100),
      minimum: 1,
      doc: 'Latency objective that places requests without one in line; they are never refused or dropped.',
    },
    dropPeriod: {
      kind: 'duration',
      default: milliseconds(10),
      minimum: milliseconds(1),
      doc: 'How often waiting requests that can no longer be in time are dropped.',
    },
    loadPeriod: {
      kind: 'duration',
      default: milliseconds(100),
      minimum: milliseconds(1),
      doc: 'How often models are loaded and unloaded.',
    },
    demandWindow: {
      kind: 'duration',
      default: seconds(1),
      minimum: milliseconds(1),
      doc: 'Time constant of the average of arrivals that load priorities are made of.',
    },
    keep: {
      kind: 'duration',
      default: seconds(1),
      minimum: 0,
      doc: 'How long a model stays loaded after its last use, at least.',
    },
  },
  create(context) {
    const { options, catalogue } = context;
    const times = new ExecutionTimes(catalogue, options.safetyFactor);
    const use = new DeviceUse(context);
    const strategies = new Strategies(context, times, options);
    const priority = new LoadPriority(context, { times, use, options });
    const loads = loadActions(context, { priority, use, options });
    return {
      admission: inTime(context, times, use),
      dispatch: inferActions({ context, times, strategies, use, reviewNs: options.dropPeriod }),
      batching: plannedBatches(context),
      placement: loads.placement,
      'model-scaling': loads.scaling,
    };
  },
});
