/** A child of the simplest kind, written to a file: it does what it is told. */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtEntry } from '../../../backends/process/index.ts';
import type { Child } from '../../../backends/process/index.ts';

const PROGRAM = `
import { writeSync } from 'node:fs';
await serveParent(async ({ type, times = 1 }, exchange) => {
  if (type === 'fail') throw new Error('out of\\n   luck');
  if (type === 'exit') process.exit(3);
  if (type === 'garbage') writeSync(3, 'this is no frame at all');
  if (type === 'hang') for (;;);
  if (type === 'die') {
    process.stderr.write('these are my last words\\n');
    process.kill(process.pid, 'SIGSEGV');
  }
  const { data } = exchange;
  const bytes = data.length * times;
  const room = exchange.room(bytes);
  for (let copy = 0; copy < times; copy += 1) room.set(data, copy * data.length);
  return { report: { times }, dataBytes: bytes };
});
`;

/** Path of the child's program, in a folder of its own. */
export function echoProgram(): string {
  const index = new URL('../../../backends/process/index.ts', import.meta.url).href;
  const library = pathToFileURL(builtEntry(index, 'index')).href;
  const path = join(mkdtempSync(join(tmpdir(), 'rehearse-echo-')), 'echo.mjs');
  writeFileSync(path, `import { serveParent } from ${JSON.stringify(library)};${PROGRAM}`);
  return path;
}

export type EchoType = 'echo' | 'fail' | 'exit' | 'garbage' | 'hang' | 'die';

/** Tells the child to do something with that data. */
export function tell(
  child: Child,
  type: EchoType,
  { data = new Uint8Array(0), times = 1, timeoutNs }: { data?: Uint8Array; times?: number; timeoutNs?: number } = {},
): ReturnType<Child['request']> {
  child.room(data.length).set(data);
  return child.request({ name: type, command: { type, times }, dataBytes: data.length }, timeoutNs);
}

/** Descriptors this process has open; 0 where that cannot be told. */
export function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
