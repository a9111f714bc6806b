/**
 * Measures the trained Fashion-MNIST variants on this machine and prints `data/fashion-mnist.yaml`:
 *
 *   npx tsx backends/catalogue/measure-fashion-mnist.ts > fashion-mnist.yaml
 *
 * One intra-op thread, runs back to back (no idle gap), real test images, variants interleaved. Several passes are
 * taken and, for each variant and batch, a pass with the lowest median is kept: on a shared machine the others show
 * the neighbours. It is a maker of one table; profiling any model is the work of `experiments/measure`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, getPriority } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { mean, median } from 'simple-statistics';
import type { Nanos } from '../../core/index.ts';
import { formatBytes, formatDuration, quantileFunction, valueAt } from '../../core/index.ts';
import type { LoadProbe } from './load-probe-process.ts';
import { repositoryRoot } from './repository-root.ts';

const BATCHES = [1, 2, 4, 8, 16, 32];
const PERCENTS = [1, 5, 10, 25, 50, 75, 90, 95, 99];
const PASSES = 5;
const LOAD_PROBES = 9;
/** Passes with medians this close are equal; the one with the lowest mean was disturbed the least. */
const EQUAL_MEDIANS = 1.02;
/** Runs of about this long are judged together: reading the counter of context switches costs a microsecond. */
const BLOCK_NS = 500_000;
/** Host cost of a batch that the table does not contain: crossing to the worker's process and back. */
const HOST_OVERHEAD = '100 us';

interface ManifestVariant {
  readonly file: string;
  readonly architecture: string;
  readonly precision: string;
  readonly accuracyTest10000: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** One pass of one variant at one batch. */
interface Cell {
  readonly meanNs: Nanos;
  /** At `PERCENTS`. */
  readonly quantilesNs: readonly Nanos[];
}

interface Load {
  readonly loadNs: Nanos;
  /** Growth of the process by loading and running the variant. */
  readonly sessionBytes: number;
  /** The whole process. */
  readonly processBytes: number;
}

const models = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
// The manifest lies beside the models it describes and is written with them.
const manifest = JSON.parse(readFileSync(join(models, 'manifest.json'), 'utf8')) as {
  readonly labels: readonly string[];
  readonly variants: readonly ManifestVariant[];
};
const pixels = readFileSync(join(models, 'test-2000-images.u8'));

process.stdout.write(await measure());

async function measure(): Promise<string> {
  const cells = new Map<string, Cell[]>();
  const sessions = new Map<string, InferenceSession>();
  for (const { file } of manifest.variants) {
    sessions.set(
      file,
      await InferenceSession.create(join(models, file), { intraOpNumThreads: 1, interOpNumThreads: 1 }),
    );
  }
  for (let pass = 1; pass <= PASSES; pass += 1) {
    for (const batch of BATCHES) {
      for (const [file, session] of sessions) {
        const key = `${file} ${batch}`;
        cells.set(key, [...(cells.get(key) ?? []), await measureCell(session, batch)]);
      }
    }
    process.stderr.write(`pass ${pass} of ${PASSES}\n`);
  }
  const loads = probeLoads();
  const entries = manifest.variants.map((variant, index) =>
    variantYaml(variant, {
      cellOf: (batch) => leastDisturbed(cells.get(`${variant.file} ${batch}`) ?? []),
      load: loads(variant.file),
      // The first variant names the classes, the others refer to it.
      labels: index === 0 ? `&labels [${manifest.labels.join(', ')}]` : '*labels',
    }),
  );
  return `${heading()}\nvariants:\n${entries.join('\n')}`;
}

async function measureCell(session: InferenceSession, batch: number): Promise<Cell> {
  const feeds = { [session.inputNames[0]]: images(batch) };
  const warm = await timeRuns(session, feeds, { runs: batch === 1 ? 500 : 50, block: 1 });
  const runNs = median(warm);
  // A tenth of a second at least: one hiccup may not decide the mean of a network that runs for microseconds.
  const runs = batch === 1 ? 2000 : Math.min(2000, Math.max(300, Math.ceil(1e8 / runNs)));
  const samplesNs = await timeRuns(session, feeds, { runs, block: Math.max(1, Math.floor(BLOCK_NS / runNs)) });
  const meanNs = mean(samplesNs);
  const quantiles = quantileFunction({ meanNs, samplesNs });
  if (quantiles === undefined) throw new Error('a row with samples has quantiles');
  return {
    meanNs: fourDigits(meanNs),
    quantilesNs: PERCENTS.map((percent) => fourDigits(valueAt(quantiles, percent / 100))),
  };
}

/**
 * Times runs until there are enough of them. Runs are taken in blocks, and a block during which the system gave the
 * core to another process is left out: a profile is the work at full speed, and neighbours are the world's business.
 * On a machine so busy that most blocks are disturbed, all runs count, and the table shows it.
 */
async function timeRuns(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
  { runs, block }: { readonly runs: number; readonly block: number },
): Promise<Nanos[]> {
  const undisturbed: Nanos[] = [];
  const all: Nanos[] = [];
  while (undisturbed.length < runs && all.length < 3 * runs) {
    const taken = new Array<Nanos>(block);
    const switches = process.resourceUsage().involuntaryContextSwitches;
    for (let run = 0; run < block; run += 1) {
      const startNs = process.hrtime.bigint();
      await session.run(feeds);
      taken[run] = Number(process.hrtime.bigint() - startNs);
    }
    all.push(...taken);
    if (process.resourceUsage().involuntaryContextSwitches === switches) undisturbed.push(...taken);
  }
  return undisturbed.length >= runs ? undisturbed : all;
}

function leastDisturbed(passes: readonly Cell[]): Cell {
  const medianOf = (cell: Cell): Nanos => cell.quantilesNs[PERCENTS.indexOf(50)];
  const lowestNs = Math.min(...passes.map(medianOf));
  return passes
    .filter((cell) => medianOf(cell) <= EQUAL_MEDIANS * lowestNs)
    .reduce((best, cell) => (cell.meanNs < best.meanNs ? cell : best));
}

/** The first images of the test set, normalised as the manifest says. */
function images(batch: number): Tensor {
  const data = Float32Array.from(pixels.subarray(0, batch * 28 * 28), (pixel) => (pixel / 255 - 0.286) / 0.353);
  return new Tensor('float32', data, [batch, 1, 28, 28]);
}

/** What a variant's load takes, by file; the variants take turns, so that no one meets a busy moment alone. */
function probeLoads(): (file: string) => Load {
  const probes = new Map<string, LoadProbe[]>();
  for (let round = 0; round < LOAD_PROBES; round += 1) {
    for (const { file } of manifest.variants) probes.set(file, [...(probes.get(file) ?? []), probeLoad(file)]);
  }
  const processBytes = bareProcessBytes();
  return (file) => {
    const taken = probes.get(file) ?? [];
    const sessionBytes = Math.max(...taken.map(({ memoryBytes }) => memoryBytes));
    return {
      loadNs: fourDigits(median(taken.map(({ createNs, firstRunNs }) => createNs + firstRunNs))),
      sessionBytes: wholeMegabytes(sessionBytes),
      processBytes: wholeMegabytes(processBytes + sessionBytes),
    };
  };
}

function probeLoad(file: string): LoadProbe {
  const here = fileURLToPath(import.meta.url);
  const child = join(dirname(here), `load-probe-process${extname(here)}`);
  // The parent's own flags make the child understand TypeScript where the parent does.
  const args = [...process.execArgv, child, join(models, file), String(Math.max(...BATCHES)), '1', '28', '28'];
  // The child prints exactly this.
  return JSON.parse(runNode(args)) as LoadProbe;
}

/** Resident set of a process that has the runtime loaded and no model. */
function bareProcessBytes(): number {
  const script = "await import('onnxruntime-node'); process.stdout.write(String(process.memoryUsage.rss()));";
  return Number(runNode(['--input-type=module', '--eval', script]));
}

function runNode(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: repositoryRoot() });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

function wholeMegabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6) * 1e6;
}

/** Four significant digits, in whole nanoseconds: more would be noise. */
function fourDigits(valueNs: number): Nanos {
  return Math.round(Number(valueNs.toPrecision(4)));
}

interface Measured {
  readonly cellOf: (batch: number) => Cell;
  readonly load: Load;
  readonly labels: string;
}

function variantYaml(variant: ManifestVariant, { cellOf, load, labels }: Measured): string {
  const { architecture, precision } = variant;
  const rows = BATCHES.map((batch) => {
    const cell = cellOf(batch);
    const quantiles = PERCENTS.map((percent, index) => `p${percent}: ${formatDuration(cell.quantilesNs[index])}`);
    return `        - batch: ${batch}
          mean: ${formatDuration(cell.meanNs)}
          quantiles: { ${quantiles.join(', ')} }`;
  });
  return `  - name: fmnist-${architecture}-${precision}
    use_case: { task: classification, dataset: fashion-mnist }
    architecture: ${architecture}
    framework: onnxruntime
    hardware: cpu
    precision: ${precision}
    max_batch: ${Math.max(...BATCHES)}
    accuracy_percent: ${Number((variant.accuracyTest10000 * 100).toFixed(2))}
    resources: { cores: 1, memory: ${formatBytes(load.processBytes)} }
    inputs: [{ name: input, type: float32, shape: [null, 1, 28, 28] }]
    outputs: [{ name: logits, type: float32, shape: [null, 10] }]
    artifact:
      path: ../models/fashion-mnist/${variant.file}
      sha256: ${variant.sha256}
      size: ${variant.bytes} B
    handler: fashion-mnist
    labels: ${labels}
    profile:
      source: measured by backends/catalogue/measure-fashion-mnist.ts on the machine named above
      load: ${formatDuration(load.loadNs)}
      peak_memory: ${formatBytes(load.sessionBytes)}
      host_overhead: ${HOST_OVERHEAD}
      rows:
${rows.join('\n')}
`;
}

function heading(): string {
  return `# The trained Fashion-MNIST variants: six networks in three precisions, with the profile of each.
# Written by: npx tsx backends/catalogue/measure-fashion-mnist.ts
#
# Measured ${new Date().toISOString().slice(0, 10)} on ${cpus()[0].model}, ${cpus().length} cores, Node ${process.versions.node}, onnxruntime-node ${env.versions.node ?? 'unknown'},
# one intra-op thread, priority ${getPriority()}. Absolute times move by 20-30 % between hours on a virtual
# machine: measure again on yours before you compare with live runs.
#
# rows: runs back to back after warm-up, at least 2000 at batch 1 and 300 at the others, in each of ${PASSES} passes on a shared
#   machine. Runs during which the system gave the core to another process are left out; of the passes within 2 % of
#   the lowest median, each row is the one with the lowest mean. Idle gaps between batches make real runs slower
#   (several times for networks this small), so the table is optimistic at low load.
# load: creating the session plus the first run, in a fresh process; median of ${LOAD_PROBES}. Starting the process is not in it.
# peak_memory: growth of that process's resident set up to runs at the largest batch, largest of ${LOAD_PROBES}; an estimate.
# resources.memory: that and the process itself (Node and the runtime), which is what a worker takes from its machine.
# host_overhead: what a batch takes around its execution (crossing to a worker's process and back), from a live run of the
#   quickstart on that machine: medians 0.09 ms at batch 1, 0.16 ms at batch 8 (preprocess_ms + postprocess_ms).
# accuracy: of 10,000 test images, from models/fashion-mnist/manifest.json.
`;
}
