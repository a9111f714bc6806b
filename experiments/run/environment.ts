/** Where and with what a result was made. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../backends/index.ts';
import type { EnvironmentResult } from '../../core/index.ts';

export function environmentOf(startedAt: Date, wallS: number): EnvironmentResult {
  const processors = cpus();
  const manifest = readFileSync(join(repositoryRoot(), 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string }; // Our own manifest.
  return {
    rehearse: version,
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    startedAt: startedAt.toISOString(),
    wallS,
  };
}
