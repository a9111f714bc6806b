/** A keeper of offline jobs by itself, on a state folder, ended with its test. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { OfflineJobs } from '../../../live/offline/index.ts';
import type { OfflineOptions } from '../../../live/offline/index.ts';
import type { OfflineFiles, OfflinePort } from '../../../live/service/index.ts';
import { openStore } from '../../../live/store/index.ts';
import type { Store } from '../../../live/store/index.ts';
import { handlers, offlineOptions } from './fixtures.ts';

export interface KeptJobs {
  readonly jobs: OfflineJobs;
  readonly store: Store;
  readonly warnings: readonly string[];
  /** Begins an epoch. */
  readonly begin: OfflineJobs['begin'];
  /** Ends its epochs and itself, as a server would. */
  readonly close: () => Promise<void>;
}

/** A keeper on `folder/state`, allowed to use all of the folder. */
export function openJobs(folder: string, changes: Partial<OfflineOptions> = {}): KeptJobs {
  const store = openStore(join(folder, 'state'), { role: 'server' });
  const warnings: string[] = [];
  const options = offlineOptions({ roots: [folder], ...changes });
  const warn = (text: string): void => void warnings.push(text);
  const jobs = new OfflineJobs({ store, handlers: handlers(), options, warn });
  const begun: OfflineFiles[] = [];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all(begun.map((files) => files.end()))
      .then(() => jobs.close())
      .finally(() => store.close());
    return closed;
  };
  onTestFinished(close);
  const begin = (port: OfflinePort): OfflineFiles => {
    const files = jobs.begin(port);
    begun.push(files);
    return files;
  };
  return { jobs, store, warnings, begin, close };
}
