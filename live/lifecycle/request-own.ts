/** A request of a server to its own listener. Its certificate need not be one that others trust. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

const TIMEOUT_MS = 60_000;

export interface OwnAnswer {
  /** 0 when nobody answered. */
  readonly status: number;
  /** The body, or what went wrong. */
  readonly text: string;
}

/** GET, or POST of a JSON text. */
export function requestOwn(url: string, json?: string): Promise<OwnAnswer> {
  return new Promise((resolve) => {
    const begin = url.startsWith('https:') ? httpsRequest : httpRequest;
    const headers = json === undefined ? {} : { 'content-type': 'application/json' };
    const options = { method: json === undefined ? 'GET' : 'POST', headers, agent: false, rejectUnauthorized: false };
    const request = begin(url, { ...options, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', (error) => resolve({ status: 0, text: error.message }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => resolve({ status: 0, text: error.message }));
    request.end(json);
  });
}
