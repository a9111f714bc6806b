/**
 * The parent's handle of one child process: sends it commands, one at a time, and knows when it has ended. Knows
 * nothing of what the commands mean.
 * Invariant: every command ends in exactly one result, whatever happens to the process; no promise is ever rejected.
 */
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { NANOS_PER_MILLISECOND, NEVER, invariant } from '../../core/index.ts';
import type { Bytes, Nanos } from '../../core/index.ts';
import { watchMemory } from './memory-limit.ts';
import type { AnswerMessage, CommandMessage } from './exchange.ts';
import { CHANNEL_FD } from './exchange.ts';
import { FrameReader, frameHead } from './frames.ts';
import type { Frame } from './frames.ts';
import { requireExchangeable } from './shared-memory.ts';
import type { SharedMemory } from './shared-memory.ts';

/** How a process ended. */
export interface ProcessExit {
  /** Null where a signal ended it, or it never began. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last line on stderr; '' when it said nothing. */
  readonly lastWords: string;
}

export interface ChildFailure {
  /**
   * `refused`: the child said no and lives on. Otherwise it has ended: by itself, by its time or memory limit, or by
   * `kill`.
   */
  readonly kind: 'refused' | 'crashed' | 'timeout' | 'memory' | 'killed';
  /** One line for people. */
  readonly detail: string;
  /** Of a process that ended by itself. */
  readonly exit?: ProcessExit;
}

export type ChildResult<Report> =
  /** @property data the answer's bytes; in shared memory, so they are valid until the next command. */
  | { readonly ok: true; readonly report: Report; readonly data: Uint8Array }
  | { readonly ok: false; readonly failure: ChildFailure };

export interface ChildEnd {
  /** The parent wanted it: unloaded, timed out or killed. */
  readonly wanted: boolean;
  readonly detail: string;
  /** Why it ended, in one word. */
  readonly kind: Exclude<ChildFailure['kind'], 'refused'>;
  readonly exit: ProcessExit;
}

export interface ChildOptions {
  /** What it executes, in messages: `the engine process`. */
  readonly name: string;
  /** Memory whose descriptor the child was given; messages carry the data when left out. Closed with the child. */
  readonly memory?: SharedMemory | undefined;
  /** A child that holds more is killed; it is looked at some twenty times a second. Default: no limit. */
  readonly memoryMaxBytes?: Bytes | undefined;
}

interface Pending {
  readonly name: string;
  readonly timer: NodeJS.Timeout | undefined;
  readonly resolve: (result: ChildResult<unknown>) => void;
}

/** Longest delay `setTimeout` takes. */
const TIMER_MAX_MS = 2_147_483_647;
/** Enough for the last words of a crash. */
const STDERR_KEPT = 2_000;

export class Child {
  /** Fulfilled when the process is gone and everything it said has been read. */
  readonly ended: Promise<ChildEnd>;
  private readonly process: ChildProcess;
  private readonly options: ChildOptions;
  private readonly channel: Duplex | undefined;
  private readonly stopWatch: () => void;
  private pending: Pending | undefined;
  private end: ChildEnd | undefined;
  private wanted = false;
  /** Why it was killed though nobody wanted it. */
  private sentence: (ChildFailure & Pick<ChildEnd, 'kind'>) | undefined;
  /** Why it was killed. Until it has ended, what it had said before may still arrive, and answers no later command. */
  private killedFor: string | undefined;
  private own = new Uint8Array(0);
  private stderr = '';

  /** @param process just spawned, with a piped stderr and a pipe as its descriptor 3. */
  constructor(process: ChildProcess, options: ChildOptions) {
    this.process = process;
    this.options = options;
    // A pipe in `stdio` is a stream in both directions; the types tell of the standard streams only, and not that there
    // are none when the system has run out of descriptors.
    const stdio = process.stdio as readonly unknown[] | undefined;
    this.channel = (stdio?.[CHANNEL_FD] ?? undefined) as Duplex | undefined;
    this.listen();
    this.stopWatch = this.watch();
    this.ended = new Promise((resolve) => {
      this.whenGone((how, code, signal) => {
        if (this.end !== undefined) return;
        this.stopWatch();
        const lastWords = this.lastWords();
        const said = lastWords === '' ? '' : `; its last words: ${lastWords}`;
        const detail = this.sentence?.detail ?? `${options.name} ended ${how}${said}`;
        const exit = { code, signal, lastWords };
        const kind = this.wanted ? 'killed' : (this.sentence?.kind ?? 'crashed');
        this.end = { wanted: this.wanted, detail, kind, exit };
        this.settle({ ok: false, failure: { kind, detail, exit } });
        options.memory?.close();
        resolve(this.end);
      });
    });
  }

  /** Process id; undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /**
   * Where the next command's data goes: that many bytes, with whatever was in them. Taken only between commands.
   * @throws Error when there is not so much.
   */
  room(bytes: Bytes): Uint8Array {
    invariant(this.pending === undefined, `room was asked for while the process executes ${this.pending?.name}`);
    const { memory } = this.options;
    if (memory !== undefined && this.end === undefined) {
      memory.ensure(bytes);
      return memory.bytes.subarray(0, bytes);
    }
    requireExchangeable(bytes);
    if (bytes > this.own.length) this.own = new Uint8Array(bytes);
    return this.own.subarray(0, bytes);
  }

  /**
   * Has a command executed. @param name of the command, for messages. @param command as JSON takes it.
   * @param dataBytes how much of `room` belongs to it. @param timeoutNs then the process is killed.
   */
  request(
    { name, command, dataBytes = 0 }: { readonly name: string; readonly command: unknown; readonly dataBytes?: Bytes },
    timeoutNs: Nanos = NEVER,
  ): Promise<ChildResult<unknown>> {
    invariant(this.pending === undefined, `${name} was sent while the process executes ${this.pending?.name}`);
    if (this.end !== undefined) {
      const { detail, exit } = this.end;
      return Promise.resolve({ ok: false, failure: { kind: 'crashed', detail, exit } });
    }
    if (this.killedFor !== undefined) {
      return Promise.resolve({ ok: false, failure: { kind: 'killed', detail: this.killedFor } });
    }
    return new Promise((resolve) => {
      this.pending = { name, timer: this.timer(name, timeoutNs), resolve };
      this.send(command, dataBytes);
    });
  }

  /** The process is to end: its end is no crash. */
  expectEnd(): void {
    this.wanted = true;
  }

  /** Ends the process at once, also in the middle of a command, which fails as `killed`. */
  kill(): void {
    this.stop({ kind: 'killed', detail: `${this.options.name} was killed` });
  }

  private listen(): void {
    const reader = new FrameReader((frame) => this.answered(frame));
    this.channel?.on('data', (piece: Buffer) => {
      try {
        reader.push(piece);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.condemn({ kind: 'crashed', detail: `${this.options.name} sent what is no answer (${why})` });
      }
    });
    // A write to a process that is going; its end settles the command.
    this.channel?.on('error', () => undefined);
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
    });
  }

  private send(command: unknown, dataBytes: Bytes): void {
    const { memory } = this.options;
    const message: CommandMessage = { command, dataBytes, mappedBytes: memory?.bytes.length ?? 0 };
    const data = memory === undefined ? this.own.subarray(0, dataBytes) : undefined;
    // Without a channel the process was never started; its end settles the command.
    this.channel?.write(frameHead(message, data?.length ?? 0));
    if (data !== undefined && data.length > 0) this.channel?.write(data);
  }

  private answered({ message, data }: Frame): void {
    // Only `serveParent` writes to this channel.
    const answer = message as AnswerMessage;
    if (!answer.ok) {
      this.settle({ ok: false, failure: { kind: 'refused', detail: answer.detail } });
      return;
    }
    const { memory } = this.options;
    if (memory === undefined) {
      this.settle({ ok: true, report: answer.report, data });
      return;
    }
    const end = answer.dataAt + answer.dataBytes;
    memory.ensure(Math.max(end, answer.mappedBytes));
    this.settle({ ok: true, report: answer.report, data: memory.bytes.subarray(answer.dataAt, end) });
  }

  private timer(name: string, timeoutNs: Nanos): NodeJS.Timeout | undefined {
    const ms = timeoutNs / NANOS_PER_MILLISECOND;
    if (timeoutNs === NEVER || ms > TIMER_MAX_MS) return undefined;
    return setTimeout(() => this.stop({ kind: 'timeout', detail: `${name} took longer than ${ms} ms` }), ms);
  }

  private watch(): () => void {
    const { memoryMaxBytes, name } = this.options;
    if (memoryMaxBytes === undefined || memoryMaxBytes === Infinity || this.pid === undefined) return () => undefined;
    return watchMemory(this.pid, memoryMaxBytes, (bytes) => {
      const [held, limit] = [bytes, memoryMaxBytes].map((value) => (value / 1e6).toFixed(0));
      this.condemn({ kind: 'memory', detail: `${name} held ${held} MB of memory, its limit is ${limit} MB` });
    });
  }

  /** Kills a process that nobody wants to end. */
  private condemn(failure: ChildFailure & Pick<ChildEnd, 'kind'>): void {
    this.sentence ??= failure;
    this.killedFor ??= failure.detail;
    this.process.kill('SIGKILL');
    this.settle({ ok: false, failure });
  }

  private stop(failure: ChildFailure): void {
    this.wanted = true;
    this.killedFor ??= failure.detail;
    if (this.end === undefined) this.process.kill('SIGKILL');
    this.settle({ ok: false, failure });
  }

  private settle(result: ChildResult<unknown>): void {
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    clearTimeout(pending.timer);
    pending.resolve(result);
  }

  /** Calls back when the process has exited and its pipes are read to the end (or it never started). */
  private whenGone(callback: (how: string, code: number | null, signal: string | null) => void): void {
    this.process.once('close', (code, signal) => {
      callback(signal === null ? `with exit code ${code}` : `by ${signal}`, code, signal);
    });
    this.process.on('error', (error) => {
      // Errors of a running process (a failed kill) are followed by its end; a process never started has no end.
      if (this.process.pid === undefined) callback(`before it began: ${error.message}`, null, null);
    });
  }

  /** The last line on stderr that is neither a stack frame nor Node's version; '' where there is none. */
  private lastWords(): string {
    const lines = this.stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v/.test(line));
    return lines.at(-1)?.trim() ?? '';
  }
}
