/** What TorchServe keeps with a model and the service does not know of, and how it is kept. */
import type { Nanos } from '../../core/index.ts';
import { seconds, toMilliseconds } from '../../core/index.ts';
import type { ModelEntry } from '../service/index.ts';
import type { ModelManagement } from './model-management.ts';
import type { TorchServeOptions } from './torchserve-options.ts';

export interface ModelSettings {
  readonly url: string;
  readonly batchSize: number;
  readonly maxBatchDelayMs: number;
  readonly responseTimeoutNs: Nanos;
  readonly startupTimeoutNs: Nanos;
}

export interface SettingsParts {
  readonly models: Pick<ModelManagement, 'describe'>;
  readonly options: Pick<TorchServeOptions, 'responseTimeoutNs' | 'startupTimeoutNs'>;
}

/** Names of the properties that are kept with a model, in seconds. */
const RESPONSE_TIMEOUT = 'torchserve.response_timeout_s';
const STARTUP_TIMEOUT = 'torchserve.startup_timeout_s';
/** TorchServe's own. */
const DEFAULT_DELAY_MS = 100;
/** A week: timers cannot wait for much longer. */
const LONGEST_S = 604_800;

/** @param model a variant. */
export function settingsOf({ name, version, variants }: ModelEntry, { models, options }: SettingsParts): ModelSettings {
  const [{ batching, definition }] = variants;
  const facts = models.describe(name, version);
  const timeout = (property: string, fallbackNs: Nanos): Nanos => {
    const value = facts?.properties[property];
    return typeof value === 'number' && value > 0 ? seconds(Math.min(value, LONGEST_S)) : fallbackNs;
  };
  const { maxBatch, maxDelay } = batching?.options ?? {};
  return {
    url: facts?.url ?? fileName(definition.artifact?.path ?? name),
    batchSize: batching === undefined ? definition.maxBatch : typeof maxBatch === 'number' ? maxBatch : 1,
    maxBatchDelayMs: typeof maxDelay === 'number' ? toMilliseconds(maxDelay) : DEFAULT_DELAY_MS,
    responseTimeoutNs: timeout(RESPONSE_TIMEOUT, options.responseTimeoutNs),
    startupTimeoutNs: timeout(STARTUP_TIMEOUT, options.startupTimeoutNs),
  };
}

/** As they are kept; what was not said is left out. */
export function propertiesOf(said: {
  readonly responseTimeoutS: number | undefined;
  readonly startupTimeoutS: number | undefined;
}): Readonly<Record<string, number>> {
  const { responseTimeoutS, startupTimeoutS } = said;
  return {
    ...(responseTimeoutS !== undefined && responseTimeoutS > 0 ? { [RESPONSE_TIMEOUT]: responseTimeoutS } : {}),
    ...(startupTimeoutS !== undefined && startupTimeoutS > 0 ? { [STARTUP_TIMEOUT]: startupTimeoutS } : {}),
  };
}

/** Clients need not know where files lie on this host. */
function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
