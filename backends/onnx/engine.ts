/**
 * The parent's handle of one engine process: sends it commands, one at a time, and knows when it has ended.
 * Invariant: every command ends in exactly one result, whatever happens to the process; no promise is ever rejected.
 */
import type { ChildProcess } from 'node:child_process';
import { NANOS_PER_MILLISECOND, NEVER, invariant } from '../../core/index.ts';
import type { Nanos } from '../../core/index.ts';
import type { Answer, Command, InputArray, LoadSpec, Reports } from './engine-protocol.ts';

export interface EngineFailure {
  /** `refused`: the engine said no and lives on. Otherwise it has ended: by itself, by a timeout or by `kill`. */
  readonly kind: 'refused' | 'crashed' | 'timeout' | 'killed';
  /** One line for people, without the file's name. */
  readonly detail: string;
}

export type EngineResult<Report> =
  | { readonly ok: true; readonly report: Report }
  | { readonly ok: false; readonly failure: EngineFailure };

export interface EngineEnd {
  /** The parent wanted it: unloaded, timed out or killed. */
  readonly wanted: boolean;
  readonly detail: string;
}

interface Pending {
  readonly name: Command['type'];
  readonly timer: NodeJS.Timeout | undefined;
  readonly resolve: (result: EngineResult<Reports[keyof Reports]>) => void;
}

/** Longest delay `setTimeout` takes. */
const TIMER_MAX_MS = 2_147_483_647;
/** Enough for the last words of a crash. */
const STDERR_KEPT = 2_000;

export class Engine {
  /** Fulfilled when the process is gone and everything it said has been read. */
  readonly ended: Promise<EngineEnd>;
  private readonly child: ChildProcess;
  private pending: Pending | undefined;
  private end: EngineEnd | undefined;
  private wanted = false;
  private stderr = '';

  /** @param child a process just forked from `engine-process`, with an IPC channel and a piped stderr. */
  constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (message) => {
      // Only engine-process writes to this channel, and it writes answers.
      const answer = message as Answer;
      this.settle(answer.ok ? answer : { ok: false, failure: { kind: 'refused', detail: answer.detail } });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
    });
    this.ended = new Promise((resolve) => {
      this.whenGone((how) => {
        if (this.end !== undefined) return;
        const detail = `the engine process ended ${how}${this.lastWords()}`;
        this.end = { wanted: this.wanted, detail };
        this.settle({ ok: false, failure: { kind: this.wanted ? 'killed' : 'crashed', detail } });
        resolve(this.end);
      });
    });
  }

  /** Process id; undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Reads, verifies, creates and warms up a model. @param timeoutNs then the process is killed. */
  load(spec: LoadSpec, timeoutNs: Nanos = NEVER): Promise<EngineResult<Reports['load']>> {
    return this.request({ type: 'load', spec }, timeoutNs);
  }

  /** Runs a batch. @param inputs `count` inputs one after another; copied before the call returns. */
  run(inputs: InputArray, count: number, timeoutNs: Nanos = NEVER): Promise<EngineResult<Reports['run']>> {
    return this.request({ type: 'run', inputs, count }, timeoutNs);
  }

  /** Releases the model and ends the process; `ended` says when it is gone. */
  async unload(timeoutNs: Nanos = NEVER): Promise<EngineResult<Reports['unload']>> {
    this.wanted = true;
    const result = await this.request({ type: 'unload' }, timeoutNs);
    // It has released all it held, and a kill cannot hang as an orderly exit of native code can.
    this.kill();
    return result;
  }

  /** Ends the process at once, also in the middle of a run. The command under way fails as `killed`. */
  kill(): void {
    this.stop({ kind: 'killed', detail: 'the engine process was killed' });
  }

  private request<Name extends keyof Reports>(
    command: Command & { readonly type: Name },
    timeoutNs: Nanos,
  ): Promise<EngineResult<Reports[Name]>> {
    invariant(this.pending === undefined, `${command.type} was sent while the engine executes ${this.pending?.name}`);
    if (this.end !== undefined) {
      return Promise.resolve({ ok: false, failure: { kind: 'crashed', detail: this.end.detail } });
    }
    return new Promise((resolve) => {
      // The engine answers a command with the report of that command.
      this.pending = {
        name: command.type,
        timer: this.timer(command.type, timeoutNs),
        resolve: resolve as Pending['resolve'],
      };
      // Without a channel, or when sending fails, the process is going; its end settles the command.
      if (this.child.connected) this.child.send(command, () => undefined);
    });
  }

  private timer(name: Command['type'], timeoutNs: Nanos): NodeJS.Timeout | undefined {
    const ms = timeoutNs / NANOS_PER_MILLISECOND;
    if (timeoutNs === NEVER || ms > TIMER_MAX_MS) return undefined;
    return setTimeout(() => this.stop({ kind: 'timeout', detail: `${name} took longer than ${ms} ms` }), ms);
  }

  private stop(failure: EngineFailure): void {
    this.wanted = true;
    if (this.end === undefined) this.child.kill('SIGKILL');
    this.settle({ ok: false, failure });
  }

  private settle(result: EngineResult<Reports[keyof Reports]>): void {
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    clearTimeout(pending.timer);
    pending.resolve(result);
  }

  /** Calls back when the process has exited and its channel is read to the end (or it never started). */
  private whenGone(callback: (how: string) => void): void {
    let how: string | undefined;
    let disconnected = false;
    const check = (): void => {
      if (how !== undefined && disconnected) callback(how);
    };
    this.child.once('exit', (code, signal) => {
      how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      check();
    });
    this.child.once('disconnect', () => {
      disconnected = true;
      check();
    });
    this.child.on('error', (error) => {
      // Errors of a running process (a failed send) are followed by its end; a process never started has no end.
      if (this.child.pid === undefined) callback(`before it began: ${error.message}`);
    });
  }

  /** The last line on stderr that is neither a stack frame nor Node's version. */
  private lastWords(): string {
    const lines = this.stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v/.test(line));
    const last = lines.at(-1);
    return last === undefined ? '' : `; its last words: ${last.trim()}`;
  }
}
