/**
 * A world that does nothing by itself: it writes down what actors ask of it, and delivers what the test tells it to.
 * With it an actor is tested as a function from a message to a list of sends.
 */
import type { AnyActorLogic } from 'xstate';
import type {
  Address,
  ControlDecision,
  Generation,
  Host,
  Message,
  Nanos,
  Phase,
  TimerId,
  World,
} from '../../../core/index.ts';
import { NEVER, addressName, invariant, reasonName } from '../../../core/index.ts';
import { Actors } from '../../../sim/actors.ts';

export interface PendingTimer {
  readonly to: Address;
  readonly atNs: Nanos;
  readonly message: Message;
  readonly phase: Phase | undefined;
}

export class RecordingWorld implements World, Host {
  now: Nanos = 0;
  /** What was asked since the log was last taken, in order. */
  readonly log: string[] = [];
  readonly decisions: ControlDecision[] = [];
  readonly states: string[] = [];
  readonly backend = {
    load: (worker: number, generation: Generation): void => this.note(`load worker-${worker} g${generation}`),
    execute: (worker: number, generation: Generation, slots: Int32Array, count: number, inputs: number): void =>
      this.note(`execute worker-${worker} g${generation} [${slots.subarray(0, count).join(' ')}] ${inputs} inputs`),
    cancel: (worker: number, generation: Generation): void => this.note(`cancel worker-${worker} g${generation}`),
    unload: (worker: number, generation: Generation): void => this.note(`unload worker-${worker} g${generation}`),
  };
  readonly provisioner = {
    boot: (machine: number, generation: Generation): void => this.note(`boot machine-${machine} g${generation}`),
    stop: (machine: number, generation: Generation): void => this.note(`stop machine-${machine} g${generation}`),
  };
  private readonly actors = new Actors();
  private readonly mail: { readonly to: Address; readonly message: Message }[] = [];
  private readonly timers = new Map<TimerId, PendingTimer>();
  private timersSet = 0;

  send(to: Address, message: Message): void {
    this.mail.push({ to, message });
    this.note(`${addressName(to)} < ${textOf(message)}`);
  }

  setTimer(to: Address, atNs: Nanos, message: Message, phase?: Phase): TimerId {
    invariant(atNs >= this.now && atNs < NEVER, `a timer is set for ${atNs} at ${this.now}`);
    this.timersSet += 1;
    this.timers.set(this.timersSet, { to, atNs, message, phase });
    this.note(`timer at ${atNs}: ${addressName(to)} < ${textOf(message)}`);
    return this.timersSet;
  }

  cancelTimer(timer: TimerId): void {
    if (this.timers.delete(timer)) this.note('timer cancelled');
  }

  decided(decision: ControlDecision): void {
    this.decisions.push(decision);
  }

  stateChanged(subject: 'worker' | 'machine', id: number, state: string): void {
    this.states.push(`${subject}-${id} ${state}`);
  }

  attach(address: Address, logic: AnyActorLogic, input: object): void {
    this.actors.attach(address, logic, input);
  }

  /** Gives a message to an actor and returns what it asked of the world. Its sends stay undelivered. */
  deliver(to: Address, message: Message, now: Nanos = this.now): string[] {
    this.now = now;
    this.actors.deliver(to, message);
    return this.takeLog();
  }

  /** Delivers what was sent, and what that sends, to the actors at the given addresses; other mail is dropped. */
  settle(...addresses: readonly Address[]): string[] {
    for (let next = this.mail.shift(); next !== undefined; next = this.mail.shift()) {
      if (addresses.includes(next.to)) this.actors.deliver(next.to, next.message);
    }
    return this.takeLog();
  }

  /** Fires the earliest pending timer and returns what its actor asked. */
  fire(): string[] {
    const [first] = [...this.timers].sort(([a, one], [b, two]) => one.atNs - two.atNs || a - b);
    invariant(first !== undefined, 'no timer is pending');
    const [id, { to, atNs, message }] = first;
    this.timers.delete(id);
    return this.deliver(to, message, atNs);
  }

  get pendingTimers(): readonly PendingTimer[] {
    return [...this.timers.values()].sort((a, b) => a.atNs - b.atNs);
  }

  takeLog(): string[] {
    return this.log.splice(0);
  }

  /** Decisions as `worker.start worker-0: reason`. */
  takeDecisions(): string[] {
    return this.decisions.splice(0).map((decision) => {
      const machine = 'machine' in decision ? ` machine-${decision.machine}` : '';
      const worker = 'worker' in decision ? ` worker-${decision.worker}` : '';
      return `${decision.kind}${worker}${machine}: ${decision.reason}`;
    });
  }

  private note(line: string): void {
    this.log.push(line);
  }
}

/** `request.assigned slot=0 generation=1`. */
function textOf({ type, ...fields }: Message): string {
  const parts = Object.entries(fields).map(([name, value]) =>
    name === 'reason' ? reasonName(Number(value)) : `${name}=${JSON.stringify(value)}`,
  );
  return [type, ...parts].join(' ');
}
