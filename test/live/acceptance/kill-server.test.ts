// A whole server that dies, and one that is asked to end: what it was told is there again after a kill, no process and
// no lock is left behind, and what it accepted before a drain is answered, each query once.
import { copyFileSync, mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { signRequest } from '../../../live/auth/index.ts';
import { folder as bundled } from '../../backends/onnx/fixtures.ts';
import { countingModel } from '../../backends/onnx/tiny-model.ts';
import { isAlive } from '../../cli/service-runs.ts';
import { ServerProcess, ServiceFolder } from './server-process.ts';
import { modelFiles, spec } from './test-models.ts';
import { infaasConfig } from '../../fixtures/infaas-config.ts';

const COUNTING = {
  name: 'counting',
  bytes: countingModel(),
  inputs: [spec('INPUT0', 'int64', null, 1)],
  outputs: [spec('OUTPUT0', 'int64', null, 1)],
  maxBatch: 4,
};
/** Some 10 ms. */
const STEPS = 10_000;

const MINE = infaasConfig('mine_cpu_1', 'fmnist-linear.onnx');

function folderOf(): ServiceFolder {
  const folder = new ServiceFolder(
    {
      catalogue: { files: ['models.yaml'], variants: ['counting'] },
      fleet: { machines: { 'cpu-8': 1 }, workers: { counting: 1 } },
      service: { http: { port: 0 }, grpc: 'off' },
    },
    { ...modelFiles([COUNTING]), 'mine.config': MINE },
  );
  mkdirSync(join(folder.path, 'mine'));
  copyFileSync(join(bundled, 'fmnist-linear.onnx'), join(folder.path, 'mine', 'fmnist-linear.onnx'));
  return folder;
}

interface Answer {
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', () => resolve({ status: 0, text }));
    });
    sent.on('error', (error) => resolve({ status: 0, text: error.message }));
    sent.end(body);
  });
}

function counting(value: number): string {
  return JSON.stringify({ inputs: [{ name: 'INPUT0', datatype: 'INT64', shape: [1, 1], data: [value] }] });
}

describe('a server that is killed', () => {
  test('has its models, keys and bounds again, and left no process and no lock', async () => {
    const folder = folderOf();
    onTestFinished(() => folder.remove());
    const first = await ServerProcess.start(folder);
    const registered = await first.call('model', 'register', 'mine.config', 'mine');
    expect(registered.stdout).toBe('SUCCEEDED: mine_cpu_1, version 1\n');
    await first.call('scale', 'mine_cpu_1', '--replicas', '1');
    await first.call('scale', 'counting', '--replicas', '2:3');
    const engines = await first.pidsOf();
    expect(engines).toHaveLength(3);
    const made = await first.call('keys', 'create', '--application', 'shop', '--scopes', 'infer,manage,metrics');
    const [, accessKey = '', secret = ''] = /access_key: (\S+)\nsecret_key: (\S+)/.exec(made.stdout) ?? [];
    const open = Array.from({ length: 8 }, () => post(`${first.url}/v2/models/counting/infer`, counting(STEPS * 10)));
    await new Promise((resolve) => setTimeout(resolve, 50));

    first.signal('SIGKILL');
    expect(await first.exited).toEqual({ status: null, signal: 'SIGKILL' });
    expect((await Promise.all(open)).every(({ status }) => status === 0 || status === 200 || status === 401)).toBe(
      true,
    );
    await expect.poll(() => engines.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    expect(await first.call('status')).toMatchObject({ status: 1, stdout: '' });

    const second = await ServerProcess.start(folder);
    onTestFinished(() => second.end());
    expect(second.pid).not.toBe(first.pid);
    const signed = (target: string, body: string): Promise<Answer> => {
      const url = `${second.url}${target}`;
      const headers = signRequest({ method: 'POST', url, body, accessKey, secret, now: new Date() });
      return post(url, body, headers);
    };
    const pixels = JSON.stringify({
      inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 1, 28, 28], data: new Array<number>(784).fill(0) }],
    });
    expect(await post(`${second.url}/v2/models/mine_cpu_1/infer`, pixels)).toMatchObject({ status: 401 });
    expect(await signed('/v2/models/mine_cpu_1/infer', pixels)).toMatchObject({ status: 200 });
    expect(JSON.parse((await signed('/v2/models/counting/infer', counting(7))).text)).toMatchObject({
      outputs: [{ data: [7] }],
    });
    folder.write('shop.key', `access_key: ${accessKey}\nsecret_key: ${secret}\n`);
    const status = await second.call('status', '--json', '--key-file', 'shop.key');
    const { service } = JSON.parse(status.stdout) as Awaited<ReturnType<ServerProcess['status']>>;
    expect(service.variants.map(({ name, scaling }) => [name, scaling])).toEqual([
      ['counting', { least: 2, most: 3 }],
      ['mine_cpu_1', { least: 1, most: 1 }],
    ]);
    expect(service.workers.map(({ variant }) => variant).toSorted()).toEqual(['counting', 'counting', 'mine_cpu_1']);
  }, 60_000);
});

describe('a server that gets SIGTERM under load', () => {
  test('answers everything it accepted, once, refuses the rest in words, and ends with 0', async () => {
    const server = await ServerProcess.start(folderOf());
    onTestFinished(() => server.folder.remove());
    const url = `${server.url}/v2/models/counting/infer`;
    const engines = await server.pidsOf();
    const answers: (Answer & { readonly at: number })[] = [];
    const clients = Array.from({ length: 20 }, async (_, client) => {
      for (let at = STEPS + client; ; at += 20) {
        const answer = await post(url, counting(at));
        answers.push({ ...answer, at });
        if (answer.status !== 200) return;
      }
    });
    await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(40);
    server.signal('SIGTERM');
    await Promise.all(clients);
    expect(await server.exited).toEqual({ status: 0, signal: null });

    const served = answers.filter(({ status }) => status === 200);
    for (const { text, at } of served) expect(JSON.parse(text)).toMatchObject({ outputs: [{ data: [at] }] });
    // The last one of each client: refused in words, or no connection taken any more.
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(20);
    for (const { status, text } of refused) expect(`${status} ${text}`).toMatch(/^503 .*stopping|^0 .*(REFUSED|RESET)/);
    // As many as were answered, by the server's own account.
    const lines = server
      .log()
      .split('\n')
      .filter((line) => line.includes('"variant":"counting"'));
    expect(lines.filter((line) => line.includes('"status":200'))).toHaveLength(served.length);
    expect(engines.filter(isAlive)).toEqual([]);
  }, 60_000);
});
