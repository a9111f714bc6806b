/** What is served: models of three sizes and the config of a service with one worker for each, in a temporary folder. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../../backends/index.ts';
import { nodeModel, tinyModel } from '../../backends/onnx/tiny-model.ts';

/** A model of one float32 input, whose first dimension is the batch. */
export interface SceneModel {
  readonly name: string;
  readonly path: string;
  readonly input: string;
  /** Of one input. */
  readonly shape: readonly number[];
  readonly maxBatch: number;
}

export interface Scene {
  readonly folder: string;
  readonly config: string;
  /** A bundled classifier of 3 kB pictures: some 10 us of work. */
  readonly small: SceneModel;
  /** Bundled too, a hundred times the work. */
  readonly network: SceneModel;
  /** 600 kB in, one number out. */
  readonly large: SceneModel;
  /** Several milliseconds a batch on one core. */
  readonly slow: SceneModel;
}

/** Multiplications of a batch by the same matrix, one after another: 1 MB of weights, which stay in the cache. */
const SLOW_LAYERS = 260;
const SLOW_SIDE = 512;
const BATCH = 8;

export function makeScene(): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-bench-'));
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  const bundled = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
  const picture = { input: 'input', shape: [1, 28, 28], maxBatch: 32 };
  const scene = {
    folder,
    config: join(folder, 'service.yaml'),
    small: { name: 'fmnist-mlp-fp32', path: join(bundled, 'fmnist-mlp.onnx'), ...picture },
    network: { name: 'fmnist-resnet20-fp32', path: join(bundled, 'fmnist-resnet20.onnx'), ...picture },
    large: { name: 'large-input', path: join(folder, 'large.onnx'), input: 'x', shape: [3, 224, 224], maxBatch: BATCH },
    slow: { name: 'slow-batch', path: join(folder, 'slow.onnx'), input: 'x', shape: [SLOW_SIDE], maxBatch: BATCH },
  };
  writeFileSync(scene.large.path, largeModel());
  writeFileSync(scene.slow.path, slowModel());
  writeFileSync(join(folder, 'variants.yaml'), definitions(scene));
  writeFileSync(scene.config, service(scene));
  return scene;
}

export function removeScene({ folder }: Scene): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The greatest value of a picture: it reads the whole input. */
function largeModel(): Uint8Array {
  return nodeModel(
    'ReduceMax',
    [{ name: 'x', type: 'float32', shape: ['N', 3, 224, 224] }],
    [{ name: 'y', type: 'float32', shape: ['N', 1, 1, 1] }],
    { attributes: { axes: [1, 2, 3], keepdims: 1 } },
  );
}

function slowModel(): Uint8Array {
  const names = Array.from({ length: SLOW_LAYERS + 1 }, (_, layer) =>
    layer === 0 ? 'x' : layer === SLOW_LAYERS ? 'y' : `h${layer}`,
  );
  const nodes = names.slice(1).map((output, layer) => ({
    operator: 'MatMul',
    inputs: [names[layer], 'w'],
    outputs: [output],
  }));
  // Rows that sum to one keep the values where they are.
  const values = new Array<number>(SLOW_SIDE * SLOW_SIDE).fill(1 / SLOW_SIDE);
  return tinyModel({
    nodes,
    inputs: [{ name: 'x', type: 'float32', shape: ['N', SLOW_SIDE] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', SLOW_SIDE] }],
    initializers: [{ name: 'w', type: 'float32', dims: [SLOW_SIDE, SLOW_SIDE], values }],
  });
}

function definitions({ large, slow }: Pick<Scene, 'large' | 'slow'>): string {
  const variant = ({ name, path, shape, maxBatch }: SceneModel, output: readonly number[]): string => {
    const bytes = readFileSync(path);
    return `  - name: ${name}
    use_case: { task: benchmark, dataset: ${name} }
    architecture: ${name}-network
    framework: onnxruntime
    hardware: cpu
    precision: fp32
    max_batch: ${maxBatch}
    accuracy_percent: 0
    resources: { cores: 1, memory: 200 MB }
    inputs: [{ name: x, type: float32, shape: [null, ${shape.join(', ')}] }]
    outputs: [{ name: y, type: float32, shape: [null, ${output.join(', ')}] }]
    artifact: { path: ${path}, sha256: ${createHash('sha256').update(bytes).digest('hex')}, size: ${bytes.length} B }
    profile:
      source: made up, nothing in the benchmark depends on it
      load: 50 ms
      peak_memory: 100 MB
      host_overhead: 100 us
      rows: [{ batch: 1, mean: 1 ms }, { batch: ${maxBatch}, mean: 8 ms }]
`;
  };
  return `variants:
${variant(large, [1, 1, 1])}${variant(slow, [SLOW_SIDE])}
machines:
  - { name: bench-host, source: room for one worker of each, cores: 16, memory: 16 GB, price_per_hour_usd: 0, boot: 0 s, idle_watts: 0, busy_watts: 0 }
`;
}

/** Everything as it is by default, but free ports, one worker for each model, and batches of what is there. */
function service({ small, network, large, slow }: Pick<Scene, 'small' | 'network' | 'large' | 'slow'>): string {
  const names = [small, network, large, slow].map(({ name }) => name);
  return `catalogue:
  files: [variants.yaml]
  variants: [${names.join(', ')}]
fleet:
  machines: { bench-host: 1 }
  workers: { ${names.map((name) => `${name}: 1`).join(', ')} }
policies:
  - { name: one-worker-each, batching: { policy: work-conserving, cpu_max_batch: 0 } }
service:
  http: { port: 0 }
  grpc: { port: 0 }
`;
}
