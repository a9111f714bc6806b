/**
 * The machines that a user's own commands start and stop. They outlive worlds: a service whose catalogue changed goes on
 * in a new world, which takes over the machines of the old one. Invariant: for every machine the start command has
 * ended well before anybody holds it, and the stop command runs at most once, when nobody holds it any more.
 *
 * A started machine adds its type's cores and memory to what may be placed; the workers themselves run on this host
 * until there is a backend that reaches other hosts.
 */
import type { Nanos } from '../../core/index.ts';
import { runMachineCommand } from './machine-command.ts';

export interface MachineCommands {
  /** Program and arguments; ends with status 0 when the machine takes work. */
  readonly start: readonly string[];
  /** When a machine is no longer needed; it may be started again under the same label. */
  readonly stop: readonly string[];
  /** In place of `stop` when the service ends and its machines are to be deleted; `stop` when left out. */
  readonly delete?: readonly string[] | undefined;
  /** A command that takes longer is killed, and has failed. */
  readonly timeoutNs: Nanos;
  /** Whether a shell reads the commands. */
  readonly shell: boolean;
  /** Folder the commands run in, absolute. */
  readonly folder: string;
}

/** What becomes of machines when the service ends. */
export type MachinesEnding = 'stop' | 'delete' | 'keep';

/** A started machine; who gets it holds it until they give it back. */
export interface CommandMachine {
  /** Unique among the machines that are there: `p3.2xlarge-1`. A machine that is gone leaves its label to the next. */
  readonly label: string;
  readonly type: string;
}

interface Entry extends CommandMachine {
  /** Worlds that hold it. */
  readonly holders: Set<object>;
  /** Stops it when nobody takes it meanwhile. */
  lingering: NodeJS.Timeout | undefined;
}

/**
 * How long a machine of an ended world waits for another world: actors that failed are started anew within seconds, and
 * fresh policies ask again for what was booting within minutes. It costs less than a stop and a start.
 */
const LINGER_MS = 300_000;

/** A command that always fails would fill the memory. */
const FAILURES_MAX = 20;
const PAST = { start: 'started', stop: 'stopped', delete: 'deleted' };

export class CommandMachines {
  private readonly commands: MachineCommands;
  private readonly lingerMs: number;
  private readonly entries = new Set<Entry>();
  private readonly labels = new Set<string>();
  private readonly underway = new Set<Promise<unknown>>();
  private readonly failures: string[] = [];
  /** No machine is started any more, and what is given back goes on until `close`. */
  private isEnding = false;

  /** @param lingerMs how long machines of an ended world wait for another world. */
  constructor(commands: MachineCommands, lingerMs = LINGER_MS) {
    this.commands = commands;
    this.lingerMs = lingerMs;
  }

  /**
   * Starts what is missing of the machines that a world begins with: it takes them at once then.
   * @returns why some could not be started, one text each.
   */
  async prepare(counts: ReadonlyMap<string, number>): Promise<readonly string[]> {
    const starts: Promise<Entry | string>[] = [];
    for (const [type, count] of counts) {
      const there = [...this.entries].filter((entry) => entry.type === type).length;
      for (let i = there; i < count; i += 1) starts.push(this.start(type, this.reserve(type)));
    }
    const started = await Promise.all(starts);
    return started.filter((result) => typeof result === 'string');
  }

  /** A machine of the type that is there and that the holder does not have yet; undefined when there is none. */
  take(type: string, holder: object): CommandMachine | undefined {
    const free = [...this.entries].find((entry) => entry.type === type && !entry.holders.has(holder));
    if (free === undefined) return undefined;
    clearTimeout(free.lingering);
    free.holders.add(holder);
    return free;
  }

  /** A label for a machine that is about to be started; nobody else gets it. */
  reserve(type: string): string {
    for (let number = 1; ; number += 1) {
      const label = `${type}-${number}`;
      if (this.labels.has(label)) continue;
      this.labels.add(label);
      return label;
    }
  }

  /** Gives back a label whose machine will not be started. */
  unreserve(label: string): void {
    this.labels.delete(label);
  }

  /** Starts a machine for a holder. @param label reserved. @returns why it could not be started. */
  async startFor(type: string, holder: object, label: string): Promise<CommandMachine | string> {
    const started = await this.start(type, label);
    if (typeof started !== 'string') started.holders.add(holder);
    return started;
  }

  /**
   * Gives a machine back that is not needed any more; the last holder's stops it. Fulfilled when it is stopped or
   * somebody else has it.
   */
  async giveBack(machine: CommandMachine, holder: object): Promise<void> {
    const entry = this.freed(machine, holder);
    if (entry !== undefined) await this.end(entry, this.commands.stop);
  }

  /** Gives a machine back because its world has ended: it waits for another world, and is stopped when none comes. */
  release(machine: CommandMachine, holder: object): void {
    const entry = this.freed(machine, holder);
    if (entry === undefined) return;
    entry.lingering = setTimeout(() => {
      if (!this.isEnding) void this.end(entry, this.commands.stop);
    }, this.lingerMs);
    // Whoever ends the process closes the machines before.
    entry.lingering.unref();
  }

  /** What went wrong, the latest 20. */
  notes(): readonly string[] {
    return this.failures;
  }

  /** The service is about to end: what worlds give back is neither stopped nor started anew before `close`. */
  retain(): void {
    this.isEnding = true;
  }

  /** Ends the service's machines, after the starts that are under way. @returns what failed. */
  async close(ending: MachinesEnding): Promise<readonly string[]> {
    this.isEnding = true;
    await Promise.all(this.underway);
    if (ending === 'keep') return [];
    const { stop, delete: remove = stop } = this.commands;
    const results = await Promise.all(
      [...this.entries].map((entry) => this.end(entry, ending === 'delete' ? remove : stop)),
    );
    return results.filter((failure) => failure !== undefined);
  }

  /** The machine when its last holder has let go of it, and the service goes on. */
  private freed(machine: CommandMachine, holder: object): Entry | undefined {
    const entry = [...this.entries].find((each) => each === machine);
    if (entry === undefined || !entry.holders.delete(holder) || entry.holders.size > 0) return undefined;
    return this.isEnding ? undefined : entry;
  }

  private async start(type: string, label: string): Promise<Entry | string> {
    if (!this.isEnding) return this.whole(this.started(type, label));
    this.unreserve(label);
    return 'the service is ending';
  }

  private async end(entry: Entry, argv: readonly string[]): Promise<string | undefined> {
    this.entries.delete(entry);
    return this.whole(this.ended(entry, argv));
  }

  /** Work that the end waits for, with all that belongs to it. */
  private async whole<Result>(work: Promise<Result>): Promise<Result> {
    this.underway.add(work);
    try {
      return await work;
    } finally {
      this.underway.delete(work);
    }
  }

  private async started(type: string, label: string): Promise<Entry | string> {
    const failure = await this.run(this.commands.start, 'start', { label, type });
    if (failure !== undefined) {
      this.labels.delete(label);
      return failure;
    }
    const entry: Entry = { label, type, holders: new Set(), lingering: undefined };
    this.entries.add(entry);
    return entry;
  }

  private async ended(entry: Entry, argv: readonly string[]): Promise<string | undefined> {
    const failure = await this.run(argv, argv === this.commands.stop ? 'stop' : 'delete', entry);
    this.labels.delete(entry.label);
    return failure;
  }

  private async run(
    argv: readonly string[],
    action: keyof typeof PAST,
    { label, type }: CommandMachine,
  ): Promise<string | undefined> {
    const { shell, folder, timeoutNs } = this.commands;
    const env = { REHEARSE_MACHINE_TYPE: type, REHEARSE_MACHINE_LABEL: label, REHEARSE_MACHINE_ACTION: action };
    const failure = await runMachineCommand({ argv, shell, folder, timeoutNs, env }).catch((error: unknown) => {
      // The system has run out of processes or descriptors: nobody waits for a command that could fail otherwise.
      return `${argv[0]} cannot be run: ${error instanceof Error ? error.message : String(error)}`;
    });
    if (failure === undefined) return undefined;
    const told = `machine ${label} could not be ${PAST[action]}: ${failure}`;
    this.failures.push(told);
    if (this.failures.length > FAILURES_MAX) this.failures.shift();
    return told;
  }
}
