/**
 * Times the beginning of one model in one fresh process, from the spawn on. The file was read before, by the check of
 * the models, so the page cache is warm; a cold disk is not measured.
 */
import { spawn } from 'node:child_process';
import { toMilliseconds } from '../../../core/index.ts';
import { builtEntry, monotonicNs } from '../../../backends/index.ts';
import type { InitProbe, InitProbeAnswer } from './init-probe-process.ts';

/** A process that takes longer is killed. */
const TIMEOUT_MS = 300_000;

/** Milliseconds by part. */
export type InitTimes = Readonly<Record<string, number>>;

export type InitEnd =
  | { readonly ok: true; readonly times: InitTimes }
  /** @property detail one line for people. */
  | { readonly ok: false; readonly detail: string };

/** @returns undefined when it was interrupted. @throws ServingError BUILD_MISSING. */
export async function probeInit(probe: InitProbe, signal: AbortSignal | undefined): Promise<InitEnd | undefined> {
  const entry = builtEntry(import.meta.url, 'init-probe-process');
  const startedNs = monotonicNs();
  const { line, ending } = await lineOf([entry, JSON.stringify(probe)], signal);
  if (signal?.aborted === true) return undefined;
  const answer = parsed(line);
  if (answer === undefined) return { ok: false, detail: `the process ended ${ending} without an answer` };
  if (!answer.ok) return answer;
  const { beganNs, libraryNs, readNs, createdNs, ranNs } = answer;
  const span = (fromNs: number, toNs: number): number => toMilliseconds(toNs - fromNs);
  const times = {
    start: span(startedNs, beganNs),
    library: span(beganNs, libraryNs),
    read: span(libraryNs, readNs),
    create: span(readNs, createdNs),
    init: span(libraryNs, createdNs),
    first_run: span(createdNs, ranNs),
    ready: span(startedNs, ranNs),
  };
  return { ok: true, times };
}

function lineOf(args: readonly string[], signal: AbortSignal | undefined): Promise<{ line: string; ending: string }> {
  // Flags of this process (a loader, an inspector) are not for the child; stderr is ONNX Runtime's chatter.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(kill, TIMEOUT_MS);
  signal?.addEventListener('abort', kill, { once: true });
  let line = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (line += text));
  return new Promise((resolve) => {
    const end = (ending: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      resolve({ line, ending });
    };
    child.once('error', (error) => end(`before it began (${error.message})`));
    child.once('close', (code, ended) => end(ended === null ? `with exit code ${code}` : `by ${ended}`));
  });
}

function parsed(line: string): InitProbeAnswer | undefined {
  try {
    return JSON.parse(line) as InitProbeAnswer; // The child prints exactly this.
  } catch {
    return undefined;
  }
}
