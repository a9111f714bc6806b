import { describe, expect, test } from 'vitest';
import { FAILED, milliseconds, reason } from '../../../core/index.ts';
import { onnxWorkers, runLive } from '../../../live/world/index.ts';
import type { LiveBackend, LiveBackendFactory, LiveBackendParts } from '../../../live/world/index.ts';
import { replayLog } from '../../../sim/index.ts';
import { isGoneSoon, manifest } from '../../backends/onnx/fixtures.ts';
import { ListedArrivals, bundled, comparable, livePlan, poisson, rowsOf } from './fixtures.ts';

/** ONNX engines that remember their processes and tell of each batch right after it was sent. */
function watched(started: (worker: number, nowNs: number, pid: number) => void = () => undefined): {
  readonly factory: LiveBackendFactory;
  readonly pids: ReadonlySet<number>;
} {
  const pids = new Set<number>();
  const factory = (parts: LiveBackendParts): LiveBackend => {
    const backend = onnxWorkers()(parts);
    const pidOf = (worker: number): number => backend.processOf?.(worker) ?? 0;
    return {
      load(worker, generation) {
        backend.load(worker, generation);
        pids.add(pidOf(worker));
      },
      execute(worker, ...batch) {
        backend.execute(worker, ...batch);
        started(worker, parts.world.now, pidOf(worker));
      },
      cancel: (...worker) => backend.cancel(...worker),
      unload: (...worker) => backend.unload(...worker),
      close: () => backend.close(),
      notes: () => backend.notes?.() ?? [],
    };
  };
  return { factory, pids };
}

async function allGone(pids: ReadonlySet<number>): Promise<boolean> {
  const gone = await Promise.all([...pids].map(isGoneSoon));
  return gone.every(Boolean);
}

describe('live runs on the bundled models', () => {
  test('every test image once gives the accuracy of the manifest', async () => {
    const catalogue = bundled(['fmnist-linear-fp32']);
    const arrivals = Array.from({ length: 2000 }, (_, at) => ({ atNs: at * milliseconds(0.5) }));
    const plan = livePlan(catalogue, {
      policies: { batching: ['fixed', { maxBatch: 32, maxDelay: milliseconds(5) }] },
    });
    const record = await runLive(plan, new ListedArrivals(arrivals));
    const right = manifest.variants.find(({ file }) => file === 'fmnist-linear.onnx')?.correctOfTest2000 ?? 0;
    expect(record.ending).toBe('drained');
    expect(record.notes).toContain(`measured accuracy ${(right / 20).toFixed(1)} % of 2,000 answered inputs`);
  });

  test('synthetic inputs run, and nobody claims an accuracy', async () => {
    const plan = livePlan(bundled(['fmnist-mlp-fp32']), { live: { payload: 'synthetic', threads: 1 } });
    const record = await runLive(plan, poisson(100, 0.3));
    expect(rowsOf(record).every(({ inferNs }) => inferNs > 0)).toBe(true);
    expect(record.notes.join()).not.toContain('accuracy');
  });

  test('a killed engine fails its batch, is replaced, and everyone else goes on', async () => {
    let killed = 0;
    const watch = watched((worker, nowNs, pid) => {
      if (worker !== 0 || nowNs < milliseconds(300) || killed > 0) return;
      killed += 1;
      process.kill(pid, 'SIGKILL');
    });
    const plan = livePlan(bundled(['fmnist-resnet20-fp32']), {
      policies: { 'model-scaling': ['fixed', { period: milliseconds(100) }], dispatch: ['round-robin'] },
      workers: [[0, 2]],
    });
    // Requests large enough that the engine is still at work when the signal comes.
    const arrivals = Array.from({ length: 60 }, (_, at) => ({ atNs: at * milliseconds(30), inputs: 32 }));
    const record = await runLive(plan, new ListedArrivals(arrivals), { backend: watch.factory, log: true });
    const rows = rowsOf(record);
    const failed = rows.filter(({ outcome }) => outcome === FAILED);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ worker, reason: why }) => worker === 0 && why === reason('worker-crashed'))).toBe(true);
    const failedNs = Math.max(...failed.map(({ scheduledNs, latencyNs }) => scheduledNs + latencyNs));
    const later = rows.filter(({ scheduledNs, outcome }) => scheduledNs > failedNs && outcome !== FAILED);
    expect(new Set(later.map(({ worker }) => worker))).toEqual(new Set([0, 1]));
    const replaced = record.decisions.filter(({ decision }) => decision.reason === '1 of 2 initial workers');
    expect(replaced.map(({ decision }) => decision.kind)).toEqual(['worker.start']);
    expect(record.serving.fleet.generation[0]).toBe(2);
    expect(record.notes).toContain('worker 0 (fmnist-resnet20-fp32): the engine process ended by SIGKILL');
    expect(record.ending).toBe('drained');
    expect(watch.pids.size).toBe(3);
    expect(await allGone(watch.pids)).toBe(true);
    if (record.log === undefined) throw new Error('the run kept no log');
    const replayed = replayLog(record.log, { serving: plan.serving, seed: plan.seed, decisionsMax: 2000 });
    expect(comparable(replayed)).toEqual(comparable(record));
    expect(replayed.findings).toEqual([]);
  });

  test('an abort keeps what was finished and leaves no process', async () => {
    const abort = new AbortController();
    const watch = watched((_worker, nowNs) => {
      if (nowNs > milliseconds(400)) abort.abort();
    });
    const plan = livePlan(bundled(['fmnist-lenet-fp32']), { workers: [[0, 2]] });
    const record = await runLive(plan, poisson(100, 60), { backend: watch.factory, signal: abort.signal });
    expect(record.ending).toBe('interrupted');
    expect(rowsOf(record).length).toBeGreaterThan(10);
    expect(watch.pids.size).toBe(2);
    expect(await allGone(watch.pids)).toBe(true);
  });

  test('an abort during the loads ends the run before it began', async () => {
    const watch = watched();
    const plan = livePlan(bundled(['fmnist-lenet-fp32']));
    const record = await runLive(plan, poisson(100, 60), { backend: watch.factory, signal: AbortSignal.timeout(5) });
    expect(record).toMatchObject({ ending: 'interrupted', endNs: 0 });
    expect(await allGone(watch.pids)).toBe(true);
  });

  test('an initial worker that cannot be loaded ends the run with the reason', async () => {
    const { variants, latency, machineTypes } = bundled(['fmnist-mlp-fp32', 'fmnist-linear-fp32']);
    const artifact = { path: 'no-such-model.onnx', sha256: '', bytes: 0 };
    const broken = variants.map((variant, at) => (at === 1 ? { ...variant, artifact } : variant));
    const watch = watched();
    const catalogue = Object.assign(bundled(['fmnist-mlp-fp32', 'fmnist-linear-fp32']), {
      variants: broken,
      latency,
      machineTypes,
    });
    const plan = livePlan(catalogue, {
      workers: [
        [0, 1],
        [1, 1],
      ],
    });
    const run = runLive(plan, poisson(100, 60), { backend: watch.factory });
    await expect(run).rejects.toMatchObject({
      name: 'ServingError',
      code: 'LIVE_LOAD_FAILED',
      message: expect.stringMatching(
        /^initial worker \d \(.*\) could not be loaded; found no-such-model.onnx: there is no such file; mend/,
      ),
    });
    expect(watch.pids.size).toBe(2);
    expect(await allGone(watch.pids)).toBe(true);
  });
});
