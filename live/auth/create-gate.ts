/**
 * The gate of a service with keys: who comes in through any listener, HTTP or gRPC. Verifies signatures, scopes and
 * nonces, and keeps applications within their limits. It reads of a request what every transport can tell: for gRPC the
 * method is `POST`, the target `/package.Service/Method`, the body the serialized message, and `rawHeaders` the metadata
 * with `:authority` as `host`.
 *
 * Without a nonce a signed request can be repeated within the window; queries change nothing, so they may come without
 * one, while management calls must have one.
 */
import { isLoopbackHost } from '../http/index.ts';
import type { Caller, Gate, GateHead, GateRequest, Scope } from '../http/index.ts';
import type { Store } from '../store/index.ts';
import { ApplicationLimits } from './application-limits.ts';
import type { AuthOptions } from './auth-options.ts';
import { isSigned } from './authorization.ts';
import { KeyRing } from './key-ring.ts';
import type { LiveKey } from './keys.ts';
import { forbidden, invalidToken, tooMany, unsigned } from './refusals.ts';
import { NONCE_HEADER } from './scheme.ts';
import { SeenNonces } from './seen-nonces.ts';
import { covers, headersOf, verify } from './verify.ts';
import type { Signed } from './verify.ts';

export interface GateParts {
  readonly store: Store;
  readonly options: AuthOptions;
  /** Milliseconds since 1970; the system's clock when left out. */
  readonly nowMs?: () => number;
  /** Told what the operator should know: bodies that no signature covers, keys that cannot be used. */
  readonly warn?: (text: string) => void;
}

export interface KeyedGate extends Gate {
  /** Whether calls must be signed now. */
  readonly isOn: boolean;
  /** Notes the last use of keys; call it before the store is closed. */
  close(): void;
}

const NOBODY: Caller = { application: 'default', key: '' };

interface Signer {
  readonly key: LiveKey;
  readonly signed: Signed;
  readonly nowMs: number;
}

/** @throws ServingError when calls must be signed and the keys cannot be read; later that closes the gate with a warning. */
export function createGate(parts: GateParts): KeyedGate {
  return new SigningGate(parts);
}

class SigningGate implements KeyedGate {
  private readonly options: AuthOptions;
  private readonly nowMs: () => number;
  private readonly warn: (text: string) => void;
  private readonly ring: KeyRing;
  private readonly nonces: SeenNonces;
  private readonly limits: ApplicationLimits;
  /** Keys that sent bodies their signature does not cover. */
  private readonly warnedOfOpenBody = new Set<string>();

  constructor({ store, options, nowMs = Date.now, warn = () => undefined }: GateParts) {
    this.options = options;
    this.nowMs = nowMs;
    this.warn = warn;
    this.ring = new KeyRing({ store, nowMs, warn });
    if (options.mode !== 'off') this.ring.load();
    this.nonces = new SeenNonces(options.noncesPerKeyMax);
    this.limits = new ApplicationLimits(options.limits, nowMs);
  }

  get isOn(): boolean {
    const { mode } = this.options;
    return mode === 'on' || (mode === 'auto' && this.ring.exist);
  }

  screen(head: GateHead, scope: Scope): Caller {
    const signer = this.signerOf(head, scope);
    return signer === undefined ? NOBODY : callerOf(signer.key);
  }

  admit(request: GateRequest, scope: Scope): Caller {
    const signer = this.signerOf(request, scope);
    if (signer === undefined) return NOBODY;
    const { key, signed, nowMs } = signer;
    if (!covers(signed, request.body)) {
      if (!request.unsignedPayload) throw invalidToken(`Invalid ${signed.hashHeader}`, nowMs);
      this.warnOfOpenBody(key.id);
    }
    this.useNonce(signed, nowMs);
    this.ring.noteUse(key.id);
    return callerOf(key);
  }

  enter({ application }: Caller): () => void {
    return this.limits.enter(application);
  }

  close(): void {
    this.ring.close();
  }

  /** Who signed this head and may do this; undefined where nobody need sign. @throws GateRefusal */
  private signerOf(head: GateHead, scope: Scope): Signer | undefined {
    if (!this.isOn) return this.requireNear(head, scope);
    const authorizations = headersOf(head.rawHeaders, ['authorization']).get('authorization') ?? [];
    const [authorization] = authorizations;
    const nowMs = this.nowMs();
    if (authorization === undefined || !isSigned(authorization)) {
      if (this.options.openScopes.includes(scope)) return undefined;
      throw unsigned(nowMs);
    }
    if (authorizations.length > 1) throw invalidToken('The Authorization header is repeated', nowMs);
    const { windowMs, hosts, plainHttp } = this.options;
    if (!head.secure && !head.loopback && !plainHttp) throw forbidden('signed calls are taken over TLS only');
    const secretOf = (id: string): Uint8Array | undefined => this.ring.get(id)?.secretBytes;
    const signed = verify(head, authorization, { nowMs, windowMs, hosts, secretOf });
    const key = this.ring.get(signed.accessKey);
    if (key === undefined) throw invalidToken('Invalid Signature', nowMs);
    if (!key.scopes.includes(scope)) throw forbidden(`this key does not allow ${scope}`);
    if (signed.nonce === undefined && scope === 'manage') {
      throw invalidToken(`${NONCE_HEADER} is required as a signed header`, nowMs);
    }
    return { key, signed, nowMs };
  }

  /** Management stays with this host, and away from pages in its browser that were led here by another name. */
  private requireNear({ rawHeaders, loopback }: GateHead, scope: Scope): undefined {
    if (scope !== 'manage' || this.options.publicManagement) return undefined;
    if (!loopback) throw forbidden('management from another host needs a key');
    const [host = ''] = headersOf(rawHeaders, ['host']).get('host') ?? [];
    if (isLoopbackHost(host.replace(/:\d*$/, ''))) return undefined;
    throw forbidden('management without a key is open to this host only, by the name localhost or its address');
  }

  private useNonce({ accessKey, nonce, dateMs }: Signed, nowMs: number): void {
    if (nonce === undefined) return;
    const { windowMs } = this.options;
    const use = this.nonces.use(accessKey, nonce, dateMs + windowMs, nowMs);
    if (use === 'seen') throw invalidToken(`${NONCE_HEADER} was used before`, nowMs);
    if (use === 'full') throw tooMany('rate-limit', 'this key used too many nonces of late', windowMs / 1000);
  }

  private warnOfOpenBody(key: string): void {
    if (this.warnedOfOpenBody.has(key)) return;
    this.warnedOfOpenBody.add(key);
    this.warn(`key ${key} sends bodies that its signature does not cover, as the route allows`);
  }
}

function callerOf({ application, id }: LiveKey): Caller {
  return { application, key: id };
}
