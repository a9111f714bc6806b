/**
 * One scenario in one round of a matrix: what it is measured by (profile, capacity, calibration), then its cells. A
 * simulation is told the profile and the calibration of its round, the trace, and by how much the reference kernel was
 * faster or slower around the live run than around the calibration; it is told nothing of the live run itself.
 */
import { mean } from 'simple-statistics';
import type { Calibration, Nanos, Profile, ReplicationResult, Variant } from '../../../core/index.ts';
import { NANOS_PER_SECOND, RandomStreams, ServingError, scaleProfile } from '../../../core/index.ts';
import type { ExperimentConfig } from '../../config/experiment-config.ts';
import { batchWaitOf, fitCalibration, observedBatches, refuseInvalid } from '../calibration/index.ts';
import { profileVariants } from '../profile/index.ts';
import type { ReferenceKernel } from '../reference-kernel.ts';
import type { MatrixArrivals, MatrixConfig } from './matrix-config.ts';
import { arrivalsAt, matrixTask, saturatingArrivals } from './matrix-task.ts';
import { runMatrixLive, runMatrixSimulated } from './perform-matrix-run.ts';

/** What was measured of a scenario in a round before its cells were run: for the record, and to look for causes. */
export interface MatrixBasis {
  readonly scenario: string;
  readonly round: number;
  /** Requests answered per second by workers that never wait. */
  readonly capacityRps: number;
  readonly calibration: Calibration;
  readonly calibrationNotes: readonly string[];
}

/** A live run and its simulation. */
export interface MatrixPair {
  readonly scenario: string;
  readonly arrivals: string;
  readonly loadPercent: number;
  readonly round: number;
  readonly rateRps: number;
  /** Median time of the reference kernel around the live run over that during the calibration. */
  readonly kernelRatio: number;
  readonly live: ReplicationResult;
  readonly simulated: ReplicationResult;
}

/** Runs of the kernel at a time: a fifth of a second or so. */
const KERNEL_RUNS = 150;

/** One point of a scenario. */
interface Cell {
  readonly arrivals: MatrixArrivals;
  readonly loadPercent: number;
}

export interface ScenarioTurnParts {
  readonly config: MatrixConfig;
  readonly scenario: ExperimentConfig;
  readonly round: number;
  readonly kernel: ReferenceKernel;
  readonly signal: AbortSignal | undefined;
}

export class ScenarioTurn {
  private readonly config: MatrixConfig;
  private readonly scenario: ExperimentConfig;
  private readonly round: number;
  private readonly kernel: ReferenceKernel;
  private readonly signal: AbortSignal | undefined;
  private profiles: ReadonlyMap<string, Profile> = new Map();
  private capacityRps = 0;
  private calibration: Calibration | null = null;
  /** The kernel around the calibration: what the tables are scaled against. */
  private kernelNs: Nanos = 0;

  constructor({ config, scenario, round, kernel, signal }: ScenarioTurnParts) {
    this.config = config;
    this.scenario = scenario;
    this.round = round;
    this.kernel = kernel;
    this.signal = signal;
  }

  /** Profile, capacity, calibration. */
  async prepare(tell: (label: string) => void): Promise<MatrixBasis> {
    const { scenario, round, config } = this;
    const label = (what: string): void => tell(`${scenario.name}, ${what}, round ${round + 1}`);
    label('profile');
    this.profiles = await this.takeProfiles();
    label('capacity');
    this.capacityRps = await this.measureCapacity();
    label('calibration');
    const rateRps = (config.calibrationLoadPercent / 100) * this.capacityRps;
    const seed = this.seedOf('calibration');
    const arrivals = arrivalsAt({ name: 'poisson', kind: 'poisson' }, rateRps);
    const { value: live, kernelNs } = await this.besideKernel(() =>
      runMatrixLive(this.task({ arrivals, durationNs: config.calibrationNs, warmUpNs: 0, seed }), this.signal),
    );
    this.kernelNs = kernelNs;
    refuseInvalid(live.result, scenario.name);
    const fit = fitCalibration({
      // As of the judged runs: what comes first warms the service up.
      batches: observedBatches(live.rows.filter(({ scheduledNs }) => scheduledNs >= config.warmUpNs)),
      variants: this.variants(),
      source: `${scenario.name}, Poisson at ${config.calibrationLoadPercent} % of capacity, round ${round + 1}`,
      batchWaitNs: batchWaitOf(scenario.points[0].policies[0]),
    });
    this.calibration = fit.calibration;
    return {
      scenario: scenario.name,
      round,
      capacityRps: this.capacityRps,
      calibration: fit.calibration,
      calibrationNotes: fit.notes,
    };
  }

  /** The cells in an order of the round's own, so that no load always comes last. */
  cells(): readonly Cell[] {
    const { arrivals, loadsPercent } = this.config;
    const cells = arrivals.flatMap((each) => loadsPercent.map((loadPercent) => ({ arrivals: each, loadPercent })));
    const stream = new RandomStreams(this.seedOf('order')).stream('cells');
    const keyed = cells.map((cell) => ({ cell, key: stream.unit() }));
    return keyed.toSorted((a, b) => a.key - b.key).map(({ cell }) => cell);
  }

  async run({ arrivals, loadPercent }: Cell): Promise<MatrixPair> {
    const { config, scenario, round, capacityRps, calibration } = this;
    const rateRps = (loadPercent / 100) * capacityRps;
    const run = {
      arrivals: arrivalsAt(arrivals, rateRps),
      durationNs: config.durationNs,
      warmUpNs: config.warmUpNs,
      seed: this.seedOf(`${arrivals.name}/${loadPercent}`),
    };
    const { value: live, kernelNs } = await this.besideKernel(() =>
      runMatrixLive(this.task({ ...run, calibration }), this.signal),
    );
    // The machine is a few percent faster or slower than minutes ago; the kernel beside the run knows, the tables do not.
    const speed = kernelNs / this.kernelNs;
    const simulated = await runMatrixSimulated(this.task({ ...run, calibration, speed }));
    return {
      scenario: scenario.name,
      arrivals: arrivals.name,
      loadPercent,
      round,
      rateRps,
      kernelRatio: kernelNs / this.kernelNs,
      live: live.result,
      simulated: simulated.result,
    };
  }

  private async takeProfiles(): Promise<ReadonlyMap<string, Profile>> {
    const { profile } = this.config;
    const { variants } = this.scenario.points[0].scenario;
    const profiled = variants.map((variant) => {
      if (variant.artifact === undefined) throw withoutModel(this.scenario, variant);
      const { name, hardware, maxBatch, inputs, outputs, useCase, resources } = variant;
      const { path: file, sha256 } = variant.artifact;
      const threads = Math.max(1, Math.round(resources.cores));
      // The largest batch belongs to the table: nothing is extrapolated.
      const batches = [...new Set([...profile.batches.filter((batch) => batch < maxBatch), maxBatch])];
      return { name, file, sha256, hardware, threads, maxBatch, batches, inputs, outputs, useCase };
    });
    return profileVariants(profiled, {
      batches: profile.batches,
      gapsNs: profile.gapsNs,
      samplesMax: profile.samples,
      cellBudgetNs: profile.cellBudgetNs,
      signal: this.signal,
    });
  }

  private async measureCapacity(): Promise<number> {
    const { capacityNs } = this.config;
    const run = {
      arrivals: saturatingArrivals(this.scenario),
      durationNs: capacityNs,
      // Workers that a scaler starts are there by then.
      warmUpNs: Math.floor(capacityNs / 2),
      seed: this.seedOf('capacity'),
    };
    const { rows } = await runMatrixLive(this.task(run), this.signal);
    this.signal?.throwIfAborted();
    const answered = rows.filter(({ scheduledNs, latencyNs, batchInputs }) => {
      const endNs = scheduledNs + latencyNs;
      return batchInputs > 0 && endNs >= run.warmUpNs && endNs < capacityNs;
    });
    const capacityRps = (answered.length * NANOS_PER_SECOND) / (capacityNs - run.warmUpNs);
    if (capacityRps > 0) return capacityRps;
    throw new ServingError({
      code: 'MATRIX_NO_CAPACITY',
      message: `the service of ${this.scenario.name} answers nothing under full load`,
      found: 'no answers',
      expected: 'some in the second half of the capacity run',
      next: 'make `capacity` longer, or look at the config with rehearse run --live',
    });
  }

  private async besideKernel<Value>(work: () => Promise<Value>): Promise<{ value: Value; kernelNs: Nanos }> {
    const beforeNs = await this.kernel.medianNs(KERNEL_RUNS);
    const value = await work();
    const afterNs = await this.kernel.medianNs(KERNEL_RUNS);
    return { value, kernelNs: mean([beforeNs, afterNs]) };
  }

  private task(
    run: Pick<Parameters<typeof matrixTask>[1], 'arrivals' | 'durationNs' | 'warmUpNs' | 'seed'> & {
      readonly calibration?: Calibration | null;
      /** What the tables are multiplied with. Default: 1. */
      readonly speed?: number;
    },
  ): ReturnType<typeof matrixTask> {
    const { calibration = null, speed = 1, ...rest } = run;
    return matrixTask(this.scenario, { ...rest, round: this.round, variants: this.variants(speed), calibration });
  }

  /** The variants with the profiles of the round, times a factor. */
  private variants(speed = 1): readonly Variant[] {
    return this.scenario.points[0].scenario.variants.map((variant) => {
      const profile = this.profiles.get(variant.name);
      return profile === undefined ? variant : { ...variant, profile: scaleProfile(profile, speed) };
    });
  }

  private seedOf(purpose: string): string {
    return `${this.config.seed}/${this.scenario.name}/${purpose}/${this.round}`;
  }
}

function withoutModel({ name }: ExperimentConfig, variant: Variant): ServingError {
  return new ServingError({
    code: 'MATRIX_NO_MODEL',
    message: `variant ${variant.name} of ${name} has no model file`,
    expected: 'variants that can be run live',
  });
}
