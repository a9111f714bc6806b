/**
 * A fixed piece of inference, timed beside measurements: what a machine does slower for a while, it does slower for the
 * kernel too, so that times taken in different minutes can be compared after division by the kernel's.
 *
 * The kernel is the bundled ResNet-20 in fp32 at batch 4, about 1 ms, on one thread of an engine process of its own:
 * ONNX Runtime, its instructions and the way to another process are those of the models. Tried beside it, as ratios of
 * seven bundled networks' medians over 59 blocks in 100 s on 2 busy cores: the same network in int8 at batch 8, ResNet-8
 * in fp32 at batch 16 and a product of matrices in typed arrays; all left 1.5 to 4 % of spread (MAD) of 2 to 6 %, with no
 * winner, and the arrays, timed in the parent, had the longest tail of their own (18 %, this 6 %). Invariant: the work is the same in every process and on every machine; the model's digest is checked.
 */
import { join } from 'node:path';
import { median } from 'simple-statistics';
import { ServingError, invariant } from '../../core/index.ts';
import type { Nanos } from '../../core/index.ts';
import { Engines, repositoryRoot } from '../../backends/index.ts';
import type { Engine } from '../../backends/index.ts';

const MODEL = ['backends', 'catalogue', 'models', 'fashion-mnist', 'fmnist-resnet20.onnx'];
const SHA256 = 'c5db14a2d48d402519c791a56f4669bdff41057d7b87294e32444919ab13e56c';
const SIDE = 28;
const BATCH = 4;
const BYTES = BATCH * SIDE * SIDE * Float32Array.BYTES_PER_ELEMENT;
const RUN = { rows: BATCH, inputs: [{ shape: [BATCH, 1, SIDE, SIDE], at: 0, bytes: BYTES }] };
/** The way of a run settles after some hundred of them. */
const WARM_UP_RUNS = 200;
/** The first runs after others had the core fill its caches again. */
const UNTIMED_RUNS = 2;

export class ReferenceKernel {
  private readonly engines: Engines;
  private readonly engine: Engine;

  private constructor(engines: Engines, engine: Engine) {
    this.engines = engines;
    this.engine = engine;
  }

  /**
   * Starts and warms up the kernel's process.
   * @throws ServingError BUILD_MISSING; MEASURE_KERNEL when the bundled model cannot be run.
   */
  static async start(): Promise<ReferenceKernel> {
    const engines = new Engines();
    try {
      const engine = startedEngine(engines);
      const path = join(repositoryRoot(), ...MODEL);
      const loaded = await engine.load({ path, sha256: SHA256, hardware: 'cpu', threads: 1, maxBatch: BATCH });
      if (!loaded.ok) throw broken(loaded.failure.detail);
      const kernel = new ReferenceKernel(engines, engine);
      await kernel.medianNs(WARM_UP_RUNS);
      return kernel;
    } catch (error) {
      await engines.close();
      throw error;
    }
  }

  /** Process ids, for those who count processor time. */
  get pids(): readonly number[] {
    return this.engines.pids;
  }

  /**
   * Median time of the kernel now, without the way to its process. @param runs that are timed, at least 1.
   * @throws ServingError MEASURE_KERNEL when its process has ended.
   */
  async medianNs(runs: number): Promise<Nanos> {
    invariant(runs >= 1, 'a median of no runs');
    const timesNs: Nanos[] = [];
    for (let run = -UNTIMED_RUNS; run < runs; run += 1) {
      this.engine.room(BYTES).fill(0);
      const result = await this.engine.run([RUN], BYTES);
      if (!result.ok) throw broken(result.failure.detail);
      if (run >= 0) timesNs.push(result.report.inferEndedNs - result.report.inferStartedNs);
    }
    return Math.round(median(timesNs));
  }

  /** Ends its process. */
  close(): Promise<void> {
    return this.engines.close();
  }
}

function startedEngine(engines: Engines): Engine {
  try {
    return engines.start();
  } catch (error) {
    throw broken(`its process could not be started: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function broken(found: string): ServingError {
  return new ServingError({ code: 'MEASURE_KERNEL', message: 'the reference kernel does not run', found });
}
