// Machines that a user's commands start and stop: what the commands are told, what becomes of their failures, and who
// holds a machine when one world takes over from another.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Message } from '../../../core/index.ts';
import { Fleet, machineAt, seconds } from '../../../core/index.ts';
import { CommandMachines, CommandProvisioner } from '../../../live/world/index.ts';
import type { MachineCommands } from '../../../live/world/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A script that notes what it was told in a file, then does what the text says. */
function script(name: string, then = ''): string[] {
  const file = join(folder, `${name}.mjs`);
  const notes = join(folder, 'noted');
  writeFileSync(
    file,
    `import { appendFileSync } from 'node:fs';
     const { REHEARSE_MACHINE_ACTION: action, REHEARSE_MACHINE_LABEL: label, REHEARSE_MACHINE_TYPE: type } = process.env;
     appendFileSync(${JSON.stringify(notes)}, [action, label, type, ...process.argv.slice(2)].join(' ') + '\\n');
     ${then}`,
  );
  return [process.execPath, file];
}

function commands(changes: Partial<MachineCommands> = {}): MachineCommands {
  const base = { timeoutNs: seconds(20), shell: false, folder };
  return { ...base, start: [...script('note'), 'a b', '$HOME'], stop: script('note'), ...changes };
}

/** What the scripts noted since it was asked last. */
function noted(): string[] {
  const file = join(folder, 'noted');
  const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean);
  writeFileSync(file, '');
  return lines;
}

describe('machines by command', () => {
  test('are started and stopped with their type and label, their arguments untouched by a shell', async () => {
    const machines = new CommandMachines(commands());
    expect(await machines.prepare(new Map([['cpu-2', 2]]))).toEqual([]);
    expect(noted().sort()).toEqual(['start cpu-2-1 cpu-2 a b $HOME', 'start cpu-2-2 cpu-2 a b $HOME']);
    expect(await machines.close('stop')).toEqual([]);
    expect(noted().sort()).toEqual(['stop cpu-2-1 cpu-2', 'stop cpu-2-2 cpu-2']);
  });

  test('are deleted by the command for that, and kept by none', async () => {
    const removed = new CommandMachines(commands({ delete: [...script('note'), 'forever'] }));
    await removed.prepare(new Map([['cpu-2', 1]]));
    await removed.close('delete');
    const kept = new CommandMachines(commands());
    await kept.prepare(new Map([['cpu-2', 1]]));
    await kept.close('keep');
    expect(noted().filter((line) => !line.startsWith('start'))).toEqual(['delete cpu-2-1 cpu-2 forever']);
  });

  test('a command that fails tells its status and its last line', async () => {
    const start = script('fails', `console.error('first'); console.error('no \\u001b[31mquota\\n'); process.exit(3);`);
    const machines = new CommandMachines(commands({ start }));
    const [failure] = await machines.prepare(new Map([['cpu-2', 1]]));
    expect(failure).toBe(
      `machine cpu-2-1 could not be started: ${process.execPath} ended with status 3: no  [31mquota`,
    );
    expect(machines.notes()).toEqual([failure]);
  });

  test('a program that is not there is a failure like any other', async () => {
    const machines = new CommandMachines(commands({ start: ['no-such-program'] }));
    const [failure] = await machines.prepare(new Map([['cpu-2', 1]]));
    expect(failure).toContain('no-such-program cannot be run');
  });

  test('a command that the system does not even try is a failure like any other', async () => {
    const machines = new CommandMachines(commands({ start: ['no\0program'] }));
    const [failure] = await machines.prepare(new Map([['cpu-2', 1]]));
    expect(failure).toContain('cannot be run');
  });

  test('a command that takes too long is ended, with what it started', async () => {
    const start = script('sleeps', `console.error(process.pid); setInterval(() => 0, 1000);`);
    const machines = new CommandMachines(commands({ start, timeoutNs: seconds(1) }));
    const [failure] = await machines.prepare(new Map([['cpu-2', 1]]));
    expect(failure).toContain('took longer than 1 s');
    const pid = Number(/: (\d+)$/.exec(failure)?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('a shell reads the command only where the config says so', async () => {
    const start = [...script('note'), '"$REHEARSE_MACHINE_TYPE"', '&&', 'true'];
    const machines = new CommandMachines(commands({ start, shell: true }));
    noted();
    expect(await machines.prepare(new Map([['cpu-2', 1]]))).toEqual([]);
    expect(noted()).toEqual(['start cpu-2-1 cpu-2 cpu-2']);
  });
});

describe('the provisioner of a world', () => {
  test('takes machines that are there at once, and answers a boot that a command makes later', async () => {
    const machines = new CommandMachines(commands());
    await machines.prepare(new Map([['type-0', 1]]));
    const { world, deliver, provisioner, fleet } = provisioned(machines);
    const [first, second] = [fleet.machines.claim(0, 0), fleet.machines.claim(0, 0)];
    provisioner.boot(first, 7);
    expect(world.send).toHaveBeenCalledWith(machineAt(first), { type: 'machine.booted', generation: 7 });
    provisioner.boot(second, 8);
    expect(deliver).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledWith(machineAt(second), booted(8)), 10_000);
    noted();
    provisioner.stop(second, 8);
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledWith(machineAt(second), stopped(8)), 10_000);
    expect(noted()).toEqual(['stop type-0-2 type-0']);
    await machines.close('keep');
  });

  test('a machine has one name: what the command is told, before its boot and after its end', async () => {
    const machines = new CommandMachines(commands());
    await machines.prepare(new Map([['type-0', 1]]));
    const { provisioner, fleet, deliver } = provisioned(machines);
    noted();
    const [first, second] = [fleet.machines.claim(0, 0), fleet.machines.claim(0, 0)];
    expect([provisioner.labelOf(first), provisioner.labelOf(second)]).toEqual(['type-0-1', 'type-0-2']);
    provisioner.boot(second, 1);
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledOnce(), 10_000);
    expect(noted()).toEqual(['start type-0-2 type-0 a b $HOME']);
    provisioner.stop(second, 1);
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledTimes(2), 10_000);
    expect(provisioner.labelOf(second)).toBe('type-0-2');
    await provisioner.close();
    expect(machines.take('type-0', {})?.label).toBe('type-0-1');
    await machines.close('keep');
  });

  test('a boot whose command fails has failed, with the reason', async () => {
    const machines = new CommandMachines(commands({ start: script('fails', 'process.exit(1);') }));
    const { deliver, provisioner, fleet } = provisioned(machines);
    const machine = fleet.machines.claim(0, 0);
    provisioner.boot(machine, 1);
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledOnce(), 10_000);
    expect(deliver.mock.calls[0][1]).toMatchObject({ type: 'boot.failed', detail: expect.stringMatching(/status 1$/) });
  });

  test('a machine that two worlds hold is stopped when the last one has ended and no other takes it', async () => {
    const machines = new CommandMachines(commands(), 50);
    await machines.prepare(new Map([['type-0', 1]]));
    const [before, after] = [provisioned(machines), provisioned(machines)];
    before.provisioner.boot(before.fleet.machines.claim(0, 0), 1);
    after.provisioner.boot(after.fleet.machines.claim(0, 0), 1);
    noted();
    await before.provisioner.close();
    expect(noted()).toEqual([]);
    await after.provisioner.close();
    await vi.waitFor(() => expect(noted()).toEqual(['stop type-0-1 type-0']), 10_000);
  });

  test('a machine of an ended world goes to the next one without a command', async () => {
    const machines = new CommandMachines(commands(), 300);
    await machines.prepare(new Map([['type-0', 1]]));
    const [before, after] = [provisioned(machines), provisioned(machines)];
    before.provisioner.boot(before.fleet.machines.claim(0, 0), 1);
    await before.provisioner.close();
    noted();
    after.provisioner.boot(after.fleet.machines.claim(0, 0), 1);
    expect(after.world.send).toHaveBeenCalledWith(machineAt(0), booted(1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(noted()).toEqual([]);
    await machines.close('keep');
  });

  test('a boot that outlives its world leaves its machine to the next one', async () => {
    const machines = new CommandMachines(commands());
    const before = provisioned(machines);
    before.provisioner.boot(before.fleet.machines.claim(0, 0), 1);
    await before.provisioner.close();
    await vi.waitFor(() => expect(before.deliver).toHaveBeenCalledWith(machineAt(0), booted(1)), 10_000);
    const after = provisioned(machines);
    after.provisioner.boot(after.fleet.machines.claim(0, 0), 1);
    expect(after.world.send).toHaveBeenCalledWith(machineAt(0), booted(1));
    await machines.close('stop');
    expect(noted().filter((line) => line.startsWith('st'))).toHaveLength(2);
  });

  test('a machine that waits for another world is the end’s to keep, not the clock’s', async () => {
    const machines = new CommandMachines(commands(), 50);
    await machines.prepare(new Map([['type-0', 1]]));
    const { provisioner, fleet } = provisioned(machines);
    provisioner.boot(fleet.machines.claim(0, 0), 1);
    await provisioner.close();
    await machines.close('keep');
    noted();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(noted()).toEqual([]);
  });
});

function booted(generation: number): Message {
  return { type: 'machine.booted', generation };
}

function stopped(generation: number): Message {
  return { type: 'machine.stopped', generation };
}

function provisioned(machines: CommandMachines) {
  const catalogue = catalogueOf([], [{}]);
  const fleet = new Fleet(catalogue, { workersMax: 4, machinesMax: 4, coreOvercommit: 1 });
  const world = { now: 0, send: vi.fn(), setTimer: vi.fn() };
  const deliver = vi.fn<(to: number, message: Message) => void>();
  const provisioner = new CommandProvisioner({ world, catalogue, fleet, bootNs: 0, deliver }, machines);
  return { world, deliver, fleet, provisioner };
}
