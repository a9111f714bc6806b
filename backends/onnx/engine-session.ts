/**
 * One ONNX Runtime session, inside the engine process: opens a verified file, checks that the model's tensors are
 * ones we can feed, warms it up, runs batches. Failures are Errors with one line for people, without the file's name.
 * Invariant: a session that opened has one input, and each output has one row per input.
 */
import { InferenceSession, Tensor, env, listSupportedBackends } from 'onnxruntime-node';
import type { TensorSpec } from '../../core/index.ts';
import type {
  InputArray,
  InputPlan,
  LoadReport,
  LoadSpec,
  OutputArray,
  OutputTensor,
  RunReport,
} from './engine-protocol.ts';
import { planInput } from './input-plan.ts';
import { readModelFile } from './model-file.ts';
import { monotonicNs } from './monotonic-ns.ts';

export interface OpenSession {
  readonly session: InferenceSession;
  readonly input: InputPlan;
}

/** Reads, verifies, creates and warms up. */
export async function openSession(spec: LoadSpec): Promise<{ opened: OpenSession; report: LoadReport }> {
  const startedNs = monotonicNs();
  const { bytes, sha256 } = readModelFile(spec.path, spec.sha256);
  const readAtNs = monotonicNs();
  const session = await createSession(bytes, spec);
  const opened = { session, input: planInput(session.inputMetadata, spec) };
  const createdNs = monotonicNs();
  await warmUp(opened, spec.maxBatch);
  return {
    opened,
    report: {
      input: opened.input,
      sha256,
      readNs: readAtNs - startedNs,
      createNs: createdNs - readAtNs,
      warmUpNs: monotonicNs() - createdNs,
      peakMemoryBytes: peakMemoryBytes(),
    },
  };
}

/** Runs one batch. @param inputs the batch's values, `count` inputs one after another. */
export async function runSession(
  { session, input }: OpenSession,
  inputs: InputArray,
  count: number,
): Promise<RunReport> {
  const rows = input.fixedBatch ?? count;
  const tensor = new Tensor(input.type, padded(inputs, rows * input.length), [rows, ...input.dims]);
  const inferStartedNs = monotonicNs();
  const outputs = await session.run({ [input.name]: tensor });
  const inferEndedNs = monotonicNs();
  return {
    outputs: session.outputNames.map((name) => rowsOf(name, outputs[name], rows, count)),
    inferStartedNs,
    inferEndedNs,
  };
}

/** Most memory this process has held. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

async function createSession(bytes: Uint8Array, spec: LoadSpec): Promise<InferenceSession> {
  env.logLevel = 'fatal';
  const known = listSupportedBackends().map(({ name }) => name);
  if (!known.includes(spec.hardware)) {
    throw new Error(`ONNX Runtime has no execution provider "${spec.hardware}" here; it has ${known.join(', ')}`);
  }
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [spec.hardware],
      intraOpNumThreads: spec.threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // Idle threads that spin burn the cores of other workers: 45 ms of CPU for a run of 4.5 ms (measured).
      ...(spec.threads > 1 ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
    });
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    const isDamaged = /protobuf parsing failed|data pointer is null/i.test(told);
    throw new Error(
      isDamaged
        ? `the file is no ONNX model, or a damaged one (${told})`
        : `ONNX Runtime cannot load it on "${spec.hardware}": ${told}`,
      { cause: error },
    );
  }
}

/**
 * A declared free batch can still be fixed somewhere inside the graph, so it is tried with two inputs before a
 * request depends on it.
 */
async function warmUp(opened: OpenSession, maxBatch: number): Promise<void> {
  const counts = opened.input.fixedBatch === null && maxBatch > 1 ? [1, 2] : [1];
  for (const count of counts) {
    const values = count * opened.input.length;
    const inputs = opened.input.type === 'float32' ? new Float32Array(values) : new Uint8Array(values);
    try {
      await runSession(opened, inputs, count);
    } catch (error) {
      throw new Error(
        `a first run with batch ${count} failed: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  }
}

function padded(inputs: InputArray, length: number): InputArray {
  if (inputs.length === length) return inputs;
  const whole = inputs instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
  whole.set(inputs);
  return whole;
}

/** An output without the rows that padding added. */
function rowsOf(name: string, tensor: Tensor, rows: number, count: number): OutputTensor {
  if (!isOutputType(tensor.type)) throw new Error(`output "${name}" is ${tensor.type}, which is not supported`);
  if (tensor.dims[0] !== rows) {
    throw new Error(
      `output "${name}" has shape [${tensor.dims.join(',')}]; its first dimension must be the batch, ${rows}`,
    );
  }
  const dims = tensor.dims.slice(1);
  // `isOutputType` has left only the types whose arrays these are.
  const data = tensor.data as OutputArray;
  return { name, type: tensor.type, dims, data: count === rows ? data : data.slice(0, (data.length / rows) * count) };
}

function isOutputType(type: Tensor.Type): type is TensorSpec['type'] {
  return ['float32', 'float16', 'int8', 'uint8', 'int32', 'int64'].includes(type);
}
