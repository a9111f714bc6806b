/**
 * The first runs of a session, on zeros. They make the later ones fast, and find out what a model does not declare: a
 * batch that is said to be free can still be fixed inside the graph, so it is tried with two inputs before a request
 * depends on it.
 */
import type { TensorSpec } from '../../core/index.ts';
import { OwnExchange, aligned } from '../process/index.ts';
import { elementBytes, elementCount } from '../tensors/index.ts';
import type { LoadSpec, ModelTensors, TensorPlace } from './engine-protocol.ts';
import { SessionRunner } from './session-runner.ts';

/** Extents of a trial: the batch, and what a request would choose. */
interface Trial {
  readonly batch: number;
  readonly open: number;
}

/** An empty text is its length alone. */
const EMPTY_TEXT_BYTES = 4;

/**
 * Runs the session. Returns it, or one that does not batch when the variant left that open and the model cannot.
 * @throws Error when no run succeeds; but where requests choose extents nobody knows which would, and the model is taken.
 */
export async function warmUp(runner: SessionRunner, { inputs, maxBatch }: LoadSpec): Promise<SessionRunner> {
  const { tensors } = runner;
  const mayChoose = inputs === undefined && maxBatch === 1;
  const triesTwo = tensors.batches && tensors.fixedBatch === null && (mayChoose || maxBatch > 1);
  const problem = await firstProblem(runner, triesTwo ? [1, 2] : [1]);
  if (problem === undefined) return runner;
  if (mayChoose && tensors.batches) {
    for (const extent of [2, 1]) {
      const single = new SessionRunner(runner.session, withoutBatch(tensors, extent === 1 ? 1 : -1));
      if ((await problemOf(single, { batch: 1, open: extent })) === undefined) return single;
    }
  }
  if (tensors.inputs.some(({ shape }) => shape.includes(-1))) return runner;
  throw new Error(problem);
}

async function firstProblem(runner: SessionRunner, batches: readonly number[]): Promise<string | undefined> {
  for (const batch of batches) {
    const problem = await problemOf(runner, { batch, open: 1 });
    const where = runner.tensors.batches ? ` with batch ${batch}` : '';
    if (problem !== undefined) return `a first run${where} failed: ${problem}`;
  }
  return undefined;
}

/** Runs zeros. Returns what went wrong, if anything did. */
async function problemOf(runner: SessionRunner, trial: Trial): Promise<string | undefined> {
  const places = placesOf(runner.tensors, trial);
  const last = places.at(-1);
  const zeros = new Uint8Array(last === undefined ? 0 : last.at + last.bytes);
  try {
    await runner.run([{ rows: trial.batch, inputs: places }], new OwnExchange(zeros));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function placesOf({ inputs, fixedBatch }: ModelTensors, { batch, open }: Trial): TensorPlace[] {
  let at = 0;
  return inputs.map(({ type, shape: spec }) => {
    const shape = spec.map((extent) => (extent === null ? (fixedBatch ?? batch) : extent === -1 ? open : extent));
    const bytes = elementCount(shape) * (type === 'string' ? EMPTY_TEXT_BYTES : elementBytes(type));
    const place = { shape, at, bytes };
    at = aligned(at + bytes);
    return place;
  });
}

/** The same tensors with an extent in the batch's place. */
function withoutBatch(tensors: ModelTensors, extent: number): ModelTensors {
  const single = (spec: TensorSpec): TensorSpec => ({
    ...spec,
    shape: spec.shape.map((size) => size ?? extent),
  });
  return {
    inputs: tensors.inputs.map(single),
    // What an output has in its first place need not be what the inputs have.
    outputs: tensors.outputs.map((spec) => ({ ...spec, shape: spec.shape.map((size) => size ?? -1) })),
    batches: false,
    fixedBatch: null,
  };
}
