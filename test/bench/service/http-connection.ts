/**
 * One connection of HTTP/1.1 that sends ready-made requests, one at a time. It reads no more of an answer than where it
 * ends, so that little of a measured round trip is the client's own.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

export class HttpConnection {
  private readonly socket: Socket;
  private parts: Buffer[] = [];
  private received = 0;
  /** Bytes of the whole answer; 0 until its head was read. */
  private expected = 0;
  private take: ((text: string) => void) | undefined;
  private fail: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (part: Buffer) => this.receive(part));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  /** Sends a request. @returns the whole answer as text. @throws Error when its status is not 200. */
  exchange(request: Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      this.take = resolve;
      this.fail = reject;
      this.socket.write(request);
    });
  }

  close(): void {
    this.fail = () => undefined;
    this.socket.destroy();
  }

  private receive(part: Buffer): void {
    this.parts.push(part);
    this.received += part.length;
    if (this.expected === 0) this.readHead();
    if (this.expected === 0 || this.received < this.expected) return;
    const text = this.whole().toString('latin1');
    this.parts = [];
    this.received = 0;
    this.expected = 0;
    if (text.startsWith('HTTP/1.1 200 ')) this.take?.(text);
    else this.fail(new Error(`the server answered: ${text.slice(0, 1000)}`));
  }

  private readHead(): void {
    const answer = this.whole();
    const end = answer.indexOf(HEAD_END);
    if (end < 0) return;
    const length = /^content-length: *(\d+)/im.exec(answer.toString('latin1', 0, end))?.[1];
    this.expected = end + HEAD_END.length + Number(length ?? 0);
  }

  private whole(): Buffer {
    return this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
  }
}
