/** Model files of the store that must be refused when they are registered, and leave nothing behind. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { folder as bundled } from '../../backends/onnx/fixtures.ts';
import { expectRefused } from './hostile-target.ts';
import { register } from './name-rows.ts';

export const LINEAR = join(bundled, 'fmnist-linear.onnx');

/** Everything below the folder of the service but its logs and its database, which change by themselves. */
export function filesBelow({ folder }: ServerProcess): readonly string[] {
  const all = readdirSync(folder.path, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory() && !/\.(log|db|db-wal|db-shm|lock-journal)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** A file in the store is registered, refused, and leaves nothing. */
export async function expectTrapRefused(
  server: ServerProcess,
  name: string,
  why: RegExp,
  statuses = [400, 500],
): Promise<void> {
  const before = filesBelow(server);
  expectRefused(await register(server, name, '&initial_workers=1'), statuses, why);
  expect(filesBelow(server)).toEqual(before);
  const { service } = await server.status();
  expect(service.variants.map((variant) => variant.name)).not.toContain('trap');
}
