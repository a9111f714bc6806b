/**
 * The gate of a listener without keys: everybody is `default`. Management stays closed where others than this host can
 * reach it, unless it is opened on purpose; on loopback it is closed to pages in a browser that were led here by name
 * (DNS rebinding), which is why the Host header is looked at.
 */
import type { Caller, Gate, GateHead, Scope } from './gate.ts';
import { GateRefusal } from './gate.ts';
import { isLoopbackHost } from './loopback.ts';

export interface OpenGateOptions {
  /** The address that the listener binds to. */
  readonly host: string;
  /** Offer management to everybody who can reach the listener. */
  readonly managementOpen: boolean;
}

const EVERYBODY: Caller = { application: 'default', key: '' };

export function openGate({ host, managementOpen }: OpenGateOptions): Gate {
  const isPublic = !isLoopbackHost(host);
  const judged = ({ headers }: GateHead, scope: Scope): Caller => {
    if (scope !== 'manage' || managementOpen) return EVERYBODY;
    if (isPublic) throw forbidden('management is closed on a public address without keys');
    if (!isLoopbackHost(withoutPort(headers.host ?? ''))) {
      throw forbidden('management is open to this host only, by the name localhost or its loopback address');
    }
    return EVERYBODY;
  };
  return { screen: judged, admit: judged, enter: () => () => undefined };
}

function forbidden(message: string): GateRefusal {
  return new GateRefusal(message, { status: 403, reason: 'forbidden' });
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '');
}
