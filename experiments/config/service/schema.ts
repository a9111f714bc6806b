/** The section `service` of a config, and the whole file that `rehearse serve` takes, as schemas. */
import type { z } from 'zod';
import { invariant } from '../../../core/index.ts';
import { frameShape, pointShape } from '../schema/experiment.ts';
import { section, text } from '../schema/quantities.ts';
import { grpcSchema, listenerShape } from './schema/listeners.ts';
import { runningShape } from './schema/running.ts';
import { watchingShape } from './schema/watching.ts';

export const serviceWords = {
  what: 'settings such as { http: { port: 8000 }, grpc: off }',
  doc: 'Where the service listens, what it allows, what it keeps.',
};

export const serviceShape = {
  state: text('The folder of keys, registered models and jobs, relative to this file.').optional(),
  ...listenerShape,
  ...runningShape,
  ...watchingShape,
};

const settingsSchema = section(serviceShape, serviceWords);

/** Keys as in the file, values in the units used inside: nanoseconds, bytes, percent; undefined for what is off. */
export type ServiceSettings = z.output<typeof settingsSchema>;

/** The settings of a gRPC listener where nothing is said of it. */
export function grpcDefaults(): NonNullable<ServiceSettings['grpc']> {
  const settings = grpcSchema.parse('on');
  invariant(settings !== undefined, 'a listener that is on has settings');
  return settings;
}

/** The keys of an experiment that a service has no use for, so that an experiment's file can be deployed as it is. */
export const UNUSED_KEYS = [
  'replications',
  'confidence',
  'baseline',
  'compare',
  'grid',
  'expect',
  'live',
  'duration',
  'warm_up',
  'cool_down',
  'workload',
  'network',
  'calibration',
  'objectives',
  'faults',
  'offline',
  'rollouts',
  'request_rows',
] as const satisfies readonly (keyof typeof frameShape | keyof typeof pointShape)[];

/** The keys that are read; what is left out falls to the bundled service. */
export const fileShape = {
  name: frameShape.name,
  question: text('What the service is for.').optional(),
  seed: frameShape.seed,
  catalogue: pointShape.catalogue.optional(),
  fleet: pointShape.fleet.optional(),
  policies: pointShape.policies.optional(),
  policy_defaults: pointShape.policy_defaults,
  limits: pointShape.limits,
  monitor_period: pointShape.monitor_period,
  service: settingsSchema.prefault({}),
};

export const fileWords = {
  what: 'a map such as { catalogue: { variants: [fmnist-linear-fp32] }, service: { http: { port: 8000 } } }',
  doc: 'A service.',
};

export const fileSchema = section(fileShape, fileWords);
