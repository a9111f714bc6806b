/** Requests as stock clients put them on the wire, byte by byte, and what comes back, byte by byte. */
import { connect } from 'node:net';

export interface ExactRequest {
  readonly method: string;
  /** As on the request line. */
  readonly target: string;
  /** Without the length, in the client's order and case; `host` is the address that is called. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
  /** Waits to be told so before the body is sent. */
  readonly expectsContinue?: boolean;
}

export interface ExactAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';

/** Sends a request, as it is, on a connection of its own. */
export function exchange(
  port: number,
  { method, target, headers, body, expectsContinue }: ExactRequest,
): Promise<ExactAnswer> {
  const length = body === undefined ? [] : [`Content-Length: ${body.length}`];
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), ...length];
  const head = Buffer.from(`${lines.join('\r\n')}${HEAD_END}`);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const first = received.indexOf(HEAD_END);
      if (
        expectsContinue === true &&
        first >= 0 &&
        received.subarray(0, first).toString('latin1').startsWith('HTTP/1.1 100')
      ) {
        received = received.subarray(first + HEAD_END.length);
        socket.write(body ?? Buffer.alloc(0));
      }
      const answer = answerOf(received);
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`no whole answer: ${received.toString('latin1').slice(0, 200)}`)));
    socket.write(head);
    if (expectsContinue !== true && body !== undefined) socket.write(body);
  });
}

/** The answer, when all of it is there. */
function answerOf(received: Buffer): ExactAnswer | undefined {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const [statusLine, ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const body = received.subarray(end + HEAD_END.length);
  if (body.length < Number(headers.get('content-length') ?? 0)) return undefined;
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}

/** A multipart body. @param head lines of the part, without its end. */
export function multipart(
  boundary: string,
  parts: readonly { readonly head: readonly string[]; readonly content: Buffer }[],
): Buffer {
  const chunks = parts.flatMap(({ head, content }) => [
    Buffer.from(`--${boundary}\r\n${head.join('\r\n')}${HEAD_END}`),
    content,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
}
