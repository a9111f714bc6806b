/**
 * Reads the body of a request as it was sent, whatever its type, within limits. A body that says that it is too large
 * is refused before a byte of it is read, and before a client that asked is told to continue.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeldShare } from './held-bytes.ts';
import { ClientLeft, HttpRefusal } from './http-refusal.ts';

export interface BodyLimits {
  /** Largest body, as sent. */
  readonly maxBytes: number;
  /** Most chunks of a body that does not declare its length. */
  readonly maxChunks: number;
  /** Where its bytes are counted. */
  readonly share: HeldShare;
}

const NONE: Buffer = Buffer.alloc(0);
/** Up to here room is made for a declared body at once; beyond it, as bytes arrive: a declaration costs nothing. */
const TRUSTED_BYTES = 1 << 20;
const SMALLEST_ROOM = 16_384;

/** Bytes that the head declares; undefined for a chunked body, 0 when there is none. */
export function declaredBytes({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  // Node has refused what is not a number.
  return Number(headers['content-length'] ?? 0);
}

/** @throws HttpRefusal 413 when the head declares more than `maxBytes`. */
export function refuseTooLarge(request: IncomingMessage, maxBytes: number): void {
  if ((declaredBytes(request) ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/**
 * The whole body.
 * @throws HttpRefusal 413, 400 and 503 at the limits; ClientLeft when the connection ends before it.
 */
export function readBody(request: IncomingMessage, response: ServerResponse, limits: BodyLimits): Promise<Buffer> {
  const declared = declaredBytes(request);
  if (declared === 0) return Promise.resolve(NONE);
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve, reject) => {
    const body = new GrowingBody(declared, limits);
    const end = (settle: () => void): void => {
      request.off('data', take).off('end', finish).off('error', leave).off('close', leave);
      settle();
    };
    const take = (chunk: Buffer): void => {
      try {
        body.add(chunk);
      } catch (refusal) {
        request.pause();
        end(() => reject(refusal));
      }
    };
    const finish = (): void => end(() => resolve(body.whole()));
    const leave = (): void => end(() => reject(new ClientLeft()));
    request.on('data', take).on('end', finish).on('error', leave).on('close', leave);
  });
}

/** Chunks in one piece: the first as it is while it is the only one, all others copied once behind it. */
class GrowingBody {
  private held: Buffer = NONE;
  private bytes = 0;
  private chunks = 0;
  private readonly declared: number | undefined;
  private readonly limits: BodyLimits;

  constructor(declared: number | undefined, limits: BodyLimits) {
    this.declared = declared;
    this.limits = limits;
  }

  /** @throws HttpRefusal at a limit. */
  add(chunk: Buffer): void {
    const { maxBytes, maxChunks, share } = this.limits;
    this.chunks += 1;
    if (this.bytes + chunk.length > maxBytes) throw tooLarge(maxBytes);
    if (this.declared === undefined && this.chunks > maxChunks) {
      throw new HttpRefusal(400, `the body came in more than ${maxChunks} chunks`);
    }
    share.take(chunk.length);
    if (this.chunks === 1 && chunk.length === this.declared) this.held = chunk;
    else this.append(chunk);
    this.bytes += chunk.length;
  }

  whole(): Buffer {
    return this.held.length === this.bytes ? this.held : this.held.subarray(0, this.bytes);
  }

  private append(chunk: Buffer): void {
    const needed = this.bytes + chunk.length;
    if (needed > this.held.length) {
      const room = Buffer.allocUnsafeSlow(this.roomFor(needed));
      this.held.copy(room, 0, 0, this.bytes);
      this.held = room;
    }
    chunk.copy(this.held, this.bytes);
  }

  private roomFor(needed: number): number {
    if (this.declared !== undefined && this.declared <= TRUSTED_BYTES) return this.declared;
    const most = this.declared ?? this.limits.maxBytes;
    return Math.min(most, Math.max(2 * needed, SMALLEST_ROOM));
  }
}

function tooLarge(maxBytes: number): HttpRefusal {
  return new HttpRefusal(413, `the body is larger than ${maxBytes} bytes`);
}
