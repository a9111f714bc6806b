// A whole server in this process, with real engines: machines by command, TorchServe's ports, what lasts over a restart.
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { repositoryRoot } from '../../../backends/index.ts';
import { ServingError } from '../../../core/index.ts';
import { serverOptions } from '../../../cli/service/server-options.ts';
import { loadService } from '../../../experiments/index.ts';
import { incomingFolder, runningServer } from '../../../live/store/index.ts';
import type { Server } from '../../../live/lifecycle/index.ts';
import { startServer } from '../../../live/lifecycle/index.ts';
import { folderWith } from '../../experiments/config/config-files.ts';
import { imageAt } from '../../backends/onnx/fixtures.ts';
import { infaasConfig } from '../../fixtures/infaas-config.ts';

const PORTS = ['service.http.port=0', 'service.grpc=off'];
const TIMEOUT = { timeout: 60_000 };

/** A service of two small classifiers. */
const CONFIG = `catalogue: { variants: [fmnist-linear-fp32, fmnist-mlp-fp32] }
fleet: { machines: { cpu-2: 1 }, workers: { fmnist-mlp-fp32: 1 } }
`;

/** A server on a state folder; it ends with the test unless the test ended it. */
async function served(text: string, state: string, ...set: readonly string[]): Promise<Server> {
  const config = await loadService(join(folderWith({ 'a.yaml': text }), 'a.yaml'), { set: [...PORTS, ...set] });
  const server = await startServer(serverOptions(config, state));
  onTestFinished(() => server.stop('keep'));
  return server;
}

function addressOf({ status }: Server, protocol: string): string {
  const found = status.listeners.find((listener) => listener.protocol === protocol);
  if (found === undefined) throw new Error(`no listener for ${protocol}`);
  return found.address;
}

const picture = (index: number): Promise<Buffer> =>
  sharp(imageAt(index), { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toBuffer();

describe('a server', () => {
  test('tries itself, says where it is, and takes its state folder for itself', TIMEOUT, async () => {
    const state = join(folderWith({}), 'state');
    const server = await served(CONFIG, state);
    expect(server.selfTest).toMatchObject({ variant: 'fmnist-mlp-fp32', label: 'Trouser' });
    expect(runningServer(state)).toMatchObject({ pid: process.pid, state: 'ready', url: addressOf(server, 'http') });
    await expect(served(CONFIG, state)).rejects.toThrow('a server already uses this state folder');
    await server.stop('keep');
    expect(runningServer(state)).toBeUndefined();
    await server.ended;
  });

  test('that cannot have its address leaves nothing behind', TIMEOUT, async () => {
    const first = await served(CONFIG, join(folderWith({}), 'state'));
    const { port } = new URL(addressOf(first, 'http'));
    const state = join(folderWith({}), 'state');
    const failed = served(CONFIG, state, `service.http.port=${port}`);
    await expect(failed).rejects.toMatchObject({ code: 'HTTP_LISTEN_FAILED' });
    expect(runningServer(state)).toBeUndefined();
    expect(await served(CONFIG, state)).toMatchObject({ status: { state } });
  });

  test('answers everybody at its paths, over TorchServe’s ports and the Open Inference Protocol', TIMEOUT, async () => {
    const server = await served(
      `${CONFIG}service: { paths: { /clothes: { model: fmnist-mlp-fp32, answer: label } } }\n`,
      join(folderWith({}), 'state'),
      'service.torchserve={ inference_port: 0, management_port: 0, metrics_port: 0 }',
    );
    const body = await picture(34);
    const http = addressOf(server, 'http');
    const label = await fetch(`${http}/clothes`, { method: 'POST', body, headers: { 'content-type': 'image/png' } });
    expect(await label.text()).toBe('Trouser');
    const ready = await fetch(`${http}/v2/models/fmnist-mlp-fp32/ready`);
    expect(ready.status).toBe(200);
    const inference = addressOf(server, 'torchserve-inference');
    expect(await (await fetch(`${inference}/ping`)).json()).toEqual({ status: 'Healthy' });
    const prediction = await fetch(`${inference}/predictions/fmnist-mlp-fp32`, { method: 'POST', body });
    expect(Object.keys((await prediction.json()) as object)[0]).toBe('Trouser');
    const models = await (await fetch(`${addressOf(server, 'torchserve-management')}/models`)).json();
    expect(models).toMatchObject({ models: [{ modelName: 'fmnist-linear-fp32' }, { modelName: 'fmnist-mlp-fp32' }] });
    expect(await (await fetch(`${addressOf(server, 'torchserve-metrics')}/metrics`)).text()).toContain('ts_');
  });

  test('keeps what was registered over a restart', TIMEOUT, async () => {
    const state = join(folderWith({}), 'state');
    const first = await served(CONFIG, state);
    const folder = join(incomingFolder(state), 'mine');
    mkdirSync(folder);
    const models = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
    copyFileSync(join(models, 'fmnist-linear.onnx'), join(folder, 'a.onnx'));
    const text = REGISTERED;
    const body = JSON.stringify({ kind: 'infaas-config', text, file: 'mine.config', folder });
    const url = `${addressOf(first, 'http')}/rehearse/v1/models`;
    expect(await (await fetch(url, { method: 'POST', body })).json()).toMatchObject({
      name: 'mine_cpu',
      versions: ['1'],
    });
    const elsewhere = JSON.stringify({ kind: 'infaas-config', text, file: 'mine.config', folder: models });
    const refused = await fetch(url, { method: 'POST', body: elsewhere });
    expect(await refused.json()).toMatchObject({
      error: expect.stringContaining('may not be registered from this folder'),
    });
    await first.stop('keep');
    const second = await served(CONFIG, state);
    expect(second.service.directory.find('mine_cpu')).toMatchObject({ form: 'variant' });
  });
});

describe('models from files', () => {
  const store = (): string => {
    const folder = folderWith({});
    const models = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
    copyFileSync(join(models, 'fmnist-linear.onnx'), join(folder, 'mine.onnx'));
    return folder;
  };

  test(
    'of the store are served from the start, under names of one’s own, and no name is made up',
    TIMEOUT,
    async () => {
      const state = join(folderWith({}), 'state');
      const set = [`service.models.store=${store()}`, 'service.models.load_archives=[other=mine.onnx, gone.mar]'];
      const first = await served(CONFIG, state, ...set);
      expect(first.service.workersOf('other', '1.0')).toBe(1);
      const names = first.service.directory.list().map(({ name }) => name);
      expect(names.filter((name) => /unstated|other/.test(name))).toEqual(['other']);
      expect(first.service.snapshot().variants.at(-1)).toMatchObject({ name: 'other', architecture: '', useCase: '' });
      await first.stop('keep');
      const second = await served(CONFIG, state, ...set);
      expect(second.service.workersOf('other', '1.0')).toBe(1);
      expect(readFileSync(join(state, 'service.log'), 'utf8')).toContain(
        'archive gone.mar: Model not found at: gone.mar',
      );
    },
  );

  test('that are being measured at the end are broken off, and leave nothing', TIMEOUT, async () => {
    const state = join(folderWith({}), 'state');
    // Runs without end, within the time that is given for them.
    const endless = ['service.models.profile_time=1 h', 'service.models.profile_runs=1000000000'];
    const server = await served(
      CONFIG,
      state,
      ...endless,
      `service.models.store=${store()}`,
      'service.torchserve={ inference_port: 0, management_port: 0, metrics_port: 0 }',
    );
    const url = `${addressOf(server, 'torchserve-management')}/models?url=mine.onnx&batch_size=8`;
    const registered = fetch(url, { method: 'POST' });
    await expect.poll(() => readdirSync(join(state, 'scratch')).length, { timeout: 20_000 }).toBe(1);
    await server.stop('keep');
    const answer = await registered;
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ type: 'ServiceUnavailableException' }),
    ]);
    expect(readdirSync(join(state, 'scratch'))).toEqual([]);
  });
});

describe('machines by command', () => {
  test.each([
    ['stop', ['start cpu-2-1', 'stop cpu-2-1']],
    ['delete', ['start cpu-2-1', 'delete cpu-2-1']],
    ['keep', ['start cpu-2-1']],
  ] as const)('are there before the service, and at its end: %s', TIMEOUT, async (ending, expected) => {
    const { text, noted } = machines();
    const server = await served(text, join(folderWith({}), 'state'));
    expect(noted()).toEqual(['start cpu-2-1']);
    expect(server.service.snapshot().machines).toMatchObject([{ type: 'cpu-2', state: 'up' }]);
    expect(server.status.hasMachineCommands).toBe(true);
    // A change of the catalogue goes on with the machines there are.
    await server.service.remove([{ name: 'fmnist-linear-fp32' }]);
    await server.stop(ending);
    expect(noted()).toEqual(expected);
  });

  test('that cannot be started keep the service from starting, with the reason', TIMEOUT, async () => {
    const { text, folder, noted } = machines();
    writeFileSync(join(folder, 'refuse'), '');
    const state = join(folderWith({}), 'state');
    const failed = await served(text, state).catch((error: unknown) => error);
    expect(failed).toMatchObject({ errors: [expect.any(ServingError)] });
    expect(String(failed)).toContain('machine cpu-2-1 could not be started');
    expect(String(failed)).toContain('ended with status 4: no quota; mend the command');
    expect(noted()).toEqual(['start cpu-2-1']);
    expect(runningServer(state)).toBeUndefined();
  });
});

/** Scripts that note what they were told; the start fails when a file says so. */
function machines(): { readonly text: string; readonly noted: () => string[]; readonly folder: string } {
  const folder = folderWith({});
  const notes = join(folder, 'noted');
  appendFileSync(notes, '');
  const script = join(folder, 'machine.mjs');
  writeFileSync(
    script,
    `import { appendFileSync, existsSync } from 'node:fs';
     const { REHEARSE_MACHINE_ACTION: action, REHEARSE_MACHINE_LABEL: label } = process.env;
     appendFileSync(${JSON.stringify(notes)}, action + ' ' + label + '\\n');
     if (existsSync(${JSON.stringify(join(folder, 'refuse'))})) { console.error('no quota'); process.exit(4); }`,
  );
  const argv = JSON.stringify([process.execPath, script]);
  const text = `${CONFIG}service: { machines: { provisioner: command, start: ${argv}, stop: ${argv}, delete: ${argv} } }\n`;
  return { text, folder, noted: () => readFileSync(notes, 'utf8').split('\n').filter(Boolean) };
}

const REGISTERED = infaasConfig('mine_cpu');
