/**
 * Shows a call to the gate: what came as HTTP/2 is told in the words of the request that was signed. The body is the
 * message's own bytes, without gRPC's frame of five bytes and after inflation, before anything is decoded. Of a stream
 * only the call itself can be signed, for its messages are not known yet.
 */
import { status } from '@grpc/grpc-js';
import type { ServerSurfaceCall } from '@grpc/grpc-js/build/src/server-call.js';
import type { Caller, Gate, GateHead, Scope } from '../http/index.ts';
import { isLoopbackAddress } from '../http/index.ts';
import { CallFailure } from './call-failure.ts';

/** How a listener lets calls in. */
export interface Door {
  readonly gate: Gate;
  /** The listener speaks TLS. */
  readonly secure: boolean;
  /** Whether callers with keys may open streams, whose messages no signature covers. */
  readonly unsignedStreams: boolean;
}

/** What is known of a call before its message. */
export interface CallFacts {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Text metadata and the host, names in lower case, repeated ones joined as node:http joins them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn, so that whoever must not be fooled sees repeated ones. */
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
}

/** Reads the facts of a call. */
export function factsOf(call: Pick<ServerSurfaceCall, 'metadata' | 'getPath' | 'getHost' | 'getPeer'>): CallFacts {
  const headers: Record<string, string> = {};
  const rawHeaders: string[] = [];
  const add = (name: string, value: string): void => {
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
    rawHeaders.push(name, value);
  };
  for (const name of Object.keys(call.metadata.getMap())) {
    for (const value of call.metadata.get(name)) if (typeof value === 'string') add(name, value);
  }
  const authority = call.getHost();
  if (headers['host'] !== authority) add('host', authority);
  const peer = call.getPeer();
  return { path: call.getPath(), headers, rawHeaders, remoteAddress: peer.slice(0, peer.lastIndexOf(':')) };
}

/** Calls that need no key are made by nobody in particular. */
const ANYBODY: Caller = { application: 'default', key: '' };

/** Turns a call away before its message is there, where that can be told. @throws GateRefusal */
export function screenCall(door: Door, facts: CallFacts, scope: Scope | 'open'): void {
  if (scope !== 'open') door.gate.screen?.(headOf(door, facts), scope);
}

/** Lets a call with one message in. @throws GateRefusal */
export function admitCall(door: Door, facts: CallFacts, body: Uint8Array, scope: Scope | 'open'): Caller {
  if (scope === 'open') return ANYBODY;
  return door.gate.admit({ ...headOf(door, facts), body, unsignedPayload: false }, scope);
}

function headOf({ secure }: Door, { path, headers, rawHeaders, remoteAddress }: CallFacts): GateHead {
  return { method: 'POST', target: path, headers, rawHeaders, secure, loopback: isLoopbackAddress(remoteAddress) };
}

/** Lets a stream in, before its first message. @throws GateRefusal and CallFailure */
export function admitStream(door: Door, facts: CallFacts, scope: Scope | 'open'): Caller {
  const caller = admitCall(door, facts, new Uint8Array(0), scope);
  if (caller.key === '' || door.unsignedStreams) return caller;
  throw new CallFailure(
    status.PERMISSION_DENIED,
    'a signature covers no message of a stream; this server takes signed calls with one message only',
  );
}
