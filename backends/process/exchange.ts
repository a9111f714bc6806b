/**
 * What a command and its answer look like on the channel, on both sides. Types and constants only. The data of either
 * lies in the shared memory, or follows the message as the frame's data where none is shared.
 */
import type { Bytes } from '../../core/index.ts';

export interface CommandMessage {
  readonly command: unknown;
  /** The command's data: the first bytes of the shared memory. */
  readonly dataBytes: Bytes;
  /** How much the sender has mapped; the other side maps as much. 0 without shared memory. */
  readonly mappedBytes: Bytes;
}

export type AnswerMessage =
  | {
      readonly ok: true;
      readonly report: unknown;
      /** Where the answer's data lies in the shared memory. */
      readonly dataAt: number;
      readonly dataBytes: Bytes;
      readonly mappedBytes: Bytes;
    }
  /** @property detail one line for people. */
  | { readonly ok: false; readonly detail: string };

/** The child's descriptors: the channel, a stream in both directions, and the shared memory. */
export const CHANNEL_FD = 3;
export const MEMORY_FD = 4;

/** The child's first argument. */
export type Transport = 'shared-memory' | 'messages';

/** Cache lines, and what vector instructions like. */
const ALIGNMENT = 64;

/** The next offset at which a tensor may begin. */
export function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
