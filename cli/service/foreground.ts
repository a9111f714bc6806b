/** A service in this process, until a signal or a call ends it. */
import type { ServiceConfig } from '../../experiments/index.ts';
import { startServer } from '../../live/lifecycle/index.ts';
import { FAILED } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { serverOptions } from './server-options.ts';
import { startLines } from './start-lines.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** For whoever moves the log away from time to time. */
const REOPEN_SIGNAL = 'SIGUSR2';

/** @param asJson whether one object is printed when it is ready, and nothing else. */
export async function runInForeground(config: ServiceConfig, state: string, asJson: boolean): Promise<void> {
  let isEnding = false;
  // A signal during the start ends it when it is done: what was begun is taken apart in order.
  let stop = (): void => undefined;
  const end = (): void => {
    // Who asks twice does not want to wait.
    if (isEnding) process.exit(FAILED);
    isEnding = true;
    if (!asJson) process.stderr.write('\nending: what was accepted is answered first\n');
    stop();
  };
  let reopenLog = (): void => undefined;
  const reopen = (): void => reopenLog();
  for (const signal of STOP_SIGNALS) process.on(signal, end);
  process.on(REOPEN_SIGNAL, reopen);
  try {
    const server = await startServer(serverOptions(config, state));
    stop = () => void server.stop('keep');
    reopenLog = () => server.telemetry.reopenLog();
    if (isEnding) stop();
    else if (asJson) printJson({ ...server.status, folder: state, selfTest: server.selfTest, started: true });
    else process.stdout.write(startLines(server, config));
    await server.ended;
    if (!asJson) process.stdout.write('ended\n');
  } finally {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, end);
    process.removeListener(REOPEN_SIGNAL, reopen);
  }
}
