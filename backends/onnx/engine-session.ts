/**
 * Opens an ONNX Runtime session, inside the engine process: of a verified file, with tensors that we can feed, warmed
 * up. Failures are Errors with one line for people, without the file's name.
 */
import { InferenceSession, env, listSupportedBackends } from 'onnxruntime-node';
import { monotonicNs } from '../process/index.ts';
import type { LoadReport, LoadSpec } from './engine-protocol.ts';
import { readModelFile } from './model-file.ts';
import { planModel } from './model-plan.ts';
import { sessionProblem } from './session-error.ts';
import { sessionOptions } from './session-options.ts';
import { SessionRunner } from './session-runner.ts';
import { warmUp } from './warm-up.ts';

/** Reads, verifies, creates and warms up. */
export async function openSession(spec: LoadSpec): Promise<{ runner: SessionRunner; report: LoadReport }> {
  const startedNs = monotonicNs();
  const { bytes, sha256 } = readModelFile(spec.path, spec.sha256);
  const readAtNs = monotonicNs();
  const session = await createSession(bytes, spec);
  const declared = { inputs: session.inputMetadata, outputs: session.outputMetadata };
  const planned = new SessionRunner(session, planModel(declared, spec));
  const createdNs = monotonicNs();
  const runner = await warmUp(planned, spec);
  return {
    runner,
    report: {
      ...runner.tensors,
      sha256,
      readNs: readAtNs - startedNs,
      createNs: createdNs - readAtNs,
      warmUpNs: monotonicNs() - createdNs,
      peakMemoryBytes: peakMemoryBytes(),
    },
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
    return await InferenceSession.create(bytes, sessionOptions(spec));
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    throw new Error(sessionProblem(told, spec.hardware), { cause: error });
  }
}
