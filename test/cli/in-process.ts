// The command in this process, which costs no start: for what only depends on its words.
import { vi } from 'vitest';
import { main } from '../../cli/main.ts';
import type { Ended } from './command.ts';

/** Runs `rehearse` without a process of its own. */
export async function inProcess(args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    }),
  );
  try {
    return { status: await main(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
