/** Where and with what a result was made. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../backends/index.ts';
import type { EnvironmentResult } from '../../core/index.ts';

/** The version of this program, from its own manifest. */
export function rehearseVersion(): string {
  const manifest = readFileSync(join(repositoryRoot(), 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version; // Our own manifest has one.
}

export function environmentOf(startedAt: Date, wallS: number): EnvironmentResult {
  const processors = cpus();
  return {
    rehearse: rehearseVersion(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    startedAt: startedAt.toISOString(),
    wallS,
  };
}
