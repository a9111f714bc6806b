/** What surrounds a workload: catalogue, fleet, network, faults, limits and live runs, as YAML says them. */
import { z } from 'zod';
import { NEVER, milliseconds } from '../../../core/index.ts';
import type { FaultPlan, FaultTimes, NetworkPlan } from '../../../sim/index.ts';
import { FAULT_NAMES } from '../../../sim/index.ts';
import { SAMPLINGS } from '../../../backends/index.ts';
import { oneOf } from '../shape-errors.ts';
import { choice, count, duration, durationOrNever, flag, list, number, say, section, text } from './quantities.ts';

const filterField = (doc: string): z.ZodOptional<z.ZodString> => text(doc).optional();

/** One entry of `catalogue.variants`. */
export const variantPickSchema = z.union(
  [
    text('The name of a variant.'),
    section(
      {
        task: filterField('Such as classification.'),
        dataset: filterField('Such as fashion-mnist.'),
        architecture: filterField('Such as resnet20.'),
        framework: filterField('Such as onnxruntime.'),
        hardware: filterField('Such as cpu.'),
        precision: filterField('Such as int8.'),
      },
      { what: 'a filter such as { architecture: resnet20 }', doc: 'Every variant that agrees with all fields.' },
    ),
  ],
  say('the name of a variant, or a filter such as { architecture: resnet20, precision: int8 }'),
);

/** What is said of a section: its documentation, and what completes "expected ..." when it is no map. */
export const catalogueWords = {
  what: 'a catalogue such as { variants: [fmnist-resnet20-int8] }',
  doc: 'The variants that may serve, and how their latency tables are read.',
};

export const VARIANTS_WHAT = 'a list of variants by name or filter, at least one';

export const catalogueShape = {
  files: z
    .array(text('A file, relative to the config.', 'the path of a catalogue file'), say('a list of files'))
    .prefault([])
    .meta({ description: 'More definitions of variants and machines, in the schema of the bundled catalogue.' }),
  variants: list(variantPickSchema, {
    what: VARIANTS_WHAT,
    doc: 'The variants that may serve, by name or filter. Left out, all that `files` define.',
  }).optional(),
  sampling: choice('How the time of a batch is drawn from its latency table.', SAMPLINGS).prefault('empirical'),
  extrapolate: flag('Continue latency tables in a straight line beyond the measured batches.').prefault(false),
};

export const MACHINES_WHAT = 'machines by type, such as { cpu-4: 2 }';
export const WORKERS_WHAT = 'workers by variant, such as { fmnist-resnet20-int8: 2 }';

const machineCount = count('Machines at the start.', { minimum: 0 });

export const fleetWords = {
  what: 'a fleet such as { machines: { cpu-4: 2 }, workers: { fmnist-resnet20-int8: 2 } }',
  doc: 'The machines and workers at the start.',
};

/** Machines of one type. */
export const machinesSchema = z.union(
  [
    machineCount,
    section(
      { count: machineCount, max: count('Machines at most; `count` when left out.', { minimum: 1 }).optional() },
      { what: 'machines such as { count: 2, max: 4 }', doc: 'Machines of the type.' },
    ),
  ],
  say('a whole number from 0, or a map such as { count: 2, max: 4 }'),
);

/** Workers of one variant. */
export const workersSchema = count('Workers at the start.', { minimum: 1 });

export const fleetShape = {
  machines: z
    .record(z.string(), machinesSchema, say(MACHINES_WHAT))
    .meta({ description: 'Machines by type: how many at the start, and at most.' }),
  workers: z
    .record(z.string(), workersSchema, say(WORKERS_WHAT))
    .prefault({})
    .meta({ description: 'Workers that are loaded at the start, by variant.' }),
  core_overcommit: number('Reservable cores per real core; above 1 workers compete for cores.', 'a number from 1', {
    minimum: 1,
  }).prefault(1),
  start_on_request: flag('Start a worker when a request finds none of its variant.').prefault(false),
};

export const setFleetWords = {
  what: 'a fleet such as { workers: { resnet50-tensorflow-cpu4: 2 } }',
  doc: 'Machines and workers at the start under this policy set, in place of those of the experiment.',
};

/** What a policy set may say differently: see `fleet`. */
export const setFleetShape = { machines: fleetShape.machines.optional(), workers: fleetShape.workers.optional() };

export const networkSchema: z.ZodType<NetworkPlan> = section(
  {
    delay: duration('One-way delay between scheduler and worker.', { zero: true }),
    jitter: flag('Exponential around `delay` instead of constant.').prefault(false),
  },
  { what: 'a network such as { delay: 0.2 ms }', doc: 'The network between scheduler and workers; none by default.' },
).transform(({ delay: delayNs, jitter }) => ({ delayNs, jitter }));

const probability = number('Chance, each time.', 'a probability above 0 and up to 1', { above: 0, maximum: 1 });
const times = {
  at: list(duration('A time.', { zero: true }), { what: 'a list of times', doc: 'When it strikes.' }).optional(),
  mean_between: duration('Mean of the exponential time between two strikes.', { smallest: milliseconds(1) }).optional(),
};

function fault<const Name extends string, Shape extends z.ZodRawShape>(name: Name, doc: string, shape: Shape) {
  const what = 'a fault such as { fault: worker-crash, at: [10 s] }';
  return section({ fault: z.literal(name, say(name)), ...shape }, { what, doc });
}

/** One entry of `faults`. */
export const faultSchema: z.ZodType<FaultPlan> = z.discriminatedUnion(
  'fault',
  [
    fault('worker-crash', 'A random worker dies; its running batch fails.', times).transform(striking),
    fault('machine-loss', 'A random machine disappears with its workers.', times).transform(striking),
    fault('slow-machine', 'A random machine is slow for a while.', {
      ...times,
      speed: number('Speed meanwhile, as a share.', 'a number above 0 and below 1', { above: 0, below: 1 }),
      lasts: duration('For how long.'),
    }).transform((raw, context) => {
      const { speed, lasts: lastsNs, ...rest } = raw;
      return { ...striking(rest, context), speed, lastsNs };
    }),
    fault('failed-load', 'Each load of a worker fails with a probability.', { probability }),
    fault('lost-message', 'Each request on its way to a worker is lost with a probability.', { probability }),
  ],
  say(oneOf(FAULT_NAMES)),
);

export const limitsWords = { what: 'limits such as { timeout: 10 s }', doc: 'Bounds of a run.' };

export const limitsShape = {
  timeout: durationOrNever('A request still open after this long fails.').prefault('never'),
  hold: count('Requests that wait with the scheduler, per variant, at most.', { minimum: 1 }).prefault(10_000),
  workers: count('Workers at most.', { minimum: 1, maximum: 65_536 }).prefault(256),
  machines: count('Machines at most.', { minimum: 1, maximum: 65_536 }).prefault(64),
  open_requests: count('Open requests at most; reaching it ends the run.', { minimum: 1 }).prefault(1_000_000),
  events: count('Events at most; reaching it ends the run.', { minimum: 1 }).prefault(1_000_000_000),
  drain: durationOrNever('How long after the last arrival the run may take to answer everything.').prefault('60 s'),
};

export const liveWords = { what: 'a map such as { duration: 10 s }', doc: 'Runs on the wall clock.' };

export const liveShape = {
  duration: duration('How long a live run lasts; the workload is cut there.').prefault('10 s'),
  replications: count('Live runs of each cell.', { minimum: 1 }).prefault(1),
};

/** When a fault strikes: at times, or at random; exactly one of the two. */
function striking<Name extends string>(
  raw: { fault: Name; at?: number[] | undefined; mean_between?: number | undefined },
  context: z.RefinementCtx,
): { fault: Name; times: FaultTimes } {
  const { fault: name, at, mean_between: meanBetweenNs } = raw;
  if (at !== undefined && meanBetweenNs === undefined) return { fault: name, times: { kind: 'at', atNs: at } };
  if (at === undefined && meanBetweenNs !== undefined) {
    return { fault: name, times: { kind: 'random', meanBetweenNs } };
  }
  const message = 'either at: [10 s] or mean_between: 60 s, one of the two';
  context.issues.push({ code: 'custom', message, path: [at === undefined ? 'at' : 'mean_between'], input: raw });
  return { fault: name, times: { kind: 'random', meanBetweenNs: NEVER } };
}
