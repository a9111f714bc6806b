/**
 * What a running server says about itself in its state folder, for commands on this host: where it listens and how far
 * its start is. It holds no secret. The file may outlive its server; the lock of the folder tells whether that lives.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { serverProcess } from './server-lock.ts';

const FILE = 'service.json';

const listener = z.object({ protocol: z.string(), address: z.string() });
const shape = z.object({
  pid: z.int(),
  /** Milliseconds since 1970. */
  startedMs: z.number(),
  state: z.enum(['starting', 'ready', 'stopping']),
  version: z.string(),
  /** The main listener's, `http://127.0.0.1:8000`; '' before it listens. */
  url: z.string(),
  listeners: z.array(listener),
  /** Models of the repository whose load failed, and why. */
  failedModels: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Absolute path of its config. */
  config: z.string(),
  policySet: z.string(),
  /** Pages for people and scrapers; '' for none. */
  dashboard: z.string(),
  metrics: z.string(),
  /** What its test of itself found; '' before. */
  selfTest: z.string(),
});

export type ServerFile = z.output<typeof shape>;

/** Replaces the file as a whole: a reader sees the old one or the new one. */
export function writeServerFile(folder: string, content: ServerFile): void {
  const path = join(folder, FILE);
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(content, undefined, 1)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

export function removeServerFile(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/** The server that runs on a state folder; undefined when none does. */
export function runningServer(folder: string): ServerFile | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path) || serverProcess(folder) === undefined) return undefined;
  try {
    const parsed = shape.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Removed meanwhile: the server has ended.
    return undefined;
  }
}
