/**
 * Whether what is planned for an instant comes before the queries end: a rollout or an offline job later than that
 * would never take place, and nothing of it would be measured.
 */
import { z } from 'zod';
import type { Nanos } from '../../../core/index.ts';
import { formatDuration } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import { jobShape } from '../schema/offline.ts';
import { rolloutShape } from '../schema/rollouts.ts';

const LISTS = [
  { path: ['rollouts'], at: rolloutShape.at },
  { path: ['offline', 'jobs'], at: jobShape.at },
];

/** Times that cannot be read are complained about where their list is read. */
export function checkTimes(reader: ConfigReader, durationNs: Nanos): void {
  for (const { path, at } of LISTS) {
    const entries = reader.at(path);
    if (!Array.isArray(entries)) continue;
    for (const index of entries.keys()) {
      const own = [...path, index, 'at'];
      const parsed = z.safeParse(at, reader.at(own));
      if (!parsed.success || parsed.data <= durationNs) continue;
      reader.refuse(own, `a time within the duration, ${formatDuration(durationNs)}`);
    }
  }
}
