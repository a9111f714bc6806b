/**
 * How the kernel interprets actors. A reducer's `logic.transition` is called with one snapshot kept for the
 * actor's life, because its context is mutated in place (three times the speed of `actor.send`); a statechart runs
 * as an XState actor, because its transitions are rare. `test/conformance` drives both ways with the same messages.
 */
import { createActor } from 'xstate';
import type { AnyActorLogic, AnyActorRef, Snapshot } from 'xstate';
import type { Address, Message } from '../core/index.ts';
import { InvariantError } from '../core/index.ts';

/** The part of XState's actor scope that a reducer never uses, and that `transition` asks for all the same. */
type Scope = Parameters<AnyActorLogic['transition']>[2];

class SimulatedActor {
  readonly logic: AnyActorLogic;
  readonly snapshot: Snapshot<unknown>;
  readonly chart: AnyActorRef | undefined;

  constructor(logic: AnyActorLogic, snapshot: Snapshot<unknown>, chart: AnyActorRef | undefined) {
    this.logic = logic;
    this.snapshot = snapshot;
    this.chart = chart;
  }
}

/** A reducer made by `fromTransition` names its function in `config`; a statechart's config is a record. */
function isReducer(logic: AnyActorLogic): boolean {
  return 'config' in logic && typeof logic.config === 'function';
}

/** A statechart that waits to be started. */
interface Attached {
  readonly address: Address;
  readonly logic: AnyActorLogic;
  readonly input: object;
}

export class Actors {
  private readonly actors: (SimulatedActor | undefined)[] = [];
  private readonly scope = {} as Scope;
  /** Statecharts attached by an action of another: XState wants none created there, so they wait for its end. */
  private readonly waiting: Attached[] = [];
  private inChart = false;

  /** Starts an actor at an address, in place of one that was there. */
  attach(address: Address, logic: AnyActorLogic, input: object): void {
    if (this.inChart && !isReducer(logic)) this.waiting.push({ address, logic, input });
    else this.start(address, logic, input);
  }

  private start(address: Address, logic: AnyActorLogic, input: object): void {
    while (this.actors.length <= address) this.actors.push(undefined);
    if (isReducer(logic)) {
      this.actors[address] = new SimulatedActor(logic, logic.getInitialSnapshot(this.scope, input), undefined);
      return;
    }
    const chart = createActor(logic, { input });
    chart.subscribe({ error: rethrow });
    chart.start();
    this.actors[address] = new SimulatedActor(logic, chart.getSnapshot(), chart);
  }

  deliver(to: Address, message: Message): void {
    const actor = this.actors[to];
    if (actor === undefined) throw new InvariantError(`a message ${message.type} goes to ${to}, where nobody is`);
    if (actor.chart === undefined) actor.logic.transition(actor.snapshot, message, this.scope);
    else this.sendToChart(actor.chart, message);
  }

  /** XState keeps an actor's error to itself; a run must not go on without one of its actors. */
  private sendToChart(chart: AnyActorRef, message: Message): void {
    // A statechart in its final state takes no more messages: a machine that is down hears of its last worker.
    if (chart.getSnapshot().status === 'done') return;
    this.inChart = true;
    chart.send(message);
    this.inChart = false;
    const snapshot: Snapshot<unknown> = chart.getSnapshot();
    if (snapshot.status === 'error') throw snapshot.error;
    for (const { address, logic, input } of this.waiting.splice(0)) this.start(address, logic, input);
  }
}

/** `sendToChart` throws the error itself; with no observer XState would report it a second time, from a timer. */
function rethrow(): void {}
