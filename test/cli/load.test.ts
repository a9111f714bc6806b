// `rehearse load`: what it makes of its flags, its files, its exit status.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openInferenceServer } from '../experiments/measure/loadgen/open-inference-server.ts';
import { filesIn, rehearse } from './command.ts';
import type { Ended } from './command.ts';
import { inProcess } from './in-process.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'rehearse-load-'));
const load = (out: string, ...args: readonly string[]): Promise<Ended> => inProcess(['load', ...args, '--out', out]);
const VARIANT = ['--variant', 'fmnist-linear-fp32', '--simulate'];

describe('a load test', () => {
  test('prints the summary that it writes, beside the detailed log, and ends with 0 when VALID', async () => {
    const out = folder();
    const args = ['--scenario', 'SingleStream', ...VARIANT, '--min-duration', '1s'];
    const { status, stdout, stderr } = await load(out, ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(filesIn(out)).toEqual(['mlperf_log_detail.txt', 'mlperf_log_summary.txt']);
    const summary = readFileSync(join(out, 'mlperf_log_summary.txt'), 'utf8');
    expect(stdout).toBe(`${summary}\n${join(out, 'mlperf_log_summary.txt')}\n${join(out, 'mlperf_log_detail.txt')}\n`);
    expect(summary).toContain('Result is : VALID\n');
  });

  test('ends with 1 when INVALID, with each reason and what to change', async () => {
    const args = ['--scenario', 'server', ...VARIANT, '--target-qps', '50', '--min-duration', '1s'];
    const { status, stdout } = await load(folder(), ...args, '--max-queries', '100');
    expect(status).toBe(1);
    expect(stdout).toContain('Result is : INVALID\n');
    expect(stdout).toMatch(
      /^Recommendations:\n \* 100 queries with 0 over the limit, 459 needed; at least 359 queries/m,
    );
  });

  test('is one object with --json', async () => {
    const out = folder();
    const args = ['--scenario', 'offline', ...VARIANT, '--target-qps', '20000', '--min-duration', '100ms', '--json'];
    const { stdout } = await load(out, ...args);
    expect(JSON.parse(stdout)).toMatchObject({
      counts: { answered: 2200 },
      settings: { scenario: 'offline' },
      output: out,
    });
  });

  test('has null in its JSON for the percentiles of queries that were never answered', async () => {
    const server = await openInferenceServer({
      answer: (_asked, response) => response.writeHead(500).end() !== undefined,
    });
    const args = [
      '--scenario',
      'single-stream',
      '--url',
      server.url.href,
      '--model',
      'images',
      '--min-duration',
      '50ms',
    ];
    const { stdout } = await load(folder(), ...args, '--json');
    await server.close();
    expect(stdout).toContain('"valueNs": null');
    expect(stdout).not.toContain('9007199254740991');
  });

  test('reaches a server over HTTP', async () => {
    const server = await openInferenceServer();
    const system = ['--url', server.url.href, '--model', 'images', '--dataset', 'fashion-mnist'];
    const args = ['--scenario', 'single-stream', ...system, '--min-duration', '100ms', '--min-accuracy', '99%'];
    const { status, stdout } = await load(folder(), ...args);
    await server.close();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Accuracy \(%\) +: 100\.00, of \d+ answers$/m);
  });

  test('that is interrupted is judged by what was finished', async () => {
    const out = folder();
    const args = ['load', '--scenario', 'single-stream', '--variant', 'fmnist-linear-fp32', '--min-duration', '60s'];
    const { status, stdout, stderr } = await rehearse([...args, '--out', out], {
      onStart: (child) => {
        child.stderr.once('data', () => child.kill('SIGINT'));
      },
    });
    expect(stderr).toContain('interrupted: judged by what was finished');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ \* it was interrupted after \d+\.\d s; run it again$/m);
    expect(filesIn(out)).toHaveLength(2);
  });
});

describe('a simulated load test', () => {
  test('that is interrupted says so, and has no result', async () => {
    const args = ['load', '--scenario', 'single-stream', ...VARIANT, '--min-duration', '90d'];
    const { status, stdout, stderr } = await rehearse([...args, '--out', folder()], {
      onStart: (child) => void setTimeout(() => child.kill('SIGINT'), 6000),
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('the simulation was interrupted and has no result; run it again');
  });
});

describe('flags that cannot be used', () => {
  test('are told all at once, and nothing is run', async () => {
    const out = folder();
    const system = ['--variant', 'x', '--url', 'ftp://x'];
    const counts = ['--min-duration', '5', '--min-queries', '0', '--samples-per-query', '3'];
    const shares = ['--allow-errors', '5', '--percentile', '101', '--schedule-seed', '-1'];
    const { status, stdout, stderr } = await load(out, '--scenario', 'server', ...system, ...counts, ...shares);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      '--samples-per-query: cannot be used so; found --scenario server; expected the scenario multi-stream or offline',
      '--target-qps: cannot be used so; found nothing; expected the rate to offer, such as 100',
      expect.stringMatching(/^--min-duration: .* found 5; expected a duration with its unit, such as "5 ms"/),
      '--min-queries: cannot be used so; found 0; expected a whole number from 1',
      '--percentile: cannot be used so; found 101; expected a percentile inside 0 and 100, such as 99% or 0.99',
      '--schedule-seed: cannot be used so; found -1; expected a whole number from 0 to 2^64 - 1',
      expect.stringMatching(/^--allow-errors: .* found 5; expected a percentage from 0 to 100 with its sign/),
      expect.stringMatching(/^--variant: .* found --variant and --url; expected one of --variant, --config and --url/),
      '8 errors',
    ]);
    expect(filesIn(out)).toEqual([]);
  });

  test.each([
    [[], '--scenario: cannot be used so; found nothing; expected one of single-stream, multi-stream, server, offline'],
    [['--scenario', 'sever'], '--scenario: cannot be used so; found sever; did you mean "server"?'],
    [
      ['--scenario', 'offline', '--target-latency', '5ms'],
      '--target-latency: cannot be used so; found --scenario offline',
    ],
    [
      ['--scenario', 'server', '--target-qps', '0'],
      '--target-qps: cannot be used so; found 0; expected queries a second',
    ],
    [
      ['--min-duration', '2s', '--max-duration', '1s'],
      '--max-duration: cannot be used so; found less than --min-duration',
    ],
    [['--min-queries', '200', '--max-queries', '1'], '--max-queries: cannot be used so; found less than --min-queries'],
    [['--variant', 'x', '--model', 'm'], '--model: cannot be used so; found with --variant; expected --url'],
    [['--url', 'http://x', '--simulate'], '--simulate: cannot be used so; found with --url'],
    [['--url', 'x'], '--url: cannot be used so; found x; expected the address of a server'],
    [['--url', 'http://x'], '--model: cannot be used so; found nothing; expected the name of a model'],
    [
      ['--url', 'http://x', '--shape', 'input=3,224'],
      '--shape: cannot be used so; found input=3,224; expected a name and extents of at least 1, without the batch',
    ],
    [['--url', 'http://x', '--timeout', '30d'], '--timeout: cannot be used so; found 30d; expected'],
    [['--url', 'http://x', '--min-accuracy', '5%'], '--min-accuracy: cannot be used so; found made-up inputs'],
    [['--url', 'http://x', '--tensors', 'jsn'], '--tensors: cannot be used so; found jsn; did you mean "json"?'],
  ])('such as %j say what was expected', async (args, message) => {
    const { status, stderr } = await load(folder(), ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  test('a variant or policy that does not exist is told with the nearest', async () => {
    const variant = ['--scenario', 'single-stream', '--simulate', '--variant', 'fmnist-linaer-fp32'];
    expect((await load(folder(), ...variant)).stderr).toContain('did you mean "fmnist-linear-fp32"?');
    const config = ['--scenario', 'single-stream', '--simulate', '--config', 'experiments/configs/quickstart.yaml'];
    const { status, stderr } = await load(folder(), ...config, '--policy', 'adaptiv');
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean "adaptive"? expected one of no-batching, wait-for-8, adaptive');
  });
});
