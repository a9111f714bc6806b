/**
 * The child's side: reads commands, has them executed and answers, one at a time and in order. It waits for a command
 * in a blocking read, which wakes it three times as fast as an event loop does (11 µs where a stream takes 18 to 40,
 * Linux, Node 20.20); so between commands nothing else happens in this process.
 * Invariant: each command is answered once. The process ends when its parent has ended or has closed the channel.
 */
import { fstatSync, readSync, writeFileSync, writeSync } from 'node:fs';
import type { Bytes } from '../../core/index.ts';
import { OwnExchange, SharedExchange } from './data-exchange.ts';
import type { Exchange } from './data-exchange.ts';
import type { AnswerMessage, CommandMessage } from './exchange.ts';
import { CHANNEL_FD, MEMORY_FD } from './exchange.ts';
import { FrameReader, frameHead } from './frames.ts';
import type { Frame } from './frames.ts';
import { openLibc } from './libc.ts';
import { SharedMemory } from './shared-memory.ts';

export interface Executed {
  /** As JSON takes it. */
  readonly report: unknown;
  /** Bytes of the exchange's room that belong to the answer. Default: none. */
  readonly dataBytes?: Bytes;
}

const READ_BYTES = 65_536;
/** Of 0 to 1000, 0 being the default: when memory runs out the kernel shall take this process and not the service. */
const OUT_OF_MEMORY_SCORE = '500';

/**
 * Serves until the parent is gone. @param execute what it throws becomes the answer's detail, in one line of at most
 * 300 characters.
 */
export async function serveParent(execute: (command: unknown, exchange: Exchange) => Promise<Executed>): Promise<void> {
  if (!hasChannel()) {
    process.stderr.write('this process is started by rehearse, not by hand\n');
    process.exitCode = 2;
    return;
  }
  // A terminal's Ctrl-C and a service manager's stop reach the whole group; how the work ends is the parent's decision.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const memory = shareMemory();
  standBack();
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame));
  const scratch = Buffer.allocUnsafe(READ_BYTES);
  for (;;) {
    const bytes = readSome(scratch);
    // The parent is gone: nobody wants an answer.
    if (bytes === 0) process.exit(0);
    reader.push(scratch.subarray(0, bytes));
    const frame = frames.shift();
    if (frame !== undefined) await answer(frame, memory, execute);
  }
}

async function answer(
  frame: Frame,
  memory: SharedMemory | undefined,
  execute: (command: unknown, exchange: Exchange) => Promise<Executed>,
): Promise<void> {
  // Only `Child` writes to this channel.
  const { command, dataBytes, mappedBytes } = frame.message as CommandMessage;
  memory?.ensure(mappedBytes);
  const exchange = memory === undefined ? new OwnExchange(frame.data) : new SharedExchange(memory, dataBytes);
  let message: AnswerMessage;
  let data: Uint8Array = Buffer.alloc(0);
  try {
    const { report, dataBytes: answered = 0 } = await execute(command, exchange);
    message = { ok: true, report, dataAt: 0, dataBytes: answered, mappedBytes: memory?.bytes.length ?? 0 };
    if (exchange instanceof SharedExchange) message = { ...message, dataAt: exchange.at };
    else data = exchange.room(0).subarray(0, answered);
  } catch (error) {
    message = { ok: false, detail: oneLine(error) };
  }
  writeAll(frameHead(message, data.length));
  writeAll(data);
}

function hasChannel(): boolean {
  try {
    const channel = fstatSync(CHANNEL_FD);
    return channel.isSocket() || channel.isFIFO();
  } catch {
    return false;
  }
}

/** The memory that the parent has handed down; undefined when it exchanges messages. */
function shareMemory(): SharedMemory | undefined {
  const libc = openLibc();
  if (typeof libc === 'string') return undefined;
  libc.dieWithParent();
  return process.argv[2] === 'shared-memory' ? SharedMemory.attach(libc, MEMORY_FD) : undefined;
}

function standBack(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', OUT_OF_MEMORY_SCORE);
  } catch {
    // Not Linux, or not permitted: the kernel chooses by size alone.
  }
}

function readSome(target: Buffer): number {
  for (;;) {
    try {
      return readSync(CHANNEL_FD, target);
    } catch (error) {
      if (codeOf(error) === 'EOF' || codeOf(error) === 'ECONNRESET') return 0;
      if (codeOf(error) !== 'EINTR') throw error;
    }
  }
}

function writeAll(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(CHANNEL_FD, bytes, written);
    } catch (error) {
      if (codeOf(error) === 'EPIPE') process.exit(0);
      throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Messages of native libraries run over several lines and carry source paths; the first 300 characters tell enough. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
