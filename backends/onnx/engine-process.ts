/**
 * Entry of the engine process, started by `Engines`. ONNX Runtime blocks the thread it runs on, cannot be interrupted
 * and takes its process along when it fails; in a process of its own it can be killed and nobody else waits.
 * Invariant: each command is answered once, in order; the parent never sends a second before the answer.
 */
import type { Answer, Command, Reports } from './engine-protocol.ts';
import { openSession, peakMemoryBytes, runSession } from './engine-session.ts';
import type { OpenSession } from './engine-session.ts';

let opened: OpenSession | undefined;

// The parent is gone: nobody wants an answer. A run in flight ends first, since it holds the only thread.
process.once('disconnect', () => process.exit(0));
// A terminal's Ctrl-C and a service manager's stop reach the whole group; how the work ends is the parent's decision.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// Only `Engine` writes to this channel, and it writes commands.
process.on('message', (message) => void answer(message as Command));

if (process.send === undefined) {
  process.stderr.write('engine-process is started by rehearse, not by hand\n');
  process.exitCode = 2;
}

async function answer(command: Command): Promise<void> {
  const reply = await execute(command).then(
    (report): Answer => ({ ok: true, report }),
    (error: unknown): Answer => ({ ok: false, detail: oneLine(error) }),
  );
  process.send?.(reply);
}

async function execute(command: Command): Promise<Reports[keyof Reports]> {
  if (command.type === 'load') {
    const { opened: session, report } = await openSession(command.spec);
    opened = session;
    return report;
  }
  if (command.type === 'unload') {
    await opened?.session.release();
    opened = undefined;
    return { peakMemoryBytes: peakMemoryBytes() };
  }
  if (opened === undefined) throw new Error('no model is loaded');
  return runSession(opened, command.inputs, command.count);
}

/** ONNX Runtime's messages run over several lines and carry source paths; the first 300 characters tell enough. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
