/** HTTP as bytes on a socket, for requests that no client would send. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';

export interface RawAnswer {
  /** Everything that came, as text. */
  readonly text: string;
  /** Of the first answer; 0 when none came. */
  readonly status: number;
  /** Of all answers that came. */
  readonly statuses: readonly number[];
  /** Whether the server ended the connection. */
  readonly closed: boolean;
}

export interface RawOptions {
  /** How long to wait for the server to end the connection. */
  readonly waitMs?: number;
  /** Stop waiting as soon as the text that came satisfies this. */
  readonly until?: (text: string) => boolean;
}

/** Sends the parts as they are, waits, and tells what came back. */
export async function rawRequest(
  port: number,
  parts: string | Uint8Array | readonly (string | Uint8Array)[],
  { waitMs = 5000, until = () => false }: RawOptions = {},
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until(text)) resolve();
    });
    // A reset is an end as well: what came before it counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
      resolve();
    });
    setTimeout(resolve, waitMs);
  });
  await connected(socket);
  for (const part of Array.isArray(parts) ? parts : [parts]) if (!socket.destroyed) socket.write(part);
  await done;
  socket.destroy();
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  return { text, status: statuses[0] ?? 0, statuses, closed };
}

export async function connected(socket: Socket): Promise<Socket> {
  if (socket.connecting) await once(socket, 'connect');
  return socket;
}

/** A request with a body and its length. */
export function post(path: string, body: string | Uint8Array, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const head = [`POST ${path} HTTP/1.1`, 'host: localhost', `content-length: ${bytes.length}`, ...headers, '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n')), bytes]);
}

export function get(path: string, ...headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'host: localhost', ...headers, '', ''].join('\r\n');
}
