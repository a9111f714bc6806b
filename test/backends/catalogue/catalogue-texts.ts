/** Small catalogue texts for the tests: one sound variant and machine type, and files with a text in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const VARIANT = `variants:
  - name: tiny
    use_case: { task: classification, dataset: digits }
    architecture: perceptron
    framework: onnxruntime
    hardware: cpu
    precision: fp32
    max_batch: 4
    accuracy_percent: 90.5
    resources: { cores: 1, memory: 50 MB }
    artifact:
      path: models/tiny.onnx
      sha256: ${'0a'.repeat(32)}
      size: 12 KB
    profile:
      source: made up for a test
      load: 20 ms
      peak_memory: 5 MB
      host_overhead: 60 us
      rows:
        - { batch: 1, mean: 1.5 ms, quantiles: { p99: 2 ms, p50: 1.4 ms } }
        - { batch: 4, mean: 4 ms, source: elsewhere }
`;

export const MACHINE = `machines:
  - name: box
    source: made up for a test
    cores: 2
    memory: 8 GB
    price_per_hour_usd: 0.1
    boot: 25 s
    idle_watts: 5
    busy_watts: 12
`;

/** A folder that lives as long as the test, with these files. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}
