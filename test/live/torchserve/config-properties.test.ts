import { describe, expect, test } from 'vitest';
import { readConfigProperties } from '../../../live/torchserve/index.ts';

function read(text: string): ReturnType<typeof readConfigProperties> {
  return readConfigProperties(text, 'config.properties');
}

describe('config.properties', () => {
  test('is read as TorchServe’s users write it', () => {
    const { notes, ...settings } = read(`
# addresses
inference_address=http://127.0.0.1:8085
management_address = https://0.0.0.0:8443
metrics_address: http://[::1]:8082
grpc_inference_port 7070
model_store=/models
load_models=a.mar, b.mar
default_workers_per_model=2
job_queue_size=50
max_request_size=1000
disable_token_authorization=TRUE
enable_model_api=true
`);
    expect(notes).toEqual([]);
    expect(settings).toEqual({
      inference: { host: '127.0.0.1', port: 8085, tls: false },
      management: { host: '0.0.0.0', port: 8443, tls: true },
      metrics: { host: '::1', port: 8082, tls: false },
      grpcInferencePort: 7070,
      modelStore: '/models',
      loadModels: ['a.mar', 'b.mar'],
      defaultWorkers: 2,
      jobQueueSize: 50,
      maxRequestBytes: 1000,
      disableTokenAuthorization: true,
      modelApi: true,
    });
  });

  test.each([
    ['load_models=all', { loadModels: 'all' }],
    ['load_models=none', { loadModels: [] }],
    ['inference_address=https://h', { inference: { host: 'h', port: 443, tls: true } }],
    ['job_queue_size=1\njob_queue_size=2', { jobQueueSize: 2 }],
    ['model_store=a\\u0062\\=c', { modelStore: 'ab=c' }],
    ['\uFEFF! comment\n\n  #another', {}],
  ])('%j', (text, expected) => {
    expect(read(text.replace('\uFEFF', ''))).toEqual({ ...expected, notes: [] });
  });

  test('keys without a meaning here, and unknown ones, are named and left alone', () => {
    expect(read('ipex_enable=true\nnumber_of_netty_threads=x\nmy_key=1\n__proto__=2').notes).toEqual([
      'config.properties:1: "ipex_enable" has no meaning here and is ignored',
      'config.properties:2: "number_of_netty_threads" has no meaning here and is ignored',
      'config.properties:3: "my_key" is not known and is ignored',
      'config.properties:4: "__proto__" is not known and is ignored',
    ]);
  });

  test('keys whose matter is said in another place here name that place', () => {
    expect(read('models={}\nallowed_urls=.*').notes).toEqual([
      expect.stringContaining('config.properties:1: "models" is not read: batches and workers of a model are said in'),
      expect.stringContaining('config.properties:2: "allowed_urls" is not read: service.models.allowed_urls takes'),
    ]);
  });

  test.each([
    [
      'inference_address=localhost:8080',
      'inference_address has a wrong value; found "localhost:8080"; expected an address',
    ],
    ['inference_address=http://h/x', 'expected an address such as http://127.0.0.1:8080'],
    ['job_queue_size=many', 'job_queue_size has a wrong value; found "many"; expected a whole number from 1'],
    ['grpc_inference_port=70000', 'expected a whole number from 0 to 65535'],
    ['enable_model_api=1', 'expected true or false'],
    ['model_store=', 'expected a path'],
  ])('%s is refused', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('all mistakes are told together, each with its line', () => {
    expect(() => read('\njob_queue_size=x\nenable_model_api=y')).toThrow(
      /^config\.properties:2: job_queue_size .*\nconfig\.properties:3: enable_model_api /,
    );
  });

  test('a text that is too long to be one is refused', () => {
    expect(() => read('#'.repeat(2_000_000))).toThrow('this is no config.properties; found 2000000 characters');
  });
});
