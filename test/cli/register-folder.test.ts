// A whole folder of definitions, as `rehearse profile` writes it, registered with the running service.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderDefinitions } from '../../cli/service/folder-definitions.ts';
import { matMulModel } from '../backends/onnx/tiny-model.ts';
import { inProcess } from './in-process.ts';
import { startService } from './service-runs.ts';
import type { RunningService } from './service-runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-register-'));
const profiles = join(folder, 'out');

function definition(name: string, model: string): string {
  return `variants:
  - name: ${name}
    use_case: { task: classification, dataset: clothes }
    architecture: ${name}-architecture
    framework: onnxruntime
    hardware: cpu
    precision: fp32
    max_batch: 2
    accuracy_percent: 90
    resources: { cores: 1, memory: 50 MB }
    artifact: { path: ../${model}, sha256: ${'a'.repeat(64)}, size: 1 KB }
    profile:
      source: a test
      load: 5 ms
      peak_memory: 8 MB
      host_overhead: 0 us
      rows: [{ batch: 1, mean: 1 ms }, { batch: 2, mean: 2 ms }]
`;
}

let service: RunningService;

beforeAll(async () => {
  mkdirSync(profiles);
  mkdirSync(join(folder, 'models'));
  writeFileSync(join(folder, 'models', 'net.onnx'), matMulModel(4, 2));
  // Its digest is another: it is refused, and costs the other nothing.
  writeFileSync(join(profiles, 'a-other.yaml'), definition('other', 'models/net.onnx'));
  writeFileSync(join(profiles, 'b-net.yaml'), definition('net', 'models/net.onnx').replace(/sha256: a+, /, ''));
  writeFileSync(join(profiles, 'profile.csv'), 'variant\n');
  service = await startService();
}, 60_000);
afterAll(async () => {
  await service.end();
  rmSync(folder, { recursive: true });
});

describe('a folder of definitions', () => {
  test('names for each the folder of its model', () => {
    expect(folderDefinitions(profiles)).toEqual([
      { file: join(profiles, 'a-other.yaml'), modelFolder: join(folder, 'models') },
      { file: join(profiles, 'b-net.yaml'), modelFolder: join(folder, 'models') },
    ]);
  });

  test('is registered one by one, with a line for each, and fails when one does', async () => {
    const { status, stdout } = await service.call('model', 'register', profiles);
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(/^a-other\.yaml: FAILED: .*is not the model that was registered/);
    expect(second).toBe('b-net.yaml: SUCCEEDED: net, version 1');
    expect(status).toBe(2);
    expect((await service.call('model', 'list')).stdout).toMatch(/^net +1 /m);
  });

  test('without definitions is told', async () => {
    const { status, stderr } = await inProcess(['model', 'register', join(folder, 'models')]);
    expect(stderr).toContain('the folder holds no definitions; expected YAML files');
    expect(status).toBe(2);
  });

  test('takes no second folder: its definitions say where their models lie', async () => {
    const { status, stderr } = await inProcess(['model', 'register', profiles, folder]);
    expect(stderr).toContain("a folder's definitions say themselves where their models lie");
    expect(status).toBe(2);
  });
});
