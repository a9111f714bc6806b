/** Machines of a service, when one epoch takes over from another: none is stopped and started again for that. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { definePolicy, milliseconds, seconds } from '../../../core/index.ts';
import { Service } from '../../../live/service/index.ts';
import { CommandMachines, CommandProvisioner } from '../../../live/world/index.ts';
import { HOST, blueprintOf, endOf, queryFor, tableServed } from './fixtures.ts';

const TIMEOUT = { timeout: 30_000 };

/** Commands that note in a file what they did. */
function noting(): { readonly machines: CommandMachines; readonly noted: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-machines-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'noted');
  appendFileSync(file, '');
  const note = (word: string): string[] => ['echo', word, '>>', file];
  const commands = { start: note('start'), stop: note('stop'), timeoutNs: seconds(20), shell: true, folder };
  return {
    machines: new CommandMachines(commands),
    noted: () => readFileSync(file, 'utf8').trim().replaceAll('\n', ' '),
  };
}

/** Machines with room for two workers each. */
const SMALL = {
  machineTypes: [{ ...HOST, cores: 2 }],
  limits: { holdMax: 100, timeoutNs: seconds(20), workersMax: 16, machinesMax: 4, coreOvercommit: 1 },
  machines: [{ type: 'host', initial: 1, max: 3 }],
};

test('neither a change of the catalogue nor actors that fail run a command', TIMEOUT, async () => {
  const { machines, noted } = noting();
  await machines.prepare(new Map([['host', 1]]));
  let isBroken = false;
  const brittle = definePolicy({
    name: 'brittle',
    summary: 'Fails when it is told to.',
    source: 'the tests',
    families: ['selection'],
    options: {},
    create: () => ({
      selection: {
        select: () => {
          if (isBroken) throw new Error('the policy is broken');
          return 0;
        },
      },
    }),
  });
  const provisioner = (parts: ConstructorParameters<typeof CommandProvisioner>[0]): CommandProvisioner =>
    new CommandProvisioner(parts, machines);
  const service = await Service.start(
    blueprintOf([tableServed('tiny', [1])], { provisioner }, { selection: [brittle] }),
  );
  expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
  await service.install([tableServed('two', [1])]);
  await service.remove([{ name: 'two' }]);
  isBroken = true;
  expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('failed: service-failed');
  isBroken = false;
  await expect.poll(() => service.isReady, { timeout: 5000 }).toBe(true);
  expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
  expect(noted()).toBe('start');
  machines.retain();
  await service.stop();
  await machines.close('stop');
  expect(noted()).toBe('start stop');
});

test('machines that were added for the load go on, and go when the load does', TIMEOUT, async () => {
  const { machines, noted } = noting();
  await machines.prepare(new Map([['host', 1]]));
  const times = { period: milliseconds(50), patience: milliseconds(100), cooldown: milliseconds(50) };
  const service = await Service.start(
    blueprintOf(
      [tableServed('tiny', [1])],
      {
        ...SMALL,
        provisioner: (parts) => new CommandProvisioner(parts, machines),
      },
      { 'machine-scaling': ['utilisation', { ...times, low: 0.6, high: 1 }] },
    ),
  );
  service.scale('tiny', '1', { least: 4, most: 4 });
  await expect.poll(() => service.workersOf('tiny', '1'), { timeout: 10_000 }).toBe(4);
  expect(noted()).toBe('start start');
  expect(service.snapshot().machines.map(({ label }) => label)).toEqual(['host-1', 'host-2']);
  expect(new Set(service.snapshot().workers.map(({ machine }) => machine))).toEqual(new Set(['host-1', 'host-2']));
  await service.install([tableServed('two', [1])]);
  expect(service.workersOf('tiny', '1')).toBe(4);
  expect(service.snapshot().machines).toHaveLength(2);
  expect(noted()).toBe('start start');
  service.scale('tiny', '1', { least: 1, most: 1 });
  // The floor is what the config says, not what ran at the change.
  await expect.poll(noted, { timeout: 10_000 }).toBe('start start stop');
  machines.retain();
  await service.stop();
  await machines.close('stop');
});
