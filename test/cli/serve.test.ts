// `rehearse serve` and the commands that speak to it, as a user runs them: one service for most of it, ended at last.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../backends/index.ts';
import type { StatusAnswer } from '../../cli/service/status-text.ts';
import type { QueryAnswer } from '../../live/control/index.ts';
import { runningServer } from '../../live/store/index.ts';
import { rehearse } from './command.ts';
import type { Ended } from './command.ts';
import { FREE_PORTS, isAlive, startService, temporaryFolder, writePicture } from './service-runs.ts';
import type { RunningService } from './service-runs.ts';
import { infaasConfig } from '../fixtures/infaas-config.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the bundled service', () => {
  let service: RunningService;
  let picture: string;
  beforeAll(async () => {
    service = await startService();
    picture = (await writePicture(folder, 34)).path;
  }, 120_000);
  afterAll(async () => service.end(), 60_000);

  const query = (...args: readonly string[]): Promise<Ended> => service.call('query', 'online', ...args);

  test('said where it listens and how to try it, after a test of itself', () => {
    const said = readFileSync(join(service.state, 'serve.out'), 'utf8');
    expect(said).toContain(`serves ${join('experiments', 'configs', 'service', 'serve.yaml')} under policies infaas`);
    expect(said).toContain(service.url);
    expect(said).toMatch(/self-test +passed: fmnist-mlp-fp32 recognised a picture \(Trouser\)/);
    expect(said).toContain(`curl -F content=@picture.png ${service.url}/clothes`);
  });

  test('is not started twice on one state folder', async () => {
    const again = await service.spawn('serve', ...FREE_PORTS);
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(again.stdout).toContain(`already running on ${service.state}, process ${service.pid}`);
    expect(again.stdout).toContain(service.url);
    expect(again.stdout).toContain(`${service.url}/dashboard`);
    expect(again.stdout).toMatch(/self-test +passed: fmnist-mlp-fp32/);
    const quickstart = join(repositoryRoot(), 'experiments', 'configs', 'quickstart.yaml');
    const other = await service.spawn('serve', ...FREE_PORTS, '--config', quickstart, '--policy', 'adaptive');
    expect(other.status).toBe(0);
    expect(other.stderr).toMatch(
      /^what runs has another config: .*serve\.yaml, policies infaas, not .*quickstart\.yaml, policies adaptive; /,
    );
  });

  test('shows its state as tables, and as one object', async () => {
    const [text, json] = [await service.call('status'), await service.call('status', '--json')];
    expect(text.stdout).toMatch(/^state +ready, for \d+ s, process/);
    expect(text.stdout).toMatch(/dashboard +http\S+\/dashboard\nmetrics +http\S+\/metrics\nself-test +passed/);
    expect(text.stdout).toMatch(/host-0 +host +up +1 +1 of \d+ reservable \(\d+ cores?\)/);
    expect(text.stdout).toMatch(/fmnist-mlp-fp32#1 +fmnist-mlp-fp32 +host-0 +ready/);
    const { server, service: snapshot } = JSON.parse(json.stdout) as StatusAnswer;
    expect(server).toMatchObject({ pid: service.pid, policySet: 'infaas', state: service.state });
    expect(snapshot).toMatchObject({ state: 'ready', policies: { selection: 'infaas' } });
    expect(snapshot.variants).toHaveLength(18);
  });

  test('answers a query that names no model, with the raw outputs on standard output', async () => {
    const asked = await query(
      '-t',
      'classification',
      '-D',
      'fashion-mnist',
      '-A',
      '80',
      '-l',
      '50',
      '-i',
      picture,
      '-i',
      picture,
    );
    expect(asked.status).toBe(0);
    const rows = asked.stdout.trim().split('\n');
    expect(rows).toHaveLength(2);
    expect(rows.map((row) => row.split(' ').length)).toEqual([10, 10]);
    expect(asked.stderr).toMatch(/^input 1: Trouser \(\d+\.\d %\)\ninput 2: Trouser .*\nserved by fmnist-\S+ in \d/);
  });

  test('answers a named variant to raw tensors, and writes the outputs where it is told', async () => {
    const raw = join(folder, 'zeros.bin');
    writeFileSync(raw, Buffer.alloc(3 * 784 * 4));
    const out = join(folder, 'outputs.txt');
    const asked = await query('-v', 'fmnist-mlp-fp32', '--tensor', `input=${raw}`, '-o', out);
    expect(asked).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(3);
    const json = await query('-v', 'fmnist-mlp-fp32', '--tensor', raw, '--json');
    const answer = JSON.parse(json.stdout) as QueryAnswer;
    expect(answer).toMatchObject({ status: 'SUCCESS', variant: 'fmnist-mlp-fp32', outputs: [{ shape: [3, 10] }] });
  });

  test.each<readonly [args: readonly string[], status: number, said: string]>([
    [['-v', 'fmnist-mlp-fp32'], 2, 'Must specify input (-i) or --tensor'],
    [['-v', 'fmnist-mlp-fp32', '-i', 'PICTURE', '-d', '224'], 2, 'found 224; expected 28'],
    [['-v', 'fmnist-mlp-fp32', '--version', '7', '-i', 'PICTURE'], 1, 'no such version; found 7; expected 1'],
    [['-v', 'fmnist-mlp-fp32', '--tensor', 'WRONG=PICTURE'], 2, 'no such file'],
    [['-a', 'mlp', '-i', 'PICTURE'], 2, 'Invalid input combination'],
    [['-t', 'classification', '-l', '50', '-i', 'PICTURE'], 2, 'Invalid input combination'],
    [
      ['-v', 'fmnist-mlp-fp33', '-i', 'PICTURE'],
      1,
      'Model has not been registered; found fmnist-mlp-fp33; did you mean',
    ],
    [['-a', 'vgg', '-l', '100', '-i', 'PICTURE'], 1, 'Parent model has not been registered'],
    [['-t', 'translation', '-D', 'wmt', '-A', '1', '-l', '9', '-i', 'PICTURE'], 1, 'Grandparent model has not'],
    [['-v', 'fmnist-mlp-fp32', '-i', 'no-such.png'], 2, 'no-such.png: the input cannot be read; found no such file'],
    [['-v', 'fmnist-mlp-fp32', '-i', import.meta.filename], 2, 'image'],
    [['-v', 'fmnist-mlp-fp32', '-l', 'soon', '-i', 'PICTURE'], 2, 'expected a number above 0'],
  ])('a query that cannot be asked so is told why: %s', async (args, status, said) => {
    const asked = await query(...args.map((word) => (word === 'PICTURE' ? picture : word)));
    expect(asked).toMatchObject({ status, stdout: '' });
    expect(asked.stderr).toContain(said);
    expect(asked.stderr).not.toMatch(/\n +at /);
  });

  test('tells architectures and what is behind one', async () => {
    const archs = await service.call('model', 'archs', 'classification', 'fashion-mnist');
    expect(archs.stdout.split('\n')).toEqual(expect.arrayContaining(['mlp', 'resnet20']));
    const info = await service.call('model', 'info', 'mlp');
    expect(info.stdout).toMatch(/^mlp: classification of fashion-mnist, 88\.\d+ % accurate\n/);
    const unknown = await service.call('model', 'info', 'vgg');
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toContain('Parent model has not been registered; found vgg');
    const near = await service.call('model', 'info', 'resnt20');
    expect(near.stderr).toContain('did you mean "resnet20"?; see rehearse model list');
  });

  test('is scaled by hand and given back to the autoscaler', async () => {
    const up = await service.call('scale', 'fmnist-linear-fp32', '--replicas', '1');
    expect(up).toMatchObject({ status: 0, stdout: 'fmnist-linear-fp32: 1 worker ready\n' });
    const down = await service.call('scale', 'fmnist-linear-fp32', '--replicas', '0');
    expect(down).toMatchObject({ status: 0, stdout: 'fmnist-linear-fp32: 0 workers ready\n' });
    const many = await service.call('scale', 'fmnist-linear-fp32', '--replicas', '900', '--wait', '1');
    expect(many.status).toBe(1);
    expect(many.stdout).toMatch(/^fmnist-linear-fp32: not there yet; bounds 900:900; .*capacity is short: /);
    await service.call('scale', 'fmnist-linear-fp32', '--replicas', '0');
    const auto = await service.call('scale', 'fmnist-linear-fp32', '--replicas', 'auto', '--json');
    expect(JSON.parse(auto.stdout)).toMatchObject({ variant: 'fmnist-linear-fp32', state: 'settled' });
    const version = await service.call('scale', 'fmnist-linear-fp32', '--replicas', '1', '--version', '9');
    expect(version).toMatchObject({ status: 1, stdout: '' });
    expect(version.stderr).toContain('fmnist-linear-fp32 has no such version; found 9; expected 1');
    const unknown = await service.call('scale', 'fmnist-linaer-fp32', '--replicas', '1');
    expect(unknown.stderr).toContain('did you mean "fmnist-linear-fp32"?');
    expect((await service.call('scale', 'fmnist-linear-fp32', '--replicas', '3:1')).status).toBe(2);
  });

  describe('with a model of the user', () => {
    const models = join(folder, 'model');
    const config = join(folder, 'mine.config');
    beforeAll(() => {
      mkdirSync(models, { recursive: true });
      const source = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist', 'fmnist-linear.onnx');
      copyFileSync(source, join(models, 'linear.onnx'));
      writeFileSync(config, INFAAS_CONFIG);
    });

    test('says SUCCEEDED, serves it, and takes it away again', async () => {
      const registered = await service.call('model', 'register', config, models);
      expect(registered).toMatchObject({ status: 0, stdout: 'SUCCEEDED: mine_cpu_1, version 1\n' });
      expect((await service.call('model', 'list')).stdout).toMatch(/mine_cpu_1 +1 +mine .*registered/);
      const raw = join(folder, 'one.bin');
      writeFileSync(raw, Buffer.alloc(784 * 4));
      expect((await query('-a', 'mine', '-l', '500', '--tensor', raw)).stderr).toContain('served by mine_cpu_1');
      const twice = await service.call('model', 'register', config, models);
      expect(twice.status).toBe(1);
      expect(twice.stdout).toMatch(/^FAILED: Model version 1 is already registered/);
      const none = await service.call('model', 'unregister', 'mine_cpu_1', '--version', '3');
      expect(none).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('version 3') });
      expect((await service.call('model', 'unregister', 'mine_cpu_1')).stdout).toBe('unregistered: mine_cpu_1\n');
      expect((await query('-v', 'mine_cpu_1', '--tensor', raw)).status).toBe(1);
      expect(readdirSync(join(service.state, 'incoming'))).toEqual([]);
    });

    test('takes the example of a profile, and measures what that leaves out', async () => {
      const { stdout } = await service.call('model', 'register', '--help');
      const [example] = /experiments\/\S+\.yaml/.exec(stdout) ?? [''];
      const registered = await service.call('model', 'register', join(repositoryRoot(), example), models);
      expect(registered).toMatchObject({ status: 0, stdout: 'SUCCEEDED: clothes-linear, version 1\n' });
      expect((await service.call('model', 'list')).stdout).toMatch(/clothes-linear .*\b8\b.* registered/);
      expect((await service.call('model', 'unregister', 'clothes-linear')).status).toBe(0);
    }, 60_000);

    test('says FAILED and why, by line of the file', async () => {
      const wrong = join(folder, 'wrong.config');
      writeFileSync(wrong, INFAAS_CONFIG.replace('accuracy 83', 'acuracy 83'));
      const failed = await service.call('model', 'register', wrong, models);
      expect(failed.status).toBe(2);
      expect(failed.stdout).toMatch(/^FAILED: wrong\.config:\d+: unknown key "acuracy"; did you mean "accuracy"\?/);
      const gone = await service.call('model', 'register', config, join(folder, 'gone'));
      expect(gone).toMatchObject({ status: 2, stdout: expect.stringMatching(/^FAILED: .*gone: .*no such folder/) });
    });

    test('of a bundled variant stays what the config says', async () => {
      const kept = await service.call('model', 'unregister', 'fmnist-mlp-fp32');
      expect(kept.status).toBe(1);
      expect(kept.stderr).toContain("is one of the service's configuration and stays");
    });
  });

  test('goes on with a new log when the old one was moved away', async () => {
    const log = join(service.state, 'service.log');
    renameSync(log, `${log}.1`);
    process.kill(service.pid, 'SIGUSR2');
    await expect.poll(() => existsSync(log), { timeout: 20_000 }).toBe(true);
    expect(await service.call('status')).toMatchObject({ status: 0 });
    await expect.poll(() => readFileSync(log, 'utf8')).toContain('"route":"/rehearse/v1/status"');
  });

  test('asks for signatures as soon as there is a key, and takes those of its scopes', async () => {
    const file = join(folder, 'shop.key');
    const made = await service.call('keys', 'create', '--application', 'shop', '--out', file);
    expect(made.stdout).toMatch(/shop\.key: key AK[0-9A-F]{20} of shop\n$/);
    const [, id = ''] = /key (AK\w+)/.exec(made.stdout) ?? [];
    const ask = ['-v', 'fmnist-mlp-fp32', '-i', picture];
    expect(made.stderr).toContain('it allows infer, neither manage');
    await expect.poll(async () => (await query(...ask)).status, { timeout: 20_000 }).toBe(1);
    expect((await query(...ask)).stderr).toContain('name the file of a key with --key-file');
    expect((await query(...ask, '--key-file', file)).status).toBe(0);
    const forbidden = await service.call('scale', 'fmnist-mlp-fp32', '--replicas', '1', '--key-file', file);
    expect(forbidden).toMatchObject({ status: 1, stderr: expect.stringContaining('does not allow manage') });
    expect((await service.call('keys', 'list')).stdout).toMatch(/AK\w+ +shop +infer/);
    expect(await service.call('keys', 'create', '--application', 'shop', '--out', file)).toMatchObject({ status: 2 });
    await service.call('keys', 'revoke', id, '--forget');
    await expect.poll(async () => (await query(...ask)).status, { timeout: 20_000 }).toBe(0);
  }, 120_000);

  test('ends on request, and leaves no process', async () => {
    const stopped = await service.call('stop', '--machines', 'keep');
    expect(stopped).toMatchObject({ status: 0, stdout: 'stopped\n' });
    expect(isAlive(service.pid)).toBe(false);
    expect(existsSync(join(service.state, 'service.json'))).toBe(false);
    expect(await service.call('stop')).toMatchObject({ status: 0, stdout: 'no service is running\n' });
    const status = await service.call('status');
    expect(status).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no service runs on this state folder'),
    });
  });
});

describe('a service that ends', () => {
  test('answers what it took before, whether a signal or a command ends it', async () => {
    const config = join(folder, 'slow.yaml');
    writeFileSync(config, SLOW_CONFIG);
    writeFileSync(join(folder, 'slow-variant.yaml'), SLOW_VARIANT);
    const service = await startService('--config', config);
    try {
      const raw = join(folder, 'slow.bin');
      writeFileSync(raw, Buffer.alloc(4));
      const given = await service.call('query', 'online', '-v', 'slow', '--tensor', raw, '--timeout', '200');
      expect(given).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('time') });
      await expect.poll(async () => openRequests(service), { timeout: 20_000 }).toBe(0);
      const asked = service.spawn('query', 'online', '-v', 'slow', '--tensor', raw);
      await expect.poll(async () => (await openRequests(service)) > 0, { timeout: 20_000 }).toBe(true);
      process.kill(service.pid, 'SIGTERM');
      await expect.poll(() => readFileSync(join(service.state, 'serve.out'), 'utf8')).toContain('ending');
      const late = await service.call('query', 'online', '-v', 'slow', '--tensor', raw);
      expect(late.status).toBe(1);
      expect(await asked).toMatchObject({ status: 0, stderr: expect.stringContaining('served by slow') });
      await expect.poll(() => isAlive(service.pid), { timeout: 20_000 }).toBe(false);
      expect(readFileSync(join(service.state, 'serve.out'), 'utf8')).toMatch(/ended\n$/);
    } finally {
      await service.end();
    }
  }, 120_000);
});

describe('a service that has only begun', () => {
  test('is waited for by those who want to end it', async () => {
    const state = join(folder, 'begun');
    const config = join(folder, 'begun.yaml');
    const argv = (code: string): string => JSON.stringify([process.execPath, '-e', code]);
    const commands = `start: ${argv('setTimeout(() => undefined, 3000)')}, stop: ${argv('0')}`;
    writeFileSync(
      config,
      `catalogue: { variants: [fmnist-linear-fp32] }
fleet: { machines: { cpu-2: 1 }, workers: { fmnist-linear-fp32: 1 } }
service: { machines: { provisioner: command, ${commands} } }\n`,
    );
    const served = rehearse(['serve', '--config', config, '--state', state, ...FREE_PORTS]);
    await expect.poll(() => runningServer(state)?.state, { timeout: 30_000 }).toBe('starting');
    const stopped = await rehearse(['stop', '--state', state, '--machines', 'stop']);
    expect(stopped).toMatchObject({ status: 0, stdout: 'stopped\n' });
    expect(await served).toMatchObject({ status: 0, stdout: expect.stringMatching(/ended\n$/) });
  }, 120_000);
});

describe('a service that cannot start', () => {
  const env = { REHEARSE_STATE: join(folder, 'no-state') };

  test('tells all mistakes of its config by line, and ends with 2', async () => {
    const config = join(folder, 'bad.yaml');
    writeFileSync(config, 'service: { http: { prt: 1 }, grpc: { port: -1 } }\n');
    const ended = await rehearse(['serve', '--config', config], { env });
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain('unknown key "prt" in service.http; did you mean "port"?');
    expect(ended.stderr).toContain('service.grpc.port cannot be used; found -1');
    expect(ended.stderr).toMatch(/\n2 errors\n$/);
  });

  test('because its address is taken ends with 1, in the background too, and leaves nothing', async () => {
    const service = await startService();
    try {
      const { port } = new URL(service.url);
      const args = ['serve', '--port', port, '--set', 'service.grpc=off'];
      const front = await rehearse(args, { env });
      expect(front).toMatchObject({ status: 1, stdout: '' });
      expect(front.stderr).toMatch(new RegExp(`cannot listen on .*${port}; found EADDRINUSE.*with --port`));
      const grpc = await rehearse(['serve', '--port', '0', '--grpc-port', port], { env });
      expect(grpc).toMatchObject({ status: 1, stdout: '' });
      expect(grpc.stderr).toMatch(new RegExp(`cannot listen on .*${port}; found EADDRINUSE.*with --grpc-port`));
      const back = await rehearse([...args, '--background'], { env });
      expect(back).toMatchObject({ status: 1, stdout: '' });
      expect(back.stderr).toContain('the service did not start');
      expect(existsSync(join(env.REHEARSE_STATE, 'service.json'))).toBe(false);
    } finally {
      await service.end();
    }
  }, 120_000);

  test('on an experiment of several policy sets says how to choose one', async () => {
    const config = join(repositoryRoot(), 'experiments', 'configs', 'quickstart.yaml');
    const ended = await rehearse(['serve', '--config', config], { env });
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain('say which with --policy "no-batching"');
  });
});

async function openRequests(service: RunningService): Promise<number> {
  const { stdout } = await service.call('status', '--json');
  return (JSON.parse(stdout) as StatusAnswer).service.openRequests;
}

const INFAAS_CONFIG = infaasConfig('mine_cpu_1', 'linear.onnx');

const SLOW_CONFIG = `catalogue: { files: [slow-variant.yaml], variants: [slow] }
fleet: { machines: { cpu-2: 1 }, workers: { slow: 1 } }
policies: [{ name: plain }]
`;

/** Three seconds a query, by its latency table. */
const SLOW_VARIANT = `variants:
  - name: slow
    use_case: { task: test, dataset: none }
    architecture: slow-net
    framework: table
    hardware: cpu
    precision: fp32
    max_batch: 1
    accuracy_percent: 50
    resources: { cores: 1, memory: 10 MB }
    inputs: [{ name: x, type: float32, shape: [null, 1] }]
    outputs: [{ name: y, type: float32, shape: [null, 1] }]
    profile:
      source: made up
      load: 1 ms
      peak_memory: 10 MB
      host_overhead: 0 us
      rows: [{ batch: 1, mean: 3 s }]
`;
