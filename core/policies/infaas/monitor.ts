/**
 * The monitors of INFaaS: once a second the rates, latencies and flags of every instance (query_executor.cc), every two
 * and a half the utilisation of machines. The only writer of the instances. The first interval gives no figures, as in
 * the release. Invariant: what a worker did is counted once, in the interval in which its counters were read.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { MachineId, WorkerId } from '../../tables/fleet.ts';
import { READY } from '../../tables/fleet.ts';
import { NANOS_PER_MILLISECOND, toSeconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { MONITOR_PERIOD_NS, UTILISATION_PERIOD_NS } from './constants.ts';
import { IntervalCounters } from './interval-counters.ts';
import { predictedMs } from './latency-line.ts';
import { flagAfter, isHardlyUsed } from './overload.ts';
import type { InstanceFigures } from './overload.ts';
import { settleSlack } from './slack.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU } from './variant-facts.ts';
import type { HardwareKind } from './variant-facts.ts';

/** With nothing completed the mean latency is divided by this: an idle instance recovers. */
const IDLE_DECAY_CPU = 15;
const IDLE_DECAY_ACCELERATOR = 1.5;

export class Monitor {
  private readonly state: InfaasState;
  private readonly counters: IntervalCounters;
  private nextNs: Nanos = MONITOR_PERIOD_NS;
  private lastNs: Nanos = 0;
  private nextUtilisationNs: Nanos = UTILISATION_PERIOD_NS;
  private ticks = 0;
  /** Busy share of cores by machine, summed over the ticks since utilisation was refreshed. */
  private readonly coreShares: Float64Array;
  private coreSamples = 0;
  /** By worker: 1 while the signals say it is flagged. */
  private readonly signalled: Uint8Array;
  /** By architecture and machine, of this tick: accelerator instances, those hardly used, CPU instances. */
  private readonly accelerated: Int32Array;
  private readonly hardlyUsed: Int32Array;
  private readonly onCpu: Int32Array;

  constructor(state: InfaasState) {
    const { fleet, catalogue } = state.context;
    const { machinesMax } = fleet.machines;
    this.state = state;
    this.counters = new IntervalCounters(fleet, catalogue.variants.length);
    this.coreShares = new Float64Array(machinesMax);
    this.signalled = new Uint8Array(fleet.workersMax);
    const pairs = state.facts.architectures.length * machinesMax;
    this.accelerated = new Int32Array(pairs);
    this.hardlyUsed = new Int32Array(pairs);
    this.onCpu = new Int32Array(pairs);
  }

  /** Does what is due by now. Under INFaaS's own model scaling that is once a second; without it, as it is asked. */
  upTo(now: Nanos): void {
    if (now < this.nextNs) return;
    this.state.machines.follow();
    this.watchInstances(now);
    this.watchMachines(now);
    // On the grid: asked a little late, as on a wall clock, it is not late the next time.
    this.nextNs = (Math.floor(now / MONITOR_PERIOD_NS) + 1) * MONITOR_PERIOD_NS;
    this.lastNs = now;
  }

  private watchInstances(now: Nanos): void {
    const { state, counters } = this;
    counters.read();
    counters.forEachGone((cell) => state.instances.forget(cell));
    this.accelerated.fill(0);
    this.hardlyUsed.fill(0);
    this.onCpu.fill(0);
    this.ticks += 1;
    counters.forEach((cell, variant, machine) => {
      state.instances.replicas[cell] = counters.replicas[cell];
      if (this.ticks > 1) this.measure(cell, variant, toSeconds(now - this.lastNs));
      this.tally(cell, variant, machine);
    });
    this.watchScaledown(now);
    this.signal();
    settleSlack(state);
  }

  /** The figures of an instance in the interval that ends now, and its flag. */
  private measure(cell: number, variant: VariantIndex, elapsedS: number): void {
    const { counters, state } = this;
    const { instances, options, facts } = state;
    const requests = counters.received[cell];
    const completed = counters.completed[cell];
    instances.qps[cell] = requests / elapsedS;
    instances.inFlight[cell] = counters.inFlight[cell];
    if (requests > 0) {
      const mean = counters.receivedInputs[cell] / requests;
      instances.averageBatch[cell] = options.bugAverageBatchFloor ? Math.floor(mean) : mean;
    }
    if (completed > 0) {
      const spentNs = counters.serviceNs[cell] + instances.takeLoadWaitNs(cell, completed);
      instances.averageLatencyMs[cell] = spentNs / completed / NANOS_PER_MILLISECOND;
    } else {
      instances.averageLatencyMs[cell] /= facts.kind[variant] === ON_CPU ? IDLE_DECAY_CPU : IDLE_DECAY_ACCELERATOR;
    }
    this.measureObjective(cell);
    instances.flagged[cell] = flagAfter(instances.flagged[cell] === 1, this.figures(cell, variant)) ? 1 : 0;
  }

  /**
   * The mean objective of the requests of the interval; that of the last ones where there were none. The release says 0
   * then. But it calls an accelerator hardly used whose requests are fewer than a limit, and patient: none are fewer
   * still, and with 0 for patience the sign would go when the accelerator is used least.
   */
  private measureObjective(cell: number): void {
    const { instances, options } = this.state;
    if (instances.sloCount[cell] > 0)
      instances.averageSloMs[cell] = instances.sloSumMs[cell] / instances.sloCount[cell];
    else if (options.bugIdleSlo) instances.averageSloMs[cell] = 0;
    instances.sloSumMs[cell] = 0;
    instances.sloCount[cell] = 0;
  }

  private figures(cell: number, variant: VariantIndex): InstanceFigures {
    const { instances, facts, lines } = this.state;
    return {
      kind: facts.kind[variant] as HardwareKind, // The column holds nothing else.
      replicas: instances.replicas[cell],
      expectedMs: predictedMs(lines[variant], instances.averageBatch[cell]),
      averageLatencyMs: instances.averageLatencyMs[cell],
      qps: instances.qps[cell],
      inFlight: instances.inFlight[cell],
      averageSloMs: instances.averageSloMs[cell],
    };
  }

  private tally(cell: number, variant: VariantIndex, machine: MachineId): void {
    const { facts, context } = this.state;
    const pair = facts.architecture[variant] * context.fleet.machines.machinesMax + machine;
    if (facts.kind[variant] === ON_CPU) this.onCpu[pair] += 1;
    else {
      this.accelerated[pair] += 1;
      if (isHardlyUsed(this.figures(cell, variant))) this.hardlyUsed[pair] += 1;
    }
  }

  /**
   * An architecture may go back to CPUs on a machine where every accelerator instance of it is hardly used and no CPU
   * variant of it runs. In the release nothing but a load takes the sign back.
   */
  private watchScaledown(now: Nanos): void {
    const { state, counters } = this;
    const { machinesMax } = state.context.fleet.machines;
    counters.forEachLoaded((variant, machine) => {
      state.setScaledown(state.architectureOf(variant), machine, false, now);
    });
    for (let pair = 0; pair < this.accelerated.length; pair += 1) {
      const architecture = Math.floor(pair / machinesMax);
      const isScaledown =
        this.accelerated[pair] > 0 && this.hardlyUsed[pair] === this.accelerated[pair] && this.onCpu[pair] === 0;
      if (!isScaledown && state.options.bugScaledownNeverCleared) continue;
      state.setScaledown(architecture, pair % machinesMax, isScaledown, now);
    }
  }

  /** Tells the signals which workers belong to flagged instances. */
  private signal(): void {
    const { context, instances } = this.state;
    const { fleet, signals } = context;
    for (let worker: WorkerId = 0; worker < fleet.workersMax; worker += 1) {
      const isServing = fleet.state[worker] === READY && fleet.dedicated[worker] === 0;
      const cell = isServing ? instances.at(fleet.variant[worker], fleet.machine[worker]) : -1;
      const flagged = cell < 0 ? 0 : instances.flagged[cell];
      if (flagged === this.signalled[worker]) continue;
      this.signalled[worker] = flagged;
      signals.flag(worker, flagged === 1);
    }
  }

  /**
   * CPU utilisation is the mean of the busy shares that the service's monitor sampled since the last refresh; where it
   * is switched off, reserved cores stand in.
   */
  private watchMachines(now: Nanos): void {
    const { context, machines } = this.state;
    const { sampled } = context.fleet;
    for (let i = 0; i < machines.count; i += 1) {
      const machine = machines.order[ON_CPU][i];
      const share = sampled.refreshes > 0 ? sampled.machineCores[machine] : machines.reservedCores(machine);
      this.coreShares[machine] += share;
    }
    this.coreSamples += 1;
    if (now < this.nextUtilisationNs) return;
    machines.refresh((machine) => (100 * this.coreShares[machine]) / this.coreSamples);
    this.coreShares.fill(0);
    this.coreSamples = 0;
    this.nextUtilisationNs = (Math.floor(now / UTILISATION_PERIOD_NS) + 1) * UTILISATION_PERIOD_NS;
  }
}
