/** HTTP as all protocols share it: listeners with limits, bodies, the gate, failures, JSON that is exact. */
export type { Caller, Gate, GateHead, GateRequest, Scope } from './gate.ts';
export { GateRefusal } from './gate.ts';
export type { OpenGateOptions } from './open-gate.ts';
export { openGate } from './open-gate.ts';
export { isLoopbackAddress, isLoopbackHost } from './loopback.ts';
export type { HttpFailure } from './http-refusal.ts';
export { failureOf, HttpRefusal, isOwnFault } from './http-refusal.ts';
export type { HttpAnswer, HttpExchange, HttpRoute, RouteSet } from './http-route.ts';
export type { HttpOptions, ListenerParts } from './listener-options.ts';
export type { Listener } from './listener.ts';
export { createListener } from './listener.ts';
export type { RequestDetail, RequestEnd, RequestWatch, WatchedRequest } from './request-watch.ts';
export type { JsonObject, JsonValue } from './json-value.ts';
export { isJsonObject, jsonKind, memberOf } from './json-value.ts';
export { refuseHeavyJson } from './json-survey.ts';
export type { JsonOptions } from './read-json.ts';
export { readJson } from './read-json.ts';
