/** `PUT /models/{model}`: workers by hand. They stay until they are scaled again. */
import { seconds, toMilliseconds } from '../../core/index.ts';
import type { ServicePort } from '../service/index.ts';
import { variantNamed } from './find-model.ts';
import type { ModelManagement } from './model-management.ts';
import { settingsOf } from './model-settings.ts';
import type { Parameters } from './parameters.ts';
import { TorchServeFailure, badRequest, workersFailed } from './torchserve-failure.ts';
import type { TorchServeOptions } from './torchserve-options.ts';

/** An answer whose body is one sentence, and its status. */
export interface StatusAnswer {
  readonly status: number;
  readonly json: { readonly status: string };
}

export const PROCESSING = 'Processing worker updates...';
export const SCALING = 'Workers scaling in progress...';

export interface ScaleParts {
  readonly service: ServicePort;
  readonly models: ModelManagement;
  readonly options: TorchServeOptions;
}

export async function scaleWorkers(
  parts: ScaleParts,
  {
    name,
    version,
    parameters,
  }: { readonly name: string; readonly version: string | undefined; readonly parameters: Parameters },
): Promise<StatusAnswer> {
  const { service, models, options } = parts;
  const least = parameters.whole('min_worker') ?? 1;
  const most = parameters.whole('max_worker') ?? least;
  if (most < least) throw badRequest('max_worker cannot be less than min_worker.');
  const entry = variantNamed(service.directory, name, version);
  if (least < 0) {
    // TorchServe fails here without meaning to, and its users' tests expect it.
    throw new TorchServeFailure(500, 'IndexOutOfBoundsException', `min_worker ${least} is out of bounds`);
  }
  if (most > options.maxWorkers) throw badRequest(`max_worker cannot be greater than ${options.maxWorkers}.`);
  models.scale(entry.name, entry.version, { least, most });
  if (!parameters.flag('synchronous', false)) return { status: 202, json: { status: PROCESSING } };

  const asked = parameters.whole('timeout') ?? -1;
  const { startupTimeoutNs } = settingsOf(entry, parts);
  // In TorchServe -1 waits for ever; a connection should not.
  const timeoutNs = asked < 0 ? startupTimeoutNs : Math.min(seconds(asked), startupTimeoutNs);
  const settled = await service.settled(entry.name, entry.version, toMilliseconds(timeoutNs));
  if (settled === 'failed') throw workersFailed(name, version);
  if (settled === 'timeout') return { status: 206, json: { status: SCALING } };
  const workers = service.workersOf(entry.name, entry.version);
  const text = `Workers scaled to ${workers} for model: ${entry.name}`;
  return { status: 200, json: { status: version === undefined ? text : `${text}, version: ${entry.version}` } };
}
