/**
 * Data-path actors: XState transition logic over a context that is mutated in place. The context object is the
 * same for the actor's whole life, so a world may call `logic.transition` with one snapshot that it keeps.
 */
import { fromTransition } from 'xstate';
import type { EventObject, TransitionActorLogic } from 'xstate';

export type ReducerLogic<Context, Received extends EventObject> = TransitionActorLogic<Context, Received, Context>;

/** Actor logic from a function that changes the context in place. The actor's input is its context. */
export function reducer<Context extends object, Received extends EventObject>(
  receive: (context: Context, message: Received) => void,
): ReducerLogic<Context, Received> {
  return fromTransition(
    (context: Context, message: Received) => {
      receive(context, message);
      return context;
    },
    ({ input }: { input: Context }) => input,
  );
}
