import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { torchServeConfig } from '../../cli/service/torchserve-config.ts';
import { loadService } from '../../experiments/index.ts';

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'properties-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config.properties');
  writeFileSync(path, text);
  return path;
}

test('an empty file is TorchServe as it comes: its ports on loopback, tokens, no registering', async () => {
  const { set, notes } = torchServeConfig(fileOf(''));
  const { settings } = await loadService(undefined, { set });
  expect(settings.torchserve).toMatchObject({
    host: '127.0.0.1',
    inference_port: 8080,
    management_port: 8081,
    metrics_port: 8082,
    grpc_inference_port: 7070,
    grpc_management_port: 7071,
    token_authorization: true,
    model_api: false,
    open_inference: false,
  });
  expect(notes).toEqual([]);
});

test('what a file says is what the service has', async () => {
  const addresses = ['inference', 'management', 'metrics'].map(
    (name, at) => `${name}_address=http://0.0.0.0:${9000 + at}`,
  );
  const { set, notes } = torchServeConfig(
    fileOf(
      `${addresses.join('\n')}\nmodel_store=test\nload_models=all\nenable_model_api=true\ntoken_expiration_min=5\n` +
        'disable_token_authorization=true\njob_queue_size=7\ndefault_response_timeout=9\nmax_request_size=1000\nmodels={}',
    ),
  );
  const { settings } = await loadService(undefined, { set });
  expect(settings.torchserve).toMatchObject({
    host: '0.0.0.0',
    inference_port: 9000,
    management_port: 9001,
    metrics_port: 9002,
    token_authorization: false,
    token_expiry: 300e9,
    model_api: true,
    job_queue: 7,
    response_timeout: 9e9,
  });
  expect(settings.models).toMatchObject({ store: resolve('test'), load_archives: 'all' });
  expect(settings.http.body_max).toBe(1000);
  expect(notes).toEqual([expect.stringContaining('"models" is not read')]);
});

test('the command line comes after the file', async () => {
  const { set } = torchServeConfig(fileOf('job_queue_size=7'));
  const { settings } = await loadService(undefined, { set: [...set, 'service.torchserve.job_queue=8'] });
  expect(settings.torchserve?.job_queue).toBe(8);
});

test.each([
  ['inference_address=http://0.0.0.0:8080', 'the addresses of the three APIs differ in more than their ports'],
  ['inference_address=https://127.0.0.1:8443', 'found https://127.0.0.1, http://127.0.0.1, http://127.0.0.1'],
  ['job_queue_size=x', 'job_queue_size has a wrong value'],
])('%s is refused', (text, message) => {
  expect(() => torchServeConfig(fileOf(text))).toThrow(message);
});

test('a file that is not there is a user’s error', () => {
  expect(() => torchServeConfig('/no/such.properties')).toThrow('the file cannot be read');
});
