/** A running server: put together from its parts, tried, and taken apart again. */
export { startServer } from './start-server.ts';
export type { Server } from './start-server.ts';
export type { SelfTestReport } from './self-test.ts';
export type { ServerOptions } from './server-options.ts';
