/** The management API that the command speaks. */
export { controlRoutes } from './control-routes.ts';
export type { ControlParts, FailedModel, ListenerStatus, ServerStatus } from './control-parts.ts';
export type { ControlFailure } from './json-call.ts';
export { jsonAnswer, readJson, readQuery } from './json-call.ts';
export type { QueryAnswer, QueryOutput } from './query-shape.ts';
