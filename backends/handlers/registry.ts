/** All handlers by name. A new handler is one file and one line here. */
import { ServingError } from '../../core/index.ts';
import { fashionMnist } from './fashion-mnist.ts';
import type { Handler } from './handler.ts';
import { tensor } from './tensor.ts';

export const handlers: ReadonlyMap<string, Handler> = new Map(
  [fashionMnist, tensor].map((handler) => [handler.name, handler]),
);

/** The handler of that name. @throws ServingError HANDLER_UNKNOWN, naming those there are. */
export function handlerNamed(name: string): Handler {
  const handler = handlers.get(name);
  if (handler !== undefined) return handler;
  throw new ServingError({
    code: 'HANDLER_UNKNOWN',
    message: 'there is no such pre- and postprocessing handler',
    found: `"${name}"`,
    expected: `one of ${[...handlers.keys()].join(', ')}`,
  });
}
