/** What a function of the Azure Functions traces becomes: who asks, or what is asked for. */
import type { ReadOptions } from '../trace-options.ts';

/** By default a function is an application; as an architecture, it is asked for by the app that owns it. */
export function functionNames(
  options: ReadOptions,
  { app, func }: { readonly app: string; readonly func: string },
): { readonly application: string; readonly architecture: string } {
  return options.functionsAs === 'architecture'
    ? { application: app, architecture: func }
    : { application: func, architecture: '' };
}
