/** Answers to what is no HTTP request, or came too slowly: Node's parser has given up on the connection. */
import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const STATUS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the head of the request is too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions of the body are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
};

/** Says what is wrong where that is still possible, and ends the connection. */
export function refuseBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  // Node keeps the answer that is being sent here and looks at it in the same way; a head must not be sent twice.
  const { _httpMessage: open } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
  if (error.code !== 'ECONNRESET' && socket.writable && open?.headersSent !== true) {
    const [status, message] = STATUS[error.code ?? ''] ?? [400, 'the request is not valid HTTP'];
    const body = JSON.stringify({ error: message });
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
