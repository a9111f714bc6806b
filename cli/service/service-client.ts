/**
 * The command's side of a running service: calls over HTTP, signed where a key is given, and failures in the words of
 * the server. It knows no call by itself.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';

/** Signs a request: the headers to send with it. */
export type Signer = (request: {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}) => Readonly<Record<string, string>>;

export interface ServiceAddress {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly signer: Signer | undefined;
}

export interface CallBody {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** A query may wait for a load; nothing waits longer than this. */
const TIMEOUT_MS = 660_000;

export class ServiceClient {
  readonly url: string;
  private readonly signer: Signer | undefined;

  constructor({ url, signer }: ServiceAddress) {
    this.url = url.replace(/\/+$/, '');
    this.signer = signer;
  }

  get(target: string): Promise<unknown> {
    return this.call('GET', target);
  }

  post(target: string, body: unknown): Promise<unknown> {
    return this.call('POST', target, { bytes: Buffer.from(JSON.stringify(body)), contentType: 'application/json' });
  }

  /**
   * @returns the answer's JSON.
   * @throws ServingError SERVICE_UNREACHABLE when nobody answers, SERVICE_REFUSED or REQUEST_REFUSED with what the
   * server says.
   */
  async call(method: string, target: string, body?: CallBody): Promise<unknown> {
    const bytes = body?.bytes ?? new Uint8Array();
    const plain = body === undefined ? {} : { 'content-type': body.contentType };
    const signed = this.signer?.({ method, url: `${this.url}${target}`, body: bytes, headers: plain });
    const headers = { ...plain, ...signed };
    const response = await this.reach(method, target, {
      headers,
      body: body === undefined ? null : Buffer.from(bytes),
    });
    const text = await response.text();
    const answer = parsed(text);
    if (response.ok) return answer;
    throw refused(response.status, this.advised(response.status, answer ?? { error: text.slice(0, 200) }));
  }

  /** What to do about a call that was not signed. */
  private advised(status: number, answer: unknown): unknown {
    if (status !== 401 || this.signer !== undefined || typeof answer !== 'object') return answer;
    const next =
      'name the file of a key with --key-file, or set $REHEARSE_ACCESS_KEY and $REHEARSE_SECRET_KEY; ' +
      'rehearse keys create makes one';
    return { ...answer, next };
  }

  private async reach(
    method: string,
    target: string,
    { headers, body }: { readonly headers: Record<string, string>; readonly body: Buffer | null },
  ): Promise<Response> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return await fetch(`${this.url}${target}`, { method, headers, body, signal, redirect: 'error' });
    } catch (cause) {
      throw new ServingError({
        code: 'SERVICE_UNREACHABLE',
        place: this.url,
        message: 'the service does not answer',
        found: reasonOf(cause),
        next: 'start it with rehearse serve, or name another with --url or --state',
        cause,
      });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What `fetch` hides behind "fetch failed". */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return String(inner);
  return 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.message;
}

/** The server's words as an error of the command. */
function refused(status: number, answer: unknown): ServingError | ServingErrors {
  const several = field(answer, 'errors');
  if (Array.isArray(several) && several.length > 1) {
    return new ServingErrors(several.map((each: unknown) => refusal(status, each)));
  }
  return refusal(status, answer);
}

function refusal(status: number, answer: unknown): ServingError {
  const text = (key: string): Record<string, string> => {
    const value = field(answer, key);
    return typeof value === 'string' ? { [key]: value } : {};
  };
  const error = field(answer, 'error');
  return new ServingError({
    code: status === 400 ? 'REQUEST_REFUSED' : 'SERVICE_REFUSED',
    message: typeof error === 'string' ? error : `the service answered with status ${status}`,
    ...text('found'),
    ...text('meant'),
    ...text('expected'),
    ...text('next'),
  });
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
