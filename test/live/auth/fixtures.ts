/** Signed requests as listeners show them to the gate, and a gate with a clock that stands still. */
import { onTestFinished } from 'vitest';
import { Keys, createGate, signRequest } from '../../../live/auth/index.ts';
import type { AuthOptions, KeyFacts, KeyedGate, NewKey, RequestToSign } from '../../../live/auth/index.ts';
import { GateRefusal } from '../../../live/http/index.ts';
import type { GateRequest } from '../../../live/http/index.ts';
import { openStore } from '../../../live/store/index.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

export const NOON_MS = Date.parse('2026-11-20T12:00:00Z');

export const OPTIONS: AuthOptions = {
  mode: 'auto',
  windowMs: 300_000,
  hosts: [],
  plainHttp: false,
  publicManagement: false,
  openScopes: [],
  noncesPerKeyMax: 1000,
  limits: { applications: {} },
};

export interface Bench {
  readonly folder: string;
  readonly keys: Keys;
  readonly gate: KeyedGate;
  readonly warnings: string[];
  /** Moves the clock on. */
  readonly wait: (ms: number) => void;
  readonly nowMs: () => number;
}

export function bench(options: Partial<AuthOptions> = {}): Bench {
  const folder = temporaryFolder();
  const store = openStore(folder);
  let nowMs = NOON_MS;
  const clock = (): number => nowMs;
  const warnings: string[] = [];
  const parts = { store, options: { ...OPTIONS, ...options }, nowMs: clock };
  const gate = createGate({ ...parts, warn: (text) => warnings.push(text) });
  onTestFinished(() => {
    gate.close();
    store.close();
  });
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { folder, keys: new Keys(store, clock), gate, warnings, wait, nowMs: clock };
}

/** A key that the gate knows already. */
export function keyOf({ keys, wait }: Bench, facts: Partial<KeyFacts> = {}): NewKey {
  const key = keys.create({ application: 'shop', scopes: ['infer', 'manage', 'metrics'], ...facts });
  wait(1000);
  return key;
}

export type SignedParts = Partial<Omit<RequestToSign, 'accessKey' | 'secret'>>;

/** A request that a key signed, over TLS from another host. */
export function signedBy(key: Pick<NewKey, 'id' | 'secret'>, parts: SignedParts = {}): GateRequest {
  const { method = 'POST', url = 'https://infer.example.com/v2/models/a/infer?b=1', body = '{"id":"花"}' } = parts;
  const { now = new Date(NOON_MS), headers = {}, nonce } = parts;
  const secrets = { accessKey: key.id, secret: key.secret };
  const signature = signRequest({ method, url, body, now, nonce, headers, ...secrets });
  return requestOf(method, url, body, { ...headers, ...signature });
}

/** A request over TLS from another host. */
export function requestOf(
  method: string,
  at: string | URL,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): GateRequest {
  const url = new URL(at);
  const rawHeaders = Object.entries({ Host: url.host, ...headers }).flat();
  const target = url.pathname + url.search;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const where = { secure: true, loopback: false, unsignedPayload: false };
  return { method, target, headers: {}, rawHeaders, body: bytes, ...where };
}

/** The request with one header replaced, added or, with undefined, left out. */
export function withHeader(request: GateRequest, name: string, value: string | undefined): GateRequest {
  const others: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index].toLowerCase() === name.toLowerCase()) continue;
    others.push(request.rawHeaders[index], request.rawHeaders[index + 1]);
  }
  return { ...request, rawHeaders: value === undefined ? others : [...others, name, value] };
}

export function headerOf({ rawHeaders }: GateRequest, name: string): string {
  return rawHeaders[rawHeaders.findIndex((found) => found.toLowerCase() === name) + 1];
}

/** What the gate says no with; undefined when it does not. */
export function refusalOf(work: () => unknown): GateRefusal | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof GateRefusal) return error;
    throw error;
  }
  return undefined;
}
