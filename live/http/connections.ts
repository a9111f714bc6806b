/**
 * The connections of a listener and the requests that each has open, so that closing tells the idle from the busy, a
 * request learns that its client has left, and one connection cannot open requests without end by pipelining.
 */
import type { Socket } from 'node:net';

/** Called when the connection of an open request is gone. */
export type Gone = () => void;

interface Connection {
  readonly open: Set<Gone>;
  requests: number;
}

export class Connections {
  private readonly bySocket = new Map<Socket, Connection>();
  private total = 0;
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
    const connection: Connection = { open: new Set(), requests: 0 };
    this.bySocket.set(socket, connection);
    socket.once('close', () => {
      this.bySocket.delete(socket);
      for (const gone of connection.open) gone();
    });
  }

  /** @returns the requests of the connection, those that are open and all so far, this one included. */
  begin(socket: Socket, gone: Gone): { readonly open: number; readonly requests: number } {
    this.total += 1;
    const connection = this.bySocket.get(socket);
    if (connection === undefined) return { open: 1, requests: 1 };
    connection.requests += 1;
    connection.open.add(gone);
    return { open: connection.open.size, requests: connection.requests };
  }

  end(socket: Socket, gone: Gone): void {
    this.total -= 1;
    this.bySocket.get(socket)?.open.delete(gone);
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
