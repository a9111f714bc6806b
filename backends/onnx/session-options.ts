/**
 * How a session is opened, for all who open one: engines, and whoever times the beginning of one. Plain data: it can
 * be handed to another process.
 */
import type { InferenceSession } from 'onnxruntime-node';

export function sessionOptions({
  hardware,
  threads,
}: {
  /** ONNX Runtime's name of the execution provider. */
  readonly hardware: string;
  readonly threads: number;
}): InferenceSession.SessionOptions {
  return {
    executionProviders: [hardware],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    extra: {
      session: {
        // A model may name files to take weights from, and would find them from the working folder on; it finds none.
        model_external_initializers_file_folder_path: '/dev/null',
        // Idle threads that spin burn the cores of other workers: 45 ms of CPU for a run of 4.5 ms (measured).
        ...(threads > 1 ? { intra_op: { allow_spinning: '0' } } : {}),
      },
    },
  };
}
