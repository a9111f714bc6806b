/** What can be set about keys, signatures and limits. */
import type { Scope } from '../http/index.ts';
import type { LimitOptions } from './application-limits.ts';

export interface AuthOptions {
  /**
   * Whether calls must be signed. `auto`: as soon as any key was made; a revoked key counts, so that revoking the last
   * one closes the service instead of opening it.
   */
  readonly mode: 'auto' | 'on' | 'off';
  /** How far the date of a signed request may be from now, either way, in milliseconds. */
  readonly windowMs: number;
  /**
   * Names of this service, as clients write them in Host, with or without port; none means any. Behind a proxy that
   * rewrites Host, signatures fail: forwarded headers are not believed.
   */
  readonly hosts: readonly string[];
  /** Take signed requests over plain HTTP from other hosts; they can be read on their way. */
  readonly plainHttp: boolean;
  /** Let unsigned management calls in from other hosts, where calls need not be signed. */
  readonly publicManagement: boolean;
  /** What needs no signature even when calls must be signed: `metrics`, for scrapers that cannot sign. */
  readonly openScopes: readonly Scope[];
  /** Nonces of one key that are remembered at once; a key that uses more within twice the window is slowed down. */
  readonly noncesPerKeyMax: number;
  readonly limits: LimitOptions;
}
