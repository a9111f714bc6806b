/** Keys, signatures, scopes and limits: who may call the service, and the client's side of signing. */
export type { ApplicationLimit, LimitOptions } from './application-limits.ts';
export type { AuthOptions } from './auth-options.ts';
export type { GateParts, KeyedGate } from './create-gate.ts';
export { createGate } from './create-gate.ts';
export type { KeyFacts, NewKey } from './keys.ts';
export { Keys } from './keys.ts';
export type { RequestToSign } from './sign-request.ts';
export { signRequest } from './sign-request.ts';
