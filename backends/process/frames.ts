/**
 * What goes over the channel between a parent and its child: frames of a JSON message and, where no memory is shared,
 * its data. A frame is the length of the JSON in bytes, the length of the data (both uint32, little-endian), the JSON,
 * the data.
 */
import { EXCHANGE_BYTES_MAX } from './shared-memory.ts';

export interface Frame {
  readonly message: unknown;
  readonly data: Uint8Array;
}

const HEAD_BYTES = 8;
/** A message names tensors and shapes, a few hundred bytes for each request of a batch. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;

/** Head and message of a frame; `dataBytes` of data are to follow. */
export function frameHead(message: unknown, dataBytes: number): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(dataBytes, 4);
  bytes.write(text, HEAD_BYTES);
  return bytes;
}

/** Puts frames together from pieces of any size. The data of each frame is a buffer of its own, so it is aligned. */
export class FrameReader {
  private readonly take: (frame: Frame) => void;
  private readonly head = Buffer.alloc(HEAD_BYTES);
  private text = Buffer.alloc(0);
  private data = Buffer.alloc(0);
  /** Bytes of the frame that have come. */
  private filled = 0;

  constructor(take: (frame: Frame) => void) {
    this.take = take;
  }

  /** @param piece is copied. @throws Error when what came is no frame. */
  push(piece: Uint8Array): void {
    let rest = piece;
    while (rest.length > 0) rest = rest.subarray(this.fill(rest));
  }

  /** Takes bytes into the part of the frame that is due. Returns how many. */
  private fill(bytes: Uint8Array): number {
    const textAt = this.filled - HEAD_BYTES;
    const dataAt = textAt - this.text.length;
    const [part, at] = textAt < 0 ? [this.head, this.filled] : dataAt < 0 ? [this.text, textAt] : [this.data, dataAt];
    const taken = Math.min(bytes.length, part.length - at);
    part.set(bytes.subarray(0, taken), at);
    this.filled += taken;
    if (this.filled === HEAD_BYTES) this.begin();
    else if (this.filled === HEAD_BYTES + this.text.length + this.data.length) this.end();
    return taken;
  }

  private begin(): void {
    const [text, data] = [this.head.readUInt32LE(0), this.head.readUInt32LE(4)];
    if (text === 0 || text > TEXT_BYTES_MAX || data > EXCHANGE_BYTES_MAX) {
      throw new Error(`a frame of ${text} and ${data} bytes is none`);
    }
    this.text = Buffer.allocUnsafe(text);
    this.data = data === 0 ? Buffer.alloc(0) : Buffer.from(new ArrayBuffer(data));
  }

  private end(): void {
    const { text, data } = this;
    this.filled = 0;
    this.text = Buffer.alloc(0);
    this.data = Buffer.alloc(0);
    this.take({ message: JSON.parse(text.toString()) as unknown, data });
  }
}
