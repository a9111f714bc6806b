/** Where actors live: the part of a world that interprets them. */
import type { AnyActorLogic } from 'xstate';
import type { Address } from '../addresses.ts';

export interface Host {
  /** Starts an actor at an address; one that was there before is gone. Its first message comes later. */
  attach(address: Address, logic: AnyActorLogic, input: object): void;
}
