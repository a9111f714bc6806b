/** How the service logs. Types only. */

export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug';

export interface LogOptions {
  /** The least that is written; `off` writes nothing and costs nothing. Requests and decisions are `info`. */
  readonly level: LogLevel;
  /** `stdout`, `stderr`, or the path of a file, which is appended to. */
  readonly destination: string;
  /** Whether every request has a line; without, only those that failed, at `warn`. */
  readonly requests: boolean;
}
