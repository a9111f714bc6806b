/**
 * A world that only writes down what actors ask of it. What would come back from outside (answers, timers) waits until
 * the test chooses it, in any order; mail is delivered at once. So two interpreters can be led through the same story.
 */
import type { AnyActorLogic } from 'xstate';
import type {
  Address,
  Backend,
  ControlDecision,
  Generation,
  Host,
  Message,
  Nanos,
  Provisioner,
  ServingPlan,
  TimerId,
  WorkerId,
  World,
} from '../../core/index.ts';
import { DEAD, RandomStreams, SCHEDULER, Serving, lifecycleOf, machineAt, queueOf, reason } from '../../core/index.ts';

/** What interprets the actors: the kernel's way or the live way. */
export interface Interpreter {
  attach(address: Address, logic: AnyActorLogic, input: object): void;
  deliver(to: Address, message: Message): void;
}

interface Pending {
  readonly to: Address;
  readonly message: Message;
  /** What comes instead when the test wants it to go wrong. */
  readonly failure?: Message;
  /** A timer's number and when it is due. */
  readonly timer?: TimerId;
  readonly atNs: Nanos;
  /** The worker that brings the answer; it brings none when it is killed. */
  readonly worker?: WorkerId;
}

const CRASHED = reason('worker-crashed');

export class RecordingWorld implements World, Host, Backend, Provisioner {
  now: Nanos = 0;
  readonly backend: Backend = this;
  readonly provisioner: Provisioner = this;
  readonly serving: Serving;
  /** Every call of a port, in order. */
  readonly calls: unknown[] = [];
  /** The context of each reducer, by address. */
  readonly contexts = new Map<Address, object>();
  pending: Pending[] = [];
  private readonly interpreter: Interpreter;
  private readonly mail: { to: Address; message: Message }[] = [];
  private timers = 0;

  constructor(interpreter: Interpreter, plan: ServingPlan) {
    this.interpreter = interpreter;
    this.serving = new Serving({ plan, streams: new RandomStreams('recorded'), world: this, host: this });
    this.serving.start();
    this.settle();
    this.serving.startWorkers();
    this.settle();
  }

  /** An arrival after some time. */
  arrive(inputs: number, afterNs: Nanos): void {
    this.now += afterNs;
    const arrival = { atNs: this.now, kind: 0, inputs, latencyNs: 30_000_000, accuracyPercent: 0, client: -1 };
    this.deliver(SCHEDULER, { type: 'request.arrived', slot: this.serving.open(arrival) });
  }

  /** One of the things that wait outside happens, well or badly. */
  happen(choice: number, fails: boolean, afterNs: Nanos): void {
    if (this.pending.length === 0) return;
    const [chosen] = this.pending.splice(choice % this.pending.length, 1);
    this.now = Math.max(this.now + afterNs, chosen.atNs);
    this.deliver(chosen.to, fails ? (chosen.failure ?? chosen.message) : chosen.message);
  }

  /** A worker's engine dies, or somebody drains it. */
  strike(choice: number, dies: boolean): void {
    const { fleet } = this.serving;
    const alive = [...fleet.state.keys()].filter((worker) => fleet.state[worker] !== DEAD);
    if (alive.length === 0) return;
    const worker = alive[choice % alive.length];
    const generation = fleet.generation[worker];
    this.deliver(
      lifecycleOf(worker),
      dies ? { type: 'worker.crashed', generation, reason: CRASHED } : { type: 'worker.drain' },
    );
  }

  /** A client leaves. */
  leave(choice: number): void {
    const slots = this.serving.requests.openSlots();
    if (slots.length === 0) return;
    const slot = slots[choice % slots.length];
    this.deliver(SCHEDULER, { type: 'request.cancelled', slot, ordinal: this.serving.requests.ordinal[slot] });
  }

  attach(address: Address, logic: AnyActorLogic, input: object): void {
    this.contexts.set(address, input);
    this.interpreter.attach(address, logic, input);
  }

  send(to: Address, message: Message): void {
    this.calls.push(['send', to, message]);
    this.mail.push({ to, message });
  }

  setTimer(to: Address, atNs: Nanos, message: Message): TimerId {
    this.timers += 1;
    this.calls.push(['setTimer', to, atNs, message]);
    this.pending.push({ to, message, atNs, timer: this.timers });
    return this.timers;
  }

  cancelTimer(timer: TimerId): void {
    this.calls.push(['cancelTimer', timer]);
    this.pending = this.pending.filter((waiting) => waiting.timer !== timer);
  }

  decided(decision: ControlDecision): void {
    this.calls.push(['decided', decision]);
  }

  stateChanged(subject: string, id: number, state: string): void {
    this.calls.push(['stateChanged', subject, id, state]);
  }

  load(worker: WorkerId, generation: Generation): void {
    this.calls.push(['load', worker, generation]);
    const timings = { readNs: 1, createNs: 2, warmUpNs: 3 };
    const failure: Message = { type: 'load.failed', generation, detail: 'no such file' };
    const message: Message = { type: 'load.finished', generation, timings };
    this.pending.push({ to: lifecycleOf(worker), message, failure, atNs: 0, worker });
  }

  execute(worker: WorkerId, generation: Generation, slots: Int32Array, count: number, inputs: number): void {
    this.calls.push(['execute', worker, generation, [...slots.subarray(0, count)], inputs]);
    const timings = { preprocessNs: 1, inferNs: 2, postprocessNs: 3 };
    const failure: Message = { type: 'batch.failed', generation, reason: reason('execution-failed') };
    const message: Message = { type: 'batch.finished', generation, timings };
    this.pending.push({ to: queueOf(worker), message, failure, atNs: 0, worker });
  }

  cancel(worker: WorkerId): void {
    this.calls.push(['cancel', worker]);
    this.pending = this.pending.filter((waiting) => waiting.worker !== worker);
  }

  unload(worker: WorkerId, generation: Generation): void {
    this.calls.push(['unload', worker, generation]);
    this.pending.push({ to: lifecycleOf(worker), message: { type: 'unload.finished', generation }, atNs: 0, worker });
  }

  boot(machine: number, generation: Generation): void {
    this.calls.push(['boot', machine]);
    const message: Message = { type: 'machine.booted', generation };
    if (this.now === 0) this.mail.push({ to: machineAt(machine), message });
    else this.pending.push({ to: machineAt(machine), message, atNs: 0 });
  }

  stop(machine: number, generation: Generation): void {
    this.calls.push(['stop', machine]);
    this.pending.push({ to: machineAt(machine), message: { type: 'machine.stopped', generation }, atNs: 0 });
  }

  private deliver(to: Address, message: Message): void {
    this.interpreter.deliver(to, message);
    this.settle();
  }

  private settle(): void {
    for (let next = this.mail.shift(); next !== undefined; next = this.mail.shift()) {
      this.interpreter.deliver(next.to, next.message);
    }
  }
}
