// One `infaas-paper` module over the small catalogue of the law tests, every family over one state, and hands to move
// what it decides on: arrivals, batches, workers that load at once or stay loading.
//
// Throughputs in inputs/s: resnet-gpu 32 / 36 ms = 888.9, resnet-cpu 8 / 170 ms = 47.06, mobilenet-cpu 4 / 25 ms = 160.
// Costs in USD/h: 1 GB at 6 USD / 32 GB on the GPU host = 0.1875, at 0.4 USD / 16 GB on the host = 0.025. Loads: 5 s.
import type { InitialFleet, ModelScaling, PolicyModule, Solver } from '../../../../core/index.ts';
import { DEAD, DRAINING, LOADING, READY, defaultsOf, invariant, seconds } from '../../../../core/index.ts';
import { infaasPaper } from '../../../../core/policies/infaas-paper/infaas-paper.ts';
import { GPU_HOST, HOST, TINY_HOST, emptyWorld, open } from '../fixtures.ts';
import type { QuerySketch, World } from '../fixtures.ts';

type Module = Required<
  Pick<PolicyModule, 'selection' | 'dispatch' | 'placement' | 'model-scaling' | 'machine-scaling'>
>;

export interface Bench {
  readonly world: World;
  readonly module: Module;
}

export const ANY_MACHINES: InitialFleet = {
  workers: new Map(),
  machines: new Map([
    [HOST, { initial: 0, max: 8 }],
    [GPU_HOST, { initial: 0, max: 4 }],
  ]),
};

export const WITH_TINY: InitialFleet = {
  workers: new Map(),
  machines: new Map([...ANY_MACHINES.machines, [TINY_HOST, { initial: 0, max: 4 }]]),
};

export function benchOf(
  options: Readonly<Record<string, number | boolean | string>> = {},
  { initial = ANY_MACHINES, solver }: { readonly initial?: InitialFleet; readonly solver?: Solver } = {},
): Bench {
  const world = emptyWorld(initial);
  const values = { ...defaultsOf(infaasPaper.options), ...options };
  const context = solver === undefined ? world.context : { ...world.context, solver };
  // The values come from the definition's own declaration.
  const typed = values as Parameters<typeof infaasPaper.create>[0]['options'];
  const { selection, dispatch, placement, ...scaling } = infaasPaper.create({ ...context, options: typed });
  const models = scaling['model-scaling'];
  const machines = scaling['machine-scaling'];
  invariant(selection !== undefined && dispatch !== undefined && placement !== undefined, 'it serves requests');
  invariant(models !== undefined && machines !== undefined, 'it scales');
  return { world, module: { selection, dispatch, placement, 'model-scaling': models, 'machine-scaling': machines } };
}

/** Selects for a query as the scheduler does; its inputs count as arrived. */
export function ask({ world, module }: Bench, query: QuerySketch, now: number): number {
  const variant = module.selection.select(open(world, query), now);
  if (variant >= 0) world.fleet.totals.arrivedInputs[variant] += query.inputs ?? 1;
  return variant;
}

/** Inputs that arrive for a variant without a query that names objectives. */
export function arrive({ world }: Bench, variant: number, inputs: number): void {
  world.fleet.totals.arrivedInputs[variant] += inputs;
}

/** What a worker was assigned, and the batches it ended. */
export function worked(
  { world }: Bench,
  worker: number,
  done: { readonly inputs?: number; readonly batches?: number; readonly batched?: number; readonly busyMs?: number },
): void {
  const { fleet } = world;
  fleet.receivedInputs[worker] += done.inputs ?? 0;
  fleet.batches[worker] += done.batches ?? 0;
  fleet.batchedInputs[worker] += done.batched ?? done.batches ?? 0;
  fleet.busyNs[worker] += seconds((done.busyMs ?? 0) / 1000);
}

/** The changes as `[variant, delta]`, or `[variant, delta, machine]` where one is named. */
export function changesOf(changes: readonly ModelScaling[]): number[][] {
  return changes.map(({ variant, delta, machine }) =>
    machine === undefined ? [variant, delta] : [variant, delta, machine],
  );
}

/** Starts and drains what was decided; new workers stay loading until `finishLoads`. */
export function carryOut({ world, module }: Bench, changes: readonly ModelScaling[], now: number): void {
  const { fleet } = world;
  for (const { variant, delta, machine } of changes) {
    for (let more = delta; more > 0; more -= 1) {
      const on = machine ?? module.placement.place(variant, now);
      if (on >= 0 && fleet.machines.fits(on, variant)) fleet.setState(fleet.claim(variant, on, now), LOADING, now);
    }
    for (let fewer = -delta; fewer > 0; fewer -= 1) {
      const ready = [...Array(fleet.ready(variant).length).keys()].map((at) => fleet.ready(variant).at(at));
      const victim = ready.findLast((worker) => machine === undefined || fleet.machine[worker] === machine);
      if (victim === undefined) continue;
      fleet.setState(victim, DRAINING, now);
      fleet.setState(victim, DEAD, now);
    }
  }
}

export function finishLoads({ world: { fleet } }: Bench, now: number): void {
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] === LOADING) fleet.setState(worker, READY, now);
  }
}
