/** Work that can be stopped: by Ctrl-C, and by what ends a process in an orderly way elsewhere. A second one ends it at once. */

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** @param work given a signal that fires when it is to stop. @param told printed then; '' for nothing. */
export async function interruptible<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  told = 'interrupted: what is finished is kept',
): Promise<Value> {
  const interrupt = new AbortController();
  const stop = (): void => {
    if (told !== '') process.stderr.write(`\n${told}\n`);
    interrupt.abort();
  };
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  try {
    return await work(interrupt.signal);
  } finally {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  }
}
