/** `POST /models`, `DELETE /models/{model}`, `PUT .../set-default`: what models there are. */
import { toMilliseconds } from '../../core/index.ts';
import type { ServicePort } from '../service/index.ts';
import { modelNamed, variantNamed } from './find-model.ts';
import type { ModelManagement, ModelRegistration } from './model-management.ts';
import { propertiesOf } from './model-settings.ts';
import type { Parameters } from './parameters.ts';
import { changeFailure, registrationFailure } from './registration-failure.ts';
import { PROCESSING, SCALING } from './scale-workers.ts';
import type { StatusAnswer } from './scale-workers.ts';
import {
  TorchServeFailure,
  badRequest,
  methodNotAllowed,
  noSuchDefault,
  notFound,
  shown,
  workersFailed,
} from './torchserve-failure.ts';
import type { TorchServeOptions } from './torchserve-options.ts';

export interface ManageParts {
  readonly service: ServicePort;
  readonly models: ModelManagement;
  readonly options: TorchServeOptions;
}

const RUNTIMES = ['python', 'python2', 'python3', 'LSP'];

/**
 * Registers a model from its archive. Workers that are asked for are there when it answers, unless `synchronous` is
 * false; one that fails to start takes the model with it.
 */
export async function registerModel(parts: ManageParts, parameters: Parameters): Promise<StatusAnswer> {
  if (!parts.options.modelApi) throw methodNotAllowed();
  const registration = registrationOf(parameters, parts.options);
  const asked = registration.initialWorkers ?? 0;
  const isSynchronous = parameters.flag('synchronous', true);
  const begun = isSynchronous
    ? registration
    : { ...registration, initialWorkers: asked > 0 ? 0 : registration.initialWorkers };
  let model: { readonly name: string; readonly version: string };
  try {
    model = await parts.models.register(begun);
  } catch (cause) {
    throw registrationFailure(cause, registration);
  }
  const { name, version } = model;
  if (!isSynchronous && asked > 0) {
    parts.models.scale(name, version, { least: asked, most: asked });
    return { status: 202, json: { status: PROCESSING } };
  }
  const workers =
    asked > 0 ? await startedWorkers(parts, { name, version, asked }) : parts.service.workersOf(name, version);
  if (workers === undefined) return { status: 206, json: { status: SCALING } };
  const text = `Model "${name}" Version: ${version} registered with ${workers} initial workers`;
  const hint = workers === 0 ? '. Use scale workers API to add workers for the model.' : '';
  return { status: 200, json: { status: `${text}${hint}` } };
}

/** Unregisters one version, or without one the model. The default version goes last. */
export async function unregisterModel(
  parts: ManageParts,
  { name, version }: { readonly name: string; readonly version: string | undefined },
): Promise<StatusAnswer> {
  if (!parts.options.modelApi) throw methodNotAllowed();
  const entry = variantNamed(parts.service.directory, name, version);
  if (version !== undefined && entry.isDefault && entry.versions.length > 1) {
    const message = `Cannot remove default version for model ${shown(name)}`;
    throw new TorchServeFailure(403, 'InvalidModelVersionException', message);
  }
  try {
    await parts.models.unregister(name, version);
  } catch (cause) {
    throw changeFailure(cause, name);
  }
  return { status: 200, json: { status: `Model "${entry.name}" unregistered` } };
}

export async function setDefault(
  parts: ManageParts,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<StatusAnswer> {
  const { directory } = parts.service;
  modelNamed(directory, name);
  if (directory.find(name, version) === undefined) throw noSuchDefault(name, version);
  try {
    await parts.models.setDefault(name, version);
  } catch (cause) {
    throw changeFailure(cause, name);
  }
  return { status: 200, json: { status: `Default version successfully updated for model "${name}" to "${version}"` } };
}

function registrationOf(parameters: Parameters, { defaultWorkers, maxWorkers }: TorchServeOptions): ModelRegistration {
  const url = parameters.text('url');
  if (url === undefined) throw badRequest('Parameter url is required.');
  if (url === '') throw notFound('empty url');
  // Decoded once by the query; who decodes once more must not find a way up either.
  if (/(?:\.|%2e){2}/i.test(url)) throw notFound(`Relative path is not allowed in url: ${shown(url)}`);
  const runtime = parameters.text('runtime');
  if (runtime !== undefined && !RUNTIMES.includes(runtime))
    throw badRequest(`Invalid RuntimeType value: ${shown(runtime)}`);
  const workers = atLeast(parameters.whole('initial_workers'), 0);
  if ((workers ?? 0) > maxWorkers) throw badRequest(`initial_workers cannot be greater than ${maxWorkers}.`);
  return {
    url,
    modelName: given(parameters.text('model_name')),
    handler: given(parameters.text('handler')),
    batchSize: atLeast(parameters.whole('batch_size'), 1),
    maxBatchDelayMs: atLeast(parameters.whole('max_batch_delay'), 0),
    initialWorkers: workers,
    defaultWorkers,
    properties: propertiesOf({
      responseTimeoutS: parameters.whole('response_timeout'),
      startupTimeoutS: parameters.whole('startup_timeout'),
    }),
  };
}

/** Ready workers, or undefined when they take longer than the time for it. */
async function startedWorkers(
  { service, models, options }: ManageParts,
  { name, version, asked }: { readonly name: string; readonly version: string; readonly asked: number },
): Promise<number | undefined> {
  const settled = await service.settled(name, version, toMilliseconds(options.startupTimeoutNs));
  if (settled === 'timeout') return undefined;
  if (settled === 'settled') return asked;
  await models.unregister(name, version);
  throw workersFailed(name, undefined);
}

/** What is out of range is as if it were not there. */
function atLeast(value: number | undefined, least: number): number | undefined {
  return value !== undefined && value >= least ? value : undefined;
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
