/** A service with offline jobs on the smallest bundled model, as a server would put it together. */
import { Service } from '../../../live/service/index.ts';
import type { ServiceBlueprint } from '../../../live/service/index.ts';
import { openStore } from '../../../live/store/index.ts';
import type { Store } from '../../../live/store/index.ts';
import { OfflineJobs } from '../../../live/offline/index.ts';
import type { OfflineOptions } from '../../../live/offline/index.ts';
import { join } from 'node:path';
import { blueprintOf, bundledServed } from '../service/fixtures.ts';
import { LINEAR, handlers, offlineOptions } from './fixtures.ts';

export interface OfflineService {
  readonly service: Service;
  readonly jobs: OfflineJobs;
  readonly store: Store;
  readonly stop: () => Promise<void>;
}

/** Its state is in `folder/state`; jobs may use all of the folder. */
export async function startOfflineService(
  folder: string,
  {
    options = {},
    blueprint = {},
    policies = {},
  }: {
    readonly options?: Partial<OfflineOptions>;
    readonly blueprint?: Partial<ServiceBlueprint>;
    readonly policies?: Parameters<typeof blueprintOf>[2];
  } = {},
): Promise<OfflineService> {
  const store = openStore(join(folder, 'state'), { role: 'server' });
  const warn = (text: string): void => void process.stderr.write(`${text}\n`);
  const jobs = new OfflineJobs({
    store,
    handlers: handlers(),
    options: offlineOptions({ roots: [folder], ...options }),
    warn,
  });
  const service = await Service.start(blueprintOf(bundledServed(LINEAR), { offline: jobs, ...blueprint }, policies));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= service
      .stop()
      .then(() => jobs.close())
      .finally(() => store.close());
    return stopped;
  };
  return { service, jobs, store, stop };
}
