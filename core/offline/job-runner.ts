/**
 * The actor that runs offline jobs: first come, first served, one job at a time on a machine, each on a worker of its
 * own that takes no requests. A job whose worker or machine is gone is started again elsewhere. The rules are those of
 * INFaaS's release (queryfe_server.cc, QueryOffline), with cancellation and retries added.
 */
import { OFFLINE } from '../addresses.ts';
import type { WorkerPool } from '../actors/pools.ts';
import { reducer } from '../actors/reducer.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { assertNever } from '../errors.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { OfflineMessage } from '../messages.ts';
import type { Timeline } from '../metrics/timeline.ts';
import { NONE } from '../policy.ts';
import type { Stream } from '../random/stream.ts';
import type { Signals } from '../signals.ts';
import { DEAD } from '../tables/fleet.ts';
import type { Fleet, Generation, MachineId, WorkerId } from '../tables/fleet.ts';
import { NANOS_PER_SECOND, NEVER, milliseconds } from '../time.ts';
import type { Nanos } from '../time.ts';
import { PHASE_CONTROL, PHASE_TIMERS } from '../world.ts';
import type { World } from '../world.ts';
import { offlineVariant } from './offline-variant.ts';
import type { JobTable } from './job-table.ts';
import type { JobIndex, OfflineJob, OfflinePlan } from './job.ts';
import { MachineLoad } from './machine-load.ts';
import { offlineWorkerContext, offlineWorkerLogic } from './offline-worker.ts';
import { Throttle } from './throttle.ts';

/** How often it looks for jobs, and how often the load of machines is sampled, in INFaaS's release. */
const POLL_NS: Nanos = NANOS_PER_SECOND;
const SAMPLE_NS: Nanos = milliseconds(2500);
/** A job goes to one of so many machines with the lowest load. */
const IDLEST = 10;

export interface JobRunnerInput {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly pool: WorkerPool;
  readonly signals: Signals;
  readonly jobs: JobTable;
  readonly plan: OfflinePlan;
  readonly random: Stream;
  readonly timeline: Timeline | undefined;
}

/** The worker a job was given. */
interface Assignment {
  readonly worker: WorkerId;
  readonly generation: Generation;
  readonly machine: MachineId;
}

interface JobRunnerContext extends JobRunnerInput {
  readonly load: MachineLoad;
  readonly throttle: Throttle;
  /** Jobs in the order they are served. */
  readonly order: JobIndex[];
  readonly assigned: Map<JobIndex, Assignment>;
  lastPicked: MachineId;
  /** Whether a look for jobs, and a sample of the load, is due: nobody looks while there is no job. */
  ticking: boolean;
  sampling: boolean;
}

/** The actor's context from what the assembly gives it. */
export function jobRunnerContext(input: JobRunnerInput): JobRunnerContext {
  const { catalogue, fleet, signals, plan } = input;
  const load = new MachineLoad(catalogue, fleet);
  const throttle = new Throttle({ options: plan.throttle, fleet, signals, load });
  const order = [...plan.jobs.keys()].sort((a, b) => plan.jobs[a].atNs - plan.jobs[b].atNs || a - b);
  const assigned = new Map<JobIndex, Assignment>();
  return { ...input, load, throttle, order, assigned, lastPicked: NONE, ticking: plan.jobs.length > 0, sampling: true };
}

/** Sets the timers that the actor begins with. */
export function startOffline(world: World, { jobs }: OfflinePlan): void {
  const firstNs = jobs.reduce((first, { atNs }) => Math.min(first, atNs), NEVER);
  if (firstNs !== NEVER) world.setTimer(OFFLINE, firstNs, { type: 'offline.tick' }, PHASE_CONTROL);
  world.setTimer(OFFLINE, world.now + SAMPLE_NS, { type: 'offline.sample' }, PHASE_TIMERS);
  for (const [job, { cancelNs }] of jobs.entries()) {
    if (cancelNs !== NEVER) world.setTimer(OFFLINE, cancelNs, { type: 'job.cancelled', job }, PHASE_CONTROL);
  }
}

export const jobRunnerLogic = reducer<JobRunnerContext, OfflineMessage>((runner, message) => {
  const { world, jobs } = runner;
  switch (message.type) {
    case 'offline.tick':
      startJobs(runner);
      runner.ticking = jobs.anyOpen;
      if (runner.ticking) world.setTimer(OFFLINE, world.now + POLL_NS, { type: 'offline.tick' }, PHASE_CONTROL);
      return;
    case 'offline.sample':
      runner.load.sample(world.now);
      runner.sampling = jobs.anyOpen;
      if (runner.sampling) world.setTimer(OFFLINE, world.now + SAMPLE_NS, { type: 'offline.sample' }, PHASE_TIMERS);
      return;
    case 'job.added':
      return added(runner, message.job);
    case 'job.cancelled':
      return jobs.cancel(message.job, world.now);
    case 'worker.unneeded':
      return release(runner, message.worker, message.generation);
    default:
      return assertNever(message);
  }
});

/** Queues a job behind those there are, and begins to look again where nobody did. */
function added(runner: JobRunnerContext, job: OfflineJob): void {
  const { world, jobs, order } = runner;
  order.push(jobs.add(job));
  if (!runner.ticking) world.setTimer(OFFLINE, world.now, { type: 'offline.tick' }, PHASE_CONTROL);
  if (!runner.sampling) world.setTimer(OFFLINE, world.now + SAMPLE_NS, { type: 'offline.sample' }, PHASE_TIMERS);
  runner.ticking = true;
  runner.sampling = true;
}

/** Drains a worker whose job has nothing left for it. */
function release(runner: JobRunnerContext, worker: WorkerId, generation: Generation): void {
  const { assigned, jobs, pool } = runner;
  const found = [...assigned].find(([, each]) => each.worker === worker && each.generation === generation);
  if (found !== undefined) pool.drain(worker, `offline job ${jobs.jobs[found[0]].name} has nothing left to do`);
}

/** Starts the jobs that are due, in order; one that finds no machine keeps those behind it waiting. */
function startJobs(runner: JobRunnerContext): void {
  const { jobs, assigned, order, world, fleet } = runner;
  for (const [job, { worker, generation }] of assigned) {
    if (fleet.state[worker] === DEAD || fleet.generation[worker] !== generation) assigned.delete(job);
  }
  for (const job of order) {
    if (jobs.jobs[job].atNs > world.now) return;
    if (assigned.has(job) || jobs.counts(job).waiting === 0) continue;
    if (!startJob(runner, job)) return;
  }
}

/** False when the job has to wait. */
function startJob(runner: JobRunnerContext, job: JobIndex): boolean {
  const { catalogue, fleet, jobs, plan, world } = runner;
  const chosen = offlineVariant(jobs.jobs[job], { catalogue, fleet, framework: plan.framework });
  if ('problem' in chosen) {
    jobs.refuse(job, chosen.problem, world.now);
    return true;
  }
  jobs.choose(job, chosen.variant);
  const machine = pickMachine(runner, chosen.variant);
  return machine !== NONE && startWorker(runner, { job, variant: chosen.variant, machine });
}

function startWorker(
  runner: JobRunnerContext,
  { job, variant, machine }: { readonly job: JobIndex; readonly variant: VariantIndex; readonly machine: MachineId },
): boolean {
  const { world, catalogue, fleet, pool, jobs, throttle, timeline, assigned } = runner;
  const { name, batch } = jobs.jobs[job];
  const batchMax = Math.min(batch, catalogue.variants[variant].maxBatch);
  const worker = pool.startDedicated({ variant, machine, reason: `offline job ${name}` }, (id, generation) => ({
    logic: offlineWorkerLogic,
    input: offlineWorkerContext({ world, fleet, worker: id, generation, jobs, job, throttle, batchMax, timeline }),
  }));
  if (worker === NONE) return false;
  assigned.set(job, { worker, generation: fleet.generation[worker], machine });
  runner.lastPicked = machine;
  return true;
}

/**
 * One of the ten machines with the lowest load that have room and no job, at random; not the one that was picked last
 * unless it is the only one. Machines with accelerators are left alone where there are others.
 */
function pickMachine(runner: JobRunnerContext, variant: VariantIndex): MachineId {
  const { fleet, catalogue, load, assigned, random } = runner;
  const { machines } = fleet;
  const up = Array.from({ length: machines.up.length }, (_, at) => machines.up.at(at));
  const cpuOnly = up.filter((machine) => catalogue.machineTypes[machines.type[machine]].accelerator === undefined);
  const taken = new Set([...assigned.values()].map(({ machine }) => machine));
  const free = (cpuOnly.length > 0 ? cpuOnly : up).filter(
    (machine) => !taken.has(machine) && machines.fits(machine, variant),
  );
  const idlest = free.sort((a, b) => load.shareOf(a) - load.shareOf(b) || a - b).slice(0, IDLEST);
  const others = idlest.filter((machine) => machine !== runner.lastPicked);
  const choices = others.length > 0 ? others : idlest;
  return choices.length === 0 ? NONE : choices[random.int(choices.length)];
}
