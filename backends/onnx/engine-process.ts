/**
 * Entry of the engine process, started by `Engines`. ONNX Runtime blocks the thread it runs on, cannot be interrupted
 * and takes its process along when it fails; in a process of its own it can be killed and nobody else waits.
 */
import { serveParent } from '../process/index.ts';
import type { Exchange, Executed } from '../process/index.ts';
import type { Command } from './engine-protocol.ts';
import { openSession, peakMemoryBytes } from './engine-session.ts';
import type { SessionRunner } from './session-runner.ts';

let opened: SessionRunner | undefined;

// Only `Engine` writes to this channel, and it writes commands.
await serveParent((command, exchange) => execute(command as Command, exchange));

async function execute(command: Command, exchange: Exchange): Promise<Executed> {
  if (command.type === 'load') {
    const { runner, report } = await openSession(command.spec);
    opened = runner;
    return { report };
  }
  if (command.type === 'unload') {
    await opened?.session.release();
    opened = undefined;
    return { report: { peakMemoryBytes: peakMemoryBytes() } };
  }
  if (opened === undefined) throw new Error('no model is loaded');
  const { dataBytes, ...report } = await opened.run(command.runs, exchange);
  return { report, dataBytes };
}
