/**
 * One machine more when those of a type are nearly all reserved, or when a worker found no machine and this type is
 * the cheapest that could host it; one less when they have been mostly empty for a while. The floor is the initial
 * count (what is lost below it is replaced at once), the ceiling the experiment's maximum.
 *
 * Reserved, not busy: a machine is full when no further worker fits, whatever its workers do. A shortage raised during
 * the cooldown is kept until the cooldown is over.
 */
import { ServingError } from '../../errors.ts';
import { definePolicy } from '../../policy.ts';
import type { MachineScaling } from '../../policy.ts';
import type { CapacityShort } from '../../signals.ts';
import { NEVER, milliseconds, seconds } from '../../time.ts';
import { hostingOn } from '../hosting.ts';
import { tallyOf } from './machine-tally.ts';
import type { MachineTally } from './machine-tally.ts';

export const utilisationScaling = definePolicy({
  name: 'utilisation',
  summary: 'Machines added above one reserved share or when a worker finds no room, removed below another.',
  source: 'threshold scaling as in EC2 Auto Scaling and the Kubernetes cluster autoscaler, simplified',
  families: ['machine-scaling'],
  options: {
    high: {
      kind: 'number',
      default: 0.8,
      minimum: 0,
      maximum: 1,
      doc: 'Reserved share of cores or accelerators, 0 to 1, above which a machine is added.',
    },
    low: {
      kind: 'number',
      default: 0.3,
      minimum: 0,
      maximum: 1,
      doc: 'Reserved share below which, after `patience`, a machine is drained.',
    },
    period: { kind: 'duration', default: seconds(10), minimum: milliseconds(1), doc: 'How often it decides.' },
    patience: {
      kind: 'duration',
      default: seconds(300),
      minimum: 0,
      doc: 'How long the share must have been low before a machine is drained.',
    },
    cooldown: {
      kind: 'duration',
      default: seconds(60),
      minimum: 0,
      doc: 'Least time between two changes of one machine type.',
    },
  },
  create({ options, catalogue, fleet, initial, signals }) {
    const { high, low, patience, cooldown } = options;
    if (low >= high) throw thresholdsCrossed(low, high);
    const { machineTypes, variants } = catalogue;
    const hosting = hostingOn(catalogue, fleet);
    const lowSinceNs = new Float64Array(machineTypes.length).fill(NEVER);
    const changedNs = new Float64Array(machineTypes.length).fill(-Infinity);
    /** The shortage each type is asked to mend. */
    const shortages: (CapacityShort | undefined)[] = machineTypes.map(() => undefined);

    /** Gives a shortage to the cheapest type that could host the worker and may still grow. */
    const assign = (shortage: CapacityShort, tallies: ReadonlyMap<number, MachineTally>): void => {
      let chosen = -1;
      let leastUsd = Infinity;
      for (const [type, { max }] of initial.machines) {
        const priceUsd = hosting.priceUsd(machineTypes[type], variants[shortage.variant]);
        if (priceUsd >= leastUsd || (tallies.get(type)?.machines ?? 0) >= max) continue;
        chosen = type;
        leastUsd = priceUsd;
      }
      if (chosen >= 0) shortages[chosen] = shortage;
    };

    /** Why a machine should be added, or undefined. */
    const growth = (type: number, { reservedShare }: MachineTally): string | undefined => {
      const shortage = shortages[type];
      if (shortage !== undefined) return `capacity short for ${variants[shortage.variant].name}: ${shortage.cause}`;
      return reservedShare > high ? `${percent(reservedShare)} reserved, above ${percent(high)}` : undefined;
    };

    const decideFor = (type: number, tally: MachineTally, now: number): Omit<MachineScaling, 'type'> | undefined => {
      const floor = initial.machines.get(type)?.initial ?? 0;
      const max = initial.machines.get(type)?.max ?? 0;
      const { machines, booting, reservedShare } = tally;
      if (machines < floor) return { delta: floor - machines, reason: `${machines} of ${floor} initial machines` };
      const cool = now - changedNs[type] >= cooldown;
      const more = growth(type, tally);
      const idle = more === undefined && booting === 0 && machines > floor && reservedShare < low;
      if (!idle) lowSinceNs[type] = NEVER;
      else if (lowSinceNs[type] === NEVER) lowSinceNs[type] = now;
      if (more !== undefined && machines < max) return cool ? { delta: 1, reason: more } : undefined;
      if (!idle || !cool || now - lowSinceNs[type] < patience) return undefined;
      return { delta: -1, reason: `${percent(reservedShare)} reserved, below ${percent(low)}` };
    };

    return {
      'machine-scaling': {
        periodNs: options.period,
        decide(now) {
          const types = [...initial.machines.keys()];
          const tallies = new Map(types.map((type) => [type, tallyOf(catalogue, fleet, type)]));
          for (const shortage of signals.takeShortages()) assign(shortage, tallies);
          const changes: MachineScaling[] = [];
          for (const [type, tally] of tallies) {
            const change = decideFor(type, tally, now);
            if (change === undefined) continue;
            changes.push({ type, ...change });
            changedNs[type] = now;
            lowSinceNs[type] = NEVER;
            shortages[type] = undefined;
          }
          return changes;
        },
      },
    };
  },
});

function thresholdsCrossed(low: number, high: number): ServingError {
  return new ServingError({
    code: 'POLICY_BOUNDS_CROSSED',
    message: 'machine-scaling policy "utilisation" would add and remove the same machine',
    found: `low ${low}, high ${high}`,
    expected: 'low below high',
    next: 'lower `low` or raise `high`',
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
