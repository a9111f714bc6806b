/**
 * Data-path actors: XState transition logic over a context that is mutated in place. Context and snapshot are
 * the same objects for the actor's whole life, so a delivery allocates nothing, and a world may call
 * `logic.transition` with a snapshot that it keeps instead of going through an actor's mailbox.
 */
import { fromTransition } from 'xstate';
import type { EventObject, TransitionActorLogic } from 'xstate';

export type ReducerLogic<Context, Received extends EventObject> = TransitionActorLogic<Context, Received, Context>;

/** Actor logic from a function that changes the context in place. The actor's input is its context. */
export function reducer<Context extends object, Received extends EventObject>(
  receive: (context: Context, message: Received) => void,
): ReducerLogic<Context, Received> {
  const logic: ReducerLogic<Context, Received> = fromTransition(
    (context: Context, message: Received) => {
      receive(context, message);
      return context;
    },
    ({ input }: { input: Context }) => input,
  );
  // XState's own transition copies the snapshot after every message: a fifth of the time of a whole run.
  const transition: typeof logic.transition = (snapshot, message) => {
    receive(snapshot.context, message);
    return snapshot;
  };
  return { ...logic, transition };
}
