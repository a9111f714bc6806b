/**
 * Carries out a timings config: every cell (model and precision x hardware x threads) has its init and its handle part
 * taken in turns, one process or one turn of each cell after the other in a seeded order, so that no cell meets a busy
 * minute alone; the reference kernel is timed in between. What was finished is kept when it is interrupted.
 */
import type { Nanos, TimingsCell, TimingsMicro, TimingsPhase, TimingsResult } from '../../../core/index.ts';
import { TIMINGS_VERSION, toMilliseconds } from '../../../core/index.ts';
import { monotonicNs } from '../../../backends/index.ts';
import { configHash } from '../../config/config-hash.ts';
import { environmentOf } from '../../run/environment.ts';
import { CpuWatch } from '../cpu-watch.ts';
import type { CpuShares } from '../cpu-watch.ts';
import { environmentStamp } from '../environment-stamp.ts';
import { ReferenceKernel } from '../reference-kernel.ts';
import { CONFIDENCE, RESAMPLES, UNITS_MIN } from './bootstrap.ts';
import { kernelNoise } from './kernel-noise.ts';
import type { Subject } from './prepare-subjects.ts';
import { prepareSubjects } from './prepare-subjects.ts';
import { samplesNeeded, summarisePhase } from './summarise-phase.ts';
import { timeFunctions } from './time-functions.ts';
import type { TimingsConfig } from './timings-config.ts';
import type { MeasuredCell } from './timings-steps.ts';
import { StepsForecast } from './steps-forecast.ts';
import { cellsOf, microNs, plannedNs, stepsOf } from './timings-steps.ts';
import { timingsVerdict } from './timings-verdict.ts';

/** Runs of the reference kernel whose median is one of its times: some 20 ms. */
const KERNEL_RUNS = 15;

export interface TimingsProgress {
  readonly finishedBlocks: number;
  readonly totalBlocks: number;
  /** Estimated time left. */
  readonly leftNs: Nanos;
  readonly label: string;
}

export interface TimingsOptions {
  /** Where models of the zoo are kept between runs. */
  readonly modelsFolder: string;
  /** The line that repeats the run. */
  readonly command: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: TimingsProgress) => void;
  /** Given the result so far, which is invalid, when something breaks the run. */
  readonly onBroken?: (partial: TimingsResult) => Promise<void>;
}

/**
 * @throws ServingErrors of models and images before anything is measured; ServingError BUILD_MISSING. No process is left
 * behind. A request or process that fails is counted, and makes the result invalid; what breaks the run itself is thrown
 * after `onBroken` was given what there is.
 */
export async function runTimings(config: TimingsConfig, options: TimingsOptions): Promise<TimingsResult> {
  const startedAt = new Date();
  const startMs = performance.now();
  const stamp = environmentStamp();
  const { signal, onProgress } = options;
  const onSubject = (name: string): void =>
    onProgress?.({ finishedBlocks: 0, totalBlocks: 1, leftNs: plannedNs(config), label: `preparing ${name}` });
  const subjects = await prepareSubjects(config, { ...options, onSubject });
  const cells = cellsOf(config, subjects);
  const resultOf = (
    { kernelMs, shares }: Measured,
    micro: readonly TimingsMicro[],
    complete: boolean,
  ): TimingsResult => {
    const { percentiles: ofInit } = config.init;
    const { percentiles: ofHandle } = config.handle;
    const rules = {
      percentiles: { init: ofInit.map(ruleOf), handle: ofHandle.map(ruleOf) },
      confidence: CONFIDENCE,
      resamples: RESAMPLES,
      unitsMin: UNITS_MIN,
    };
    const noise = kernelNoise(kernelMs, shares);
    const wallS = (performance.now() - startMs) / 1e3;
    const draft = { complete, rules, noise, cells: cells.map((cell) => cellResult(cell, config)), micro };
    return {
      version: TIMINGS_VERSION,
      kind: 'timings',
      name: config.name,
      question: config.question,
      config: config.resolved,
      configHash: configHash(config.resolved),
      seed: config.seed,
      command: options.command,
      environment: environmentOf(startedAt, wallS),
      stamp,
      ...draft,
      verdict: timingsVerdict(draft, config),
      subjects: subjects.map(subjectResult),
    };
  };
  const { broken, ...measured } = await measureCells(config, cells, options);
  const keep = async (cause: unknown): Promise<never> => {
    await options.onBroken?.(resultOf(measured, [], false));
    throw cause;
  };
  if (broken !== undefined) return keep(broken.cause);
  const wantsMicro = config.measure.includes('micro');
  const micro = wantsMicro ? await timeFunctions(config.micro, { seed: config.seed, signal }).catch(keep) : [];
  return resultOf(measured, micro, signal?.aborted !== true);
}

interface Measured {
  /** Times of the reference kernel, one before each step. */
  readonly kernelMs: readonly number[];
  readonly shares: CpuShares | undefined;
}

/** Takes all steps; the cells collect their samples. @returns with `broken`, what ended it before its end. */
async function measureCells(
  config: TimingsConfig,
  cells: readonly MeasuredCell[],
  { signal, onProgress }: TimingsOptions,
): Promise<Measured & { readonly broken?: { readonly cause: unknown } }> {
  // Children that have ended count as ours, and at the end all have.
  const watch = new CpuWatch(() => []);
  const kernelMs: number[] = [];
  const steps = stepsOf(config, cells);
  const forecast = new StepsForecast(steps, microNs(config));
  const kernel = await ReferenceKernel.start();
  try {
    for (const [finished, step] of steps.entries()) {
      if (signal?.aborted === true) break;
      const { label, run } = step;
      onProgress?.({ finishedBlocks: finished, totalBlocks: steps.length, leftNs: forecast.leftNs, label });
      const startedNs = monotonicNs();
      kernelMs.push(toMilliseconds(await kernel.medianNs(KERNEL_RUNS)));
      await run(signal);
      forecast.finished(step, monotonicNs() - startedNs);
    }
  } catch (cause) {
    return { kernelMs, shares: watch.shares(), broken: { cause } };
  } finally {
    await kernel.close();
  }
  return { kernelMs, shares: watch.shares() };
}

function cellResult(cell: MeasuredCell, { init, handle, measure, seed }: TimingsConfig): TimingsCell {
  const { subject, label, hardware, threads, cell: index } = cell;
  const phaseOf = (
    name: 'init' | 'handle',
    { unitsWanted, percentiles }: { readonly unitsWanted: number; readonly percentiles: readonly number[] },
  ): TimingsPhase | null => {
    if (!measure.includes(name)) return null;
    const { units, failed, samples } = cell[name];
    const parts = summarisePhase(name, samples, { percentiles, seed: `${seed}/${label}` });
    return { units, unitsWanted, failed: Object.fromEntries(failed), samples, parts };
  };
  return {
    cell: index,
    label,
    subject: subject.config.name,
    model: subject.config.model,
    precision: subject.precision,
    hardware,
    threads,
    init: phaseOf('init', { unitsWanted: init.processes, percentiles: init.percentiles }),
    handle: phaseOf('handle', { unitsWanted: handle.turns, percentiles: handle.percentiles }),
  };
}

function subjectResult({
  config,
  path,
  sha256,
  bytes,
  precision,
  imagesText,
}: Subject): TimingsResult['subjects'][number] {
  const { name, model, source, handler } = config;
  const origin = source.kind === 'zoo' ? 'zoo (untrained)' : source.kind;
  return { name, model, precision, origin, file: path, sha256, bytes, handler, images: imagesText };
}

function ruleOf(percent: number): { percent: number; needed: number } {
  return { percent, needed: samplesNeeded(percent) };
}
