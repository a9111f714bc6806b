/** Entry of the bare loop: ONNX Runtime and nothing else, with the session options that an engine has. */
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { monotonicNs } from '../../../backends/index.ts';
import { timed } from './pacing.ts';
import type { Series } from './pacing.ts';
import type { SceneModel } from './scene.ts';
import { answerCalls } from './tool.ts';

export interface BareLoop {
  readonly model: SceneModel;
  /** Sizes of the batches, in turn. */
  readonly batches: readonly number[];
  readonly durationMs: number;
}

/** Calls of the bare loop's process. */
export type BareCalls = {
  readonly series: { readonly takes: { model: SceneModel; series: Series }; readonly gives: Float64Array };
  readonly loop: {
    readonly takes: BareLoop;
    readonly gives: { readonly inputsPerSecond: number; readonly batchMs: number };
  };
};

type Run = (batch: number) => Promise<unknown>;

const runs = new Map<string, Promise<Run>>();
env.logLevel = 'fatal';

answerCalls<BareCalls>({
  series: async ({ model, series }) => {
    const run = await runOf(model);
    return timed(series, () => run(1));
  },
  loop: async ({ model, batches, durationMs }) => {
    const run = await runOf(model);
    const beganNs = monotonicNs();
    let inputs = 0;
    let count = 0;
    for (; monotonicNs() - beganNs < durationMs * 1e6; count += 1) {
      const batch = batches[count % batches.length];
      await run(batch);
      inputs += batch;
    }
    const tookMs = (monotonicNs() - beganNs) / 1e6;
    return { inputsPerSecond: (inputs / tookMs) * 1000, batchMs: tookMs / count };
  },
});

function runOf(model: SceneModel): Promise<Run> {
  let run = runs.get(model.name);
  if (run === undefined) runs.set(model.name, (run = open(model)));
  return run;
}

async function open({ path, input, shape, maxBatch }: SceneModel): Promise<Run> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const length = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length: maxBatch * length }, (_, at) => (at % 251) / 251);
  return async (batch) =>
    session.run({ [input]: new Tensor('float32', values.subarray(0, batch * length), [batch, ...shape]) });
}
