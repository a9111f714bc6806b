// `rehearse zoo`: what it lists, what it writes, and what it says to what it cannot do.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ZOO_NETWORKS, repositoryRoot } from '../../backends/index.ts';
import { filesIn } from './command.ts';
import { inProcess } from './in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'rehearse-zoo-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the list has every network with its size, and says that they are untrained', async () => {
  const { status, stdout } = await inProcess(['zoo', 'list']);
  expect(status).toBe(0);
  const [head, ...lines] = stdout.split('\n');
  expect(head).toMatch(/^network +input +classes +parameters_m +gmacs$/);
  expect(lines.slice(0, ZOO_NETWORKS.length).map((line) => line.split(' ')[0])).toEqual(ZOO_NETWORKS);
  expect(lines[0]).toMatch(/^resnet18 +3x224x224 +1000 +11.68 +1.814$/);
  expect(stdout).toContain('All are untrained');
  const json = await inProcess(['zoo', 'list', '--json']);
  expect(JSON.parse(json.stdout)).toHaveLength(ZOO_NETWORKS.length);
});

describe('build', () => {
  test('writes a model, its digest and its definition for each precision, each once, and says where', async () => {
    const out = join(root, 'both');
    const args = ['resnet20-cifar', 'resnet20-cifar', '--precision', 'int8, fp32,int8', '--out', out];
    const { status, stdout, stderr } = await inProcess(['zoo', 'build', ...args]);
    expect(status).toBe(0);
    expect(filesIn(out)).toEqual(
      ['fp32', 'int8'].flatMap((precision) =>
        ['onnx', 'onnx.sha256', 'yaml'].map((end) => `resnet20-cifar-${precision}-untrained.${end}`),
      ),
    );
    expect(stdout).toMatch(
      /^name +parameters_m +gmacs +file_mb +sha256\nresnet20-cifar-fp32-untrained +0.269 +0.04055/,
    );
    expect(stdout).toContain('answers mean nothing');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(out);
    expect(stderr).toBe('1/2 resnet20-cifar-fp32-untrained\n2/2 resnet20-cifar-int8-untrained\n');
    expect(readFileSync(join(out, 'resnet20-cifar-int8-untrained.yaml'), 'utf8')).toContain('# Untrained: ');
  });

  test('takes a seed, and tells programs the same', async () => {
    const build = async (seed: string): Promise<{ readonly sha256: string }> => {
      const args = ['resnet20-cifar', '--seed', seed, '--out', join(root, 'seeds'), '--json'];
      const { stdout } = await inProcess(['zoo', 'build', ...args]);
      const [model] = JSON.parse(stdout) as readonly { readonly sha256: string }[]; // Checked by the caller.
      return model;
    };
    expect((await build('7')).sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await build('8')).sha256).not.toBe((await build('7')).sha256);
  });

  test.skipIf(process.platform !== 'linux')('[needs Linux] leaves nothing of a model that there is no room for', () => {
    const out = join(root, 'full');
    // In a shell's unit of 1 KiB: a third of the model.
    const command = `ulimit -f 400; exec "$0" "$1" zoo build resnet20-cifar --out "$2"`;
    const launcher = join(repositoryRoot(), 'cli', 'rehearse.js');
    const { status, stderr } = spawnSync('bash', ['-c', command, process.execPath, launcher, out], {
      encoding: 'utf8',
    });
    expect(stderr).toContain(
      'resnet20-cifar-fp32-untrained.onnx: files may not be as large; make room or name another',
    );
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });
});

describe('before anything is built, status 2 goes to', () => {
  test.each([
    [[], 'no network is named; expected names of networks (see: rehearse zoo list), or --all'],
    [['resnet18', '--all'], 'networks are named beside --all; expected names of networks'],
    [['resnet19'], 'the zoo has no network "resnet19"; did you mean "resnet18"? expected one of '],
    [['resnet18', '--precision', 'fp64'], 'the zoo has no precision "fp64"; did you mean "fp32"? expected one of fp32'],
    [['resnet18', '--precision', ''], 'the zoo has no precision ""'],
    [['resnet18', '--seed', '-1'], 'the seed of the weights is no seed'],
    [['resnet18', '--seed', 'one'], 'the seed of the weights is no seed'],
    [['resnet19', 'alexnet', '--precision', 'fp64', '--seed', '1e3'], '4 errors\n'],
  ])('%j', async (args, message) => {
    const out = join(root, 'none');
    const { status, stdout, stderr } = await inProcess(['zoo', 'build', ...args, '--out', out]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(() => filesIn(out)).toThrow('ENOENT');
  });
});
