/**
 * A process of the benchmark and what it can be asked: the server, its load, the bare loop, each on its own so that none
 * is measured with another's work. Calls go one at a time, outside of what is timed.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { builtEntry } from '../../../backends/index.ts';

/** By the name of a call, what it takes and what it gives. */
export type CallTypes<Name extends string = string> = Readonly<
  Record<Name, { readonly takes: unknown; readonly gives: unknown }>
>;

/** What a process does for each call. */
export type CallHandlers<Calls extends CallTypes<string & keyof Calls>> = {
  readonly [Name in keyof Calls]: (
    argument: Calls[Name]['takes'],
  ) => Promise<Calls[Name]['gives']> | Calls[Name]['gives'];
};

interface Question {
  readonly name: string;
  readonly argument: unknown;
}

type Reply = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: string };

export class Tool<Calls extends CallTypes<string & keyof Calls>> {
  private readonly child: ChildProcess;
  private said = '';

  /** @param entry the file's name without its ending, beside this one. */
  constructor(entry: string, args: readonly string[] = []) {
    const path = builtEntry(import.meta.url, entry);
    this.child = fork(path, [...args], { execArgv: [], serialization: 'advanced', silent: true });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said = (this.said + text).slice(-2000);
      });
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws Error with what the process says, or said last. */
  call<Name extends string & keyof Calls>(name: Name, argument: Calls[Name]['takes']): Promise<Calls[Name]['gives']> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`a process of the benchmark ended during ${name}: ${this.said}`));
      this.child.once('exit', gone);
      this.child.once('message', (message) => {
        this.child.off('exit', gone);
        // `answerCalls` sends nothing else, and gives what the call's type says.
        const reply = message as Reply;
        if (reply.ok) resolve(reply.result);
        else reject(new Error(reply.error));
      });
      this.child.send({ name, argument } satisfies Question);
    });
  }

  /** Lets the process end by itself, and kills one that does not. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

/** The other side: answers calls until the parent lets go. @param close what keeps the process alive is ended by it. */
export function answerCalls<Calls extends CallTypes<string & keyof Calls>>(
  handlers: CallHandlers<Calls>,
  close: () => void | Promise<void> = () => undefined,
): void {
  process.on('disconnect', () => void Promise.resolve(close()).finally(() => process.exit()));
  process.on('message', (message) => {
    // Only `Tool` writes to this channel.
    const { name, argument } = message as Question;
    const handler = handlers[name as keyof Calls];
    void Promise.resolve(argument)
      .then((given) => handler(given))
      .then(
        (result): Reply => ({ ok: true, result }),
        (error: unknown): Reply => ({ ok: false, error: String(error) }),
      )
      .then((reply) => process.send?.(reply));
  });
}
