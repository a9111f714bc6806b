/**
 * A child process of `measure-fashion-mnist.ts`: loads one model in a process that has loaded nothing else, as a live
 * worker's process does, and prints what that took as one line of JSON. It measures no batches.
 *
 * Arguments: the model file, the largest batch, then the sides of one input.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** What the child prints. */
export interface LoadProbe {
  /** Creating the session, with the runtime's one-off start-up. */
  readonly createNs: number;
  /** The first run, at batch 1. */
  readonly firstRunNs: number;
  /** Growth of the resident set from before the session until after runs at the largest batch. */
  readonly memoryBytes: number;
}

/** Runs at the largest batch before memory is read: the arena grows in the first few. */
const RUNS = 10;

const [modelPath = '', largestBatch = '1', ...sides] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await probe())}\n`);

async function probe(): Promise<LoadProbe> {
  const before = process.memoryUsage.rss();
  const startNs = process.hrtime.bigint();
  const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const createdNs = process.hrtime.bigint();
  await session.run({ [session.inputNames[0]]: zeros(1) });
  const ranNs = process.hrtime.bigint();
  for (let run = 0; run < RUNS; run += 1) await session.run({ [session.inputNames[0]]: zeros(Number(largestBatch)) });
  return {
    createNs: Number(createdNs - startNs),
    firstRunNs: Number(ranNs - createdNs),
    memoryBytes: process.memoryUsage.rss() - before,
  };
}

function zeros(batch: number): Tensor {
  const shape = [batch, ...sides.map(Number)];
  return new Tensor('float32', new Float32Array(shape.reduce((product, side) => product * side, 1)), shape);
}
