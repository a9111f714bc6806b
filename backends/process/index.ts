/** Child processes that native engines run in: started and ended, commanded, limited, their data in shared memory. */
export { Child } from './child.ts';
export type { ChildEnd, ChildFailure, ChildOptions, ChildResult, ProcessExit } from './child.ts';
export { Children } from './children.ts';
export type { ChildrenOptions } from './children.ts';
export { aligned } from './exchange.ts';
export type { Transport } from './exchange.ts';
export { serveParent } from './serve-parent.ts';
export type { Executed } from './serve-parent.ts';
export { OwnExchange } from './data-exchange.ts';
export type { Exchange } from './data-exchange.ts';
export { residentBytes } from './memory-limit.ts';
export { EXCHANGE_BYTES_MAX } from './shared-memory.ts';
export { builtEntry } from './built-entry.ts';
export { monotonicNs } from './monotonic-ns.ts';
