/** In the child: where a command's data lies and the answer's goes, in shared memory or in the process's own. */
import type { Bytes } from '../../core/index.ts';
import { aligned } from './exchange.ts';
import { EXCHANGE_BYTES_MAX, requireExchangeable } from './shared-memory.ts';
import type { SharedMemory } from './shared-memory.ts';

/** The data of the command under way, and room for that of its answer. */
export interface Exchange {
  /** The command's data; it may lie in shared memory, and is valid until the answer. */
  readonly data: Uint8Array;
  /**
   * Room for the answer's data, that many bytes at least; what was written to earlier room is in it.
   * @throws Error when there is not so much.
   */
  room(bytes: Bytes): Uint8Array;
}

/** Both datas in the shared memory, the answer's behind the command's. */
export class SharedExchange implements Exchange {
  readonly data: Uint8Array;
  readonly at: number;
  private readonly memory: SharedMemory;

  constructor(memory: SharedMemory, dataBytes: Bytes) {
    this.memory = memory;
    this.data = memory.bytes.subarray(0, dataBytes);
    this.at = aligned(dataBytes);
  }

  room(bytes: Bytes): Uint8Array {
    this.memory.ensure(this.at + bytes);
    return this.memory.bytes.subarray(this.at);
  }
}

/** The command's data as it came, the answer's in memory of this process. */
export class OwnExchange implements Exchange {
  readonly data: Uint8Array;
  private own = new Uint8Array(0);

  constructor(data: Uint8Array) {
    this.data = data;
  }

  room(bytes: Bytes): Uint8Array {
    if (bytes > this.own.length) {
      requireExchangeable(bytes);
      const larger = new Uint8Array(Math.max(bytes, Math.min(2 * this.own.length, EXCHANGE_BYTES_MAX)));
      larger.set(this.own);
      this.own = larger;
    }
    return this.own;
  }
}
