/**
 * Sends answers: in parts without joining them, compressed where asked, never to the end of a client's patience. An
 * answer to a request whose body was left unread ends the connection, but only after the client could read it: what
 * it still sends is thrown away for a moment, since closing at once would take the answer from it (TCP resets).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { acceptedCoding, compress } from './content-coding.ts';
import type { HttpAnswer } from './http-route.ts';
import { declaredBytes } from './read-body.ts';

export interface SendOptions {
  readonly compressFromBytes: number;
  readonly sendTimeoutMs: number;
  /** Ends the connection after the answer. */
  readonly isLast: boolean;
  /** Headers beside the answer's own. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An unread body up to here is read past for the sake of the connection. */
const READ_PAST_BYTES = 65_536;
const LINGER_MS = 1000;

/** @returns bytes of the body as sent; fulfilled when all is handed to the system's queue, or the client has left. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  options: SendOptions,
): Promise<number> {
  const { body = '' } = answer;
  if (body instanceof Readable) return sendStream(response, body, answer, options);
  let parts = partsOf(body);
  let bytes = bytesOf(parts);
  const headers: Record<string, string | number> = { ...options.headers, ...answer.headers };
  if (options.compressFromBytes > 0 && bytes >= options.compressFromBytes) {
    headers['vary'] = 'accept-encoding';
    const coding = acceptedCoding(request.headers['accept-encoding']);
    if (coding !== undefined) {
      const compressed = await compress(coding, parts.length === 1 ? parts[0] : Buffer.concat(parts));
      headers['content-encoding'] = coding;
      parts = [compressed];
      bytes = compressed.length;
    }
  }
  // The client may have left meanwhile.
  if (response.destroyed) return 0;
  const lingers = leavesBodyUnread(request);
  if (options.isLast || lingers) headers['connection'] = 'close';
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = bytes;
  response.writeHead(answer.status, headers);
  response.cork();
  for (const part of parts) response.write(part);
  if (lingers) linger(request, response);
  else response.end();
  response.uncork();
  watchSlowReader(response, options.sendTimeoutMs);
  return request.method === 'HEAD' ? 0 : bytes;
}

async function sendStream(
  response: ServerResponse,
  body: Readable,
  { status, headers }: HttpAnswer,
  options: SendOptions,
): Promise<number> {
  response.writeHead(status, { ...options.headers, ...headers, ...(options.isLast ? { connection: 'close' } : {}) });
  let bytes = 0;
  body.on('data', (chunk: Uint8Array | string) => {
    bytes += chunk.length;
  });
  // A client that leaves, or a source that breaks, ends the stream; there is no other way to say it after the head.
  await pipeline(body, response).catch(() => response.destroy());
  return bytes;
}

function partsOf(body: string | Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  if (typeof body === 'string') return [Buffer.from(body)];
  return body instanceof Uint8Array ? [body] : body;
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function leavesBodyUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const isShort = (declaredBytes(request) ?? Infinity) <= READ_PAST_BYTES;
  return !isShort || request.headers.expect !== undefined;
}

function linger(request: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
}

/** Cuts a client that does not read: its answer would otherwise be kept for as long as it likes. */
function watchSlowReader(response: ServerResponse, timeoutMs: number): void {
  if (response.writableFinished || response.writableLength === 0) return;
  const timer = setTimeout(() => response.destroy(), timeoutMs);
  response.once('close', () => clearTimeout(timer));
}
