/** What a model file is, found out by loading it in an engine process of its own: for those who register models. */
import { ServingError } from '../../core/index.ts';
import type { Bytes, Nanos, TensorSpec } from '../../core/index.ts';
import { monotonicNs } from '../process/index.ts';
import { Engines } from './engines.ts';

export interface DescribeOptions {
  /** A model that takes longer to load and run once is refused. */
  readonly timeoutNs: Nanos;
  /** A model that needs more memory is refused; looked at some twenty times a second. Default: no limit. */
  readonly memoryMaxBytes?: Bytes | undefined;
  /** ONNX Runtime's name of the execution provider. Default: `cpu`. */
  readonly hardware?: string | undefined;
  /** Threads of the trial. Default: 1. */
  readonly threads?: number | undefined;
  /** Digest the file must have. Default: any. */
  readonly sha256?: string | undefined;
  /** Breaks it off: the model is refused then. */
  readonly signal?: AbortSignal | undefined;
}

export interface ModelDescription {
  /**
   * As a variant states them. A model batches when all its tensors leave the first dimension open and a run with two
   * inputs succeeds.
   */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly sha256: string;
  /** From the start of the process until the first runs had ended. */
  readonly loadNs: Nanos;
  readonly peakMemoryBytes: Bytes;
}

/**
 * Loads the model and runs it once or twice on zeros.
 *
 * @throws ServingError MODEL_REFUSED, whose `found` says in one line why, without the file's name; BUILD_MISSING.
 */
export async function describeModel(path: string, options: DescribeOptions): Promise<ModelDescription> {
  const { timeoutNs, memoryMaxBytes, hardware = 'cpu', threads = 1, sha256: expected, signal } = options;
  const engines = new Engines({ memoryMaxBytes });
  const breakOff = (): void => void engines.close();
  signal?.addEventListener('abort', breakOff);
  try {
    const startedNs = monotonicNs();
    const digest = expected === undefined ? {} : { sha256: expected };
    const loaded = await engines.start().load({ path, hardware, threads, maxBatch: 1, ...digest }, timeoutNs);
    if (!loaded.ok) {
      throw new ServingError({
        code: 'MODEL_REFUSED',
        message: 'the model cannot be loaded',
        found: loaded.failure.detail,
        expected: 'an ONNX model that runs here by itself',
      });
    }
    const { inputs, outputs, sha256, peakMemoryBytes } = loaded.report;
    return { inputs, outputs, sha256, loadNs: monotonicNs() - startedNs, peakMemoryBytes };
  } finally {
    signal?.removeEventListener('abort', breakOff);
    await engines.close();
  }
}
