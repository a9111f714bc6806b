/** The control loop that changes the number of machines: every period it asks the machine-scaling policy. */
import { setup } from 'xstate';
import { MACHINE_AUTOSCALER } from '../addresses.ts';
import type { MachineAutoscalerMessage } from '../messages.ts';
import { NONE } from '../policy.ts';
import type { InitialFleet, MachineScaling, MachineScalingPolicy } from '../policy.ts';
import type { Fleet, MachineId } from '../tables/fleet.ts';
import { NEVER } from '../time.ts';
import { PHASE_CONTROL } from '../world.ts';
import type { World } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import type { MachinePool } from './pools.ts';

export interface MachineAutoscalerInput {
  readonly world: World;
  readonly fleet: Fleet;
  readonly pool: MachinePool;
  readonly scaling: MachineScalingPolicy;
  readonly initial: InitialFleet;
}

export const machineAutoscalerLogic = setup({
  // XState reads the types off these values and never looks at them.
  types: {} as { context: MachineAutoscalerInput; events: MachineAutoscalerMessage; input: MachineAutoscalerInput },
  actions: {
    scheduleTick: ({ context }) => {
      const { world, scaling } = context;
      if (scaling.periodNs === NEVER) return;
      world.setTimer(MACHINE_AUTOSCALER, world.now + scaling.periodNs, { type: 'machines.tick' }, PHASE_CONTROL);
    },
    scale: ({ context }) => {
      for (const change of context.scaling.decide(context.world.now)) carryOut(context, change);
    },
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'watching',
  states: {
    watching: {
      entry: 'scheduleTick',
      on: { 'machines.tick': { target: 'watching', reenter: true, actions: 'scale' }, 'machine.left': {} },
    },
  },
});

function carryOut(scaler: MachineAutoscalerInput, change: MachineScaling): void {
  const { fleet, pool, initial } = scaler;
  if (!Number.isInteger(change.delta) || !initial.machines.has(change.type)) {
    const found = `${change.delta} machines of type ${change.type}`;
    throw badAnswer('machine-scaling', found, 'a whole number of machines of a type the experiment names');
  }
  const max = initial.machines.get(change.type)?.max ?? 0;
  for (let more = change.delta; more > 0; more -= 1) {
    if (ofType(fleet, change.type) >= max) return;
    if (pool.boot(change.type, change.reason) === NONE) return;
  }
  if (change.delta < 0 && change.machine !== undefined) {
    const { up, type } = fleet.machines;
    if (!up.has(change.machine) || type[change.machine] !== change.type) {
      throw badAnswer('machine-scaling', `machine ${change.machine}`, 'a machine of the type that is up');
    }
    return drain(scaler, change.machine, change.reason);
  }
  const victims = fewestWorkersFirst(fleet, change.type).slice(0, Math.max(0, -change.delta));
  for (const machine of victims) drain(scaler, machine, change.reason);
}

/** Drains a machine, once: a second change of one decision may name it again. */
function drain({ fleet, pool }: MachineAutoscalerInput, machine: MachineId, reason: string): void {
  if (fleet.machines.isCondemned(machine)) return;
  pool.drain(machine, reason);
  fleet.machines.condemn(machine);
}

/** Machines of a type that are up or boot. */
function ofType(fleet: Fleet, type: number): number {
  const { up, booting } = fleet.machines;
  let count = 0;
  for (let i = 0; i < up.length; i += 1) if (fleet.machines.type[up.at(i)] === type) count += 1;
  for (let i = 0; i < booting.length; i += 1) if (fleet.machines.type[booting.at(i)] === type) count += 1;
  return count;
}

/** Up machines of a type that are not told to drain, the fewest workers first; ties to the newest number. */
function fewestWorkersFirst(fleet: Fleet, type: number): MachineId[] {
  const { up, workers } = fleet.machines;
  const machines: MachineId[] = [];
  for (let i = 0; i < up.length; i += 1) {
    const machine = up.at(i);
    if (fleet.machines.type[machine] === type && !fleet.machines.isCondemned(machine)) machines.push(machine);
  }
  return machines.sort((a, b) => workers[a] - workers[b] || b - a);
}
