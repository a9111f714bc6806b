/**
 * The connections of a listener and the requests that each has open, so that closing tells the idle from the busy, a
 * request learns that its client has left, and one connection cannot open requests without end by pipelining.
 */
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

const POLL_MS = 10;

/** Called when the connection of an open request is gone. */
export type Gone = () => void;

interface Connection {
  readonly open: Set<Gone>;
  requests: number;
  /** Bytes that had come when it began, or its last request ended: what came since is of another request. */
  readBytes: number;
}

export class Connections {
  private readonly bySocket = new Map<Socket, Connection>();
  private total = 0;
  /** When a request began or ended last, on the clock of this process. */
  private latestMs = 0;
  private drained: (() => void) | undefined;

  /** Requests that are open. */
  get open(): number {
    return this.total;
  }

  /** Connections, idle ones included. */
  get count(): number {
    return this.bySocket.size;
  }

  add(socket: Socket): void {
    const connection: Connection = { open: new Set(), requests: 0, readBytes: socket.bytesRead };
    this.bySocket.set(socket, connection);
    socket.once('close', () => {
      this.bySocket.delete(socket);
      for (const gone of connection.open) gone();
    });
  }

  /** @returns the requests of the connection, those that are open and all so far, this one included. */
  begin(socket: Socket, gone: Gone): { readonly open: number; readonly requests: number } {
    this.total += 1;
    this.latestMs = performance.now();
    const connection = this.bySocket.get(socket);
    if (connection === undefined) return { open: 1, requests: 1 };
    connection.requests += 1;
    connection.open.add(gone);
    return { open: connection.open.size, requests: connection.requests };
  }

  end(socket: Socket, gone: Gone): void {
    this.total -= 1;
    this.latestMs = performance.now();
    const connection = this.bySocket.get(socket);
    if (connection !== undefined) {
      connection.open.delete(gone);
      connection.readBytes = socket.bytesRead;
    }
    if (this.total === 0) this.drained?.();
  }

  /** Ends the connections without an open request. */
  closeIdle(): void {
    for (const [socket, { open }] of this.bySocket) if (open.size === 0) socket.destroySoon();
  }

  closeAll(): void {
    for (const [socket, { open }] of this.bySocket) {
      socket.destroy();
      for (const gone of open) gone();
    }
  }

  /**
   * Waits until nothing has come for a moment: a client may have sent its next request before it was told that the
   * connection closes.
   */
  async quiet(momentMs: number, mostMs: number): Promise<void> {
    const startMs = performance.now();
    for (;;) {
      const now = performance.now();
      const sinceMs = Math.min(now - startMs, now - this.latestMs);
      const isQuiet = this.bySocket.size === 0 || (sinceMs >= momentMs && !this.isReceiving());
      if (isQuiet || now - startMs >= mostMs) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Whether a connection has a request, or the beginning of one. */
  private isReceiving(): boolean {
    return [...this.bySocket].some(([{ bytesRead }, { open, readBytes }]) => open.size > 0 || bytesRead > readBytes);
  }

  /** @returns whether every request ended within the time. */
  async settled(timeoutMs: number): Promise<boolean> {
    if (this.total === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.drained = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
