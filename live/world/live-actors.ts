/**
 * How the live world interprets actors: each runs as an XState actor, reducers and statecharts alike, and a message
 * is processed to its end before `deliver` returns. `test/conformance` drives this and the kernel's way with the same
 * messages.
 */
import { createActor } from 'xstate';
import type { AnyActorLogic, AnyActorRef, Snapshot } from 'xstate';
import type { Address, Message } from '../../core/index.ts';
import { InvariantError } from '../../core/index.ts';

/** An actor that waits to be started. */
interface Attached {
  readonly address: Address;
  readonly logic: AnyActorLogic;
  readonly input: object;
}

export class LiveActors {
  private readonly actors: (AnyActorRef | undefined)[] = [];
  /** Actors attached by an action of another: XState wants none created there, so they wait for its end. */
  private readonly waiting: Attached[] = [];
  private inActor = false;

  /** Starts an actor at an address, in place of one that was there. */
  attach(address: Address, logic: AnyActorLogic, input: object): void {
    if (this.inActor) this.waiting.push({ address, logic, input });
    else this.start(address, logic, input);
  }

  deliver(to: Address, message: Message): void {
    const actor = this.actors[to];
    if (actor === undefined) throw new InvariantError(`a message ${message.type} goes to ${to}, where nobody is`);
    // A statechart in its final state takes no more messages: a machine that is down hears of its last worker.
    if (statusOf(actor).status === 'done') return;
    this.inActor = true;
    actor.send(message);
    this.inActor = false;
    // XState keeps an actor's error to itself; a run must not go on without one of its actors.
    const after = statusOf(actor);
    if (after.status === 'error') throw after.error;
    if (this.waiting.length === 0) return;
    for (const attached of this.waiting.splice(0)) this.start(attached.address, attached.logic, attached.input);
  }

  private start(address: Address, logic: AnyActorLogic, input: object): void {
    while (this.actors.length <= address) this.actors.push(undefined);
    const actor = createActor(logic, { input });
    // `deliver` throws the error itself; with no observer XState would report it a second time, from a timer.
    actor.subscribe({ error: () => undefined });
    actor.start();
    this.actors[address] = actor;
  }
}

function statusOf(actor: AnyActorRef): Snapshot<unknown> {
  return actor.getSnapshot();
}
