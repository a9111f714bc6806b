// The config of a service: an experiment's sections read as an experiment's, the settings beside them, everything that
// is wrong told at once, and an experiment's policy set deployed as it is.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../../backends/index.ts';
import { NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import type { ServiceConfig, ServiceOverrides } from '../../../../experiments/index.ts';
import { jsonSchema, loadService } from '../../../../experiments/index.ts';
import { SOUND, errorsOf, folderWith } from '../config-files.ts';

async function load(text: string, overrides: ServiceOverrides = {}): Promise<ServiceConfig> {
  return loadService(join(folderWith({ 'a.yaml': text }), 'a.yaml'), overrides);
}

async function mistakes(text: string, overrides: ServiceOverrides = {}): Promise<string[]> {
  const folder = folderWith({ 'a.yaml': text });
  const errors = await errorsOf(loadService(join(folder, 'a.yaml'), overrides));
  return errors.map(({ message }) => message.replaceAll(`${folder}/`, ''));
}

describe('the bundled service', () => {
  test('serves the bundled classifiers on this host under INFaaS in mode 6, without a note', async () => {
    const config = await loadService();
    expect(config.variants).toHaveLength(18);
    expect(config.machines).toEqual([{ type: 'host', count: 1, max: 1 }]);
    expect(config.machineTypes).toMatchObject([{ name: 'host', cores: availableParallelism() }]);
    expect(config.policies.selection.definition.name).toBe('infaas');
    expect(config.policies.selection.options['mode']).toBe('gpu-share-trigger-skip-blacklist');
    expect(config.policies.dispatch).toBe(config.policies.selection);
    expect(config.notes).toEqual([]);
  });

  test('is what a file says that leaves everything out', async () => {
    const [bundled, empty] = [await loadService(), await load('')];
    const { file: _, folder: __, limits, workers, settings, ...rest } = empty;
    expect(workers).toEqual(bundled.workers);
    expect(rest.variants.map(({ definition }) => definition.name)).toEqual(
      bundled.variants.map(({ definition }) => definition.name),
    );
    expect(limits).toMatchObject({ timeoutNs: seconds(60), openMax: 10_000 });
    expect(settings.http).toEqual(bundled.settings.http);
  });
});

describe('an experiment as a service', () => {
  const quickstart = join(repositoryRoot(), 'experiments', 'configs', 'quickstart.yaml');

  test('runs the policy set that is named, and says what it has no use for', async () => {
    const config = await loadService(quickstart, { policy: 'wait-for-8' });
    expect(config.policySet).toBe('wait-for-8');
    expect(config.policies.batching.options).toMatchObject({ maxBatch: 8, maxDelay: milliseconds(5) });
    expect(config.workers).toEqual([{ variant: 'fmnist-resnet20-fp32', count: 1 }]);
    expect(config.notes).toEqual([expect.stringMatching(/a service has no use for .*duration.*workload/)]);
  });

  test('may have a calibration, of which a live service has no use', async () => {
    const { notes } = await load(`${SOUND}calibration: none.yaml\n`);
    expect(notes).toEqual([expect.stringMatching(/a service has no use for .*calibration/)]);
  });

  test('with several sets must say which', async () => {
    const [none, wrong] = [
      await errorsOf(loadService(quickstart)),
      await errorsOf(loadService(quickstart, { policy: 'adaptve' })),
    ];
    expect(none[0].message).toContain(
      'policies has several policy sets, and a service runs one; found no-batching, wait-for-8, adaptive; ' +
        'say which with --policy "no-batching"',
    );
    expect(wrong[0].message).toContain(
      '--policy: the config has no policy set of this name; found "adaptve"; did you mean "adaptive"?',
    );
  });

  test('what the command line says wrongly is blamed on its option, not on the file', async () => {
    const set = 'service.http.port=x';
    expect(await mistakes('', { machines: ['gpu=1'] })).toEqual([expect.stringMatching(/^--machines gpu=1: .*gpu/)]);
    expect(await mistakes('', { set: [set] })).toEqual([
      expect.stringMatching(/^--set service\.http\.port=x: service\.http\.port cannot be used/),
    ]);
    expect(await mistakes('', { policy: 'nope' })).toEqual([expect.stringMatching(/^--policy: /)]);
    expect(await mistakes('', { port: 9000, grpcPort: 9000 })).toEqual([
      expect.stringMatching(/^--grpc-port 9000: service\.grpc\.port is the port of http\.port as well/),
    ]);
  });

  test('starts workers on request unless it says otherwise', async () => {
    expect((await load(SOUND)).startOnRequest).toBe(true);
    const off = SOUND.replace('  workers:', '  start_on_request: false\n  workers:');
    expect((await load(off)).startOnRequest).toBe(false);
  });
});

describe('the settings', () => {
  test('are read with their units, and switched on and off by a word', async () => {
    const text = `service: { http: { port: 0, body_max: 1 MB }, grpc: off, torchserve: on, dashboard: { history: 5 min } }`;
    const { settings } = await load(text);
    expect(settings.http).toMatchObject({ port: 0, body_max: 1e6, host: '127.0.0.1' });
    expect(settings.grpc).toBeUndefined();
    expect(settings.torchserve).toMatchObject({ inference_port: 8080, start_on_request: false });
    expect(settings.dashboard).toEqual({ pages: 20, history: seconds(300) });
  });

  test('name files relative to the config', async () => {
    const text = 'service: { state: state, models: { repository: models }, handlers: { mine: { file: mine.ts } } }';
    const folder = folderWith({ 'a.yaml': text, 'models/net/1/model.onnx': '' });
    const { settings } = await loadService(join(folder, 'a.yaml'));
    expect(settings.state).toBe(join(folder, 'state'));
    expect(settings.models.repository).toBe(join(folder, 'models'));
    expect(settings.handlers).toEqual({ mine: { file: join(folder, 'mine.ts') } });
  });

  test('of single variants: workers between bounds, a batching policy of their own', async () => {
    const { variants } = await load(`service:
  variants:
    fmnist-linear-fp32: { workers: 2, batching: { policy: fixed, max_batch: 4 } }
    fmnist-mlp-fp32: { workers: { least: 1 } }
    fmnist-lenet-fp32: { workers: auto }
`);
    const byName = new Map(variants.map((variant) => [variant.definition.name, variant]));
    expect(byName.get('fmnist-linear-fp32')).toMatchObject({ workers: { least: 2, most: 2 } });
    expect(byName.get('fmnist-linear-fp32')?.batching).toMatchObject({ options: { maxBatch: 4 } });
    expect(byName.get('fmnist-mlp-fp32')?.workers).toEqual({ least: 1, most: Infinity });
    expect(byName.get('fmnist-lenet-fp32')?.workers).toBeUndefined();
  });

  test('of paths: objectives, and the answer', async () => {
    const { settings } = await load(
      'service: { paths: { /flowers: { model: classification-fashion-mnist, answer: label, latency: 50 ms, accuracy: 80 } } }',
    );
    expect(settings.paths['/flowers']).toMatchObject({
      field: 'content',
      answer: 'label',
      latency: milliseconds(50),
      accuracy: 80,
    });
  });

  test('of machines: commands with a timeout, or shares of the host with a boot time', async () => {
    const command = await load(
      'service: { machines: { provisioner: command, start: [./up.sh, large], stop: [./down.sh] } }',
    );
    expect(command.settings.machines).toEqual({
      provisioner: 'command',
      start: ['./up.sh', 'large'],
      stop: ['./down.sh'],
      timeout: seconds(300),
      shell: false,
    });
    const local = await load('service: { machines: { provisioner: local, boot: 25 s } }');
    expect(local.settings.machines).toEqual({ provisioner: 'local', boot: seconds(25) });
  });
});

describe('a variant without a model file', () => {
  const text = `
catalogue: { variants: [{ architecture: resnet50, framework: tensorrt }] }
fleet: { machines: { p3.2xlarge: { count: 2, max: 4 } } }
`;

  test('is answered by its latency table, takes images, and a note says so', async () => {
    const { variants, notes } = await load(text);
    expect(variants[0].definition).toMatchObject({
      inputs: [{ type: 'float32', shape: [null, 3, 224, 224] }],
      outputs: [{ shape: [null, 1] }],
      handler: 'image-classifier-symmetric',
    });
    expect(notes).toEqual([expect.stringMatching(/and \d+ more have no model file: its latency table stands in/)]);
  });

  test('runs on machines whose slack count becomes the option of INFaaS', async () => {
    const { policies } = await load(`${text}service: { slack: { p3.2xlarge: 1 } }`);
    expect(policies.selection.options['slackGpu']).toBe(1);
    const given = await load(text, { machines: ['p3.2xlarge=3:5:2'] });
    expect(given.machines).toEqual([{ type: 'p3.2xlarge', count: 3, max: 5 }]);
    expect(given.policies.dispatch.options['slackGpu']).toBe(2);
  });
});

describe('a command line changes', () => {
  test('host and port of what is on, and any value by its path', async () => {
    const set = ['service.grpc=off', 'service.auth.mode=on', 'limits.timeout=5 s'];
    const { settings, limits } = await load('', { host: '0.0.0.0', port: 9000, set });
    expect(settings.http).toMatchObject({ host: '0.0.0.0', port: 9000 });
    expect(settings.grpc).toBeUndefined();
    expect(settings.auth.mode).toBe('on');
    expect(limits.timeoutNs).toBe(seconds(5));
    expect((await load('', { host: '::1' })).settings.grpc?.host).toBe('::1');
    const words = await load('service: { grpc: on, torchserve: on }', { host: '::1' });
    expect([words.settings.grpc?.host, words.settings.torchserve?.host]).toEqual(['::1', '::1']);
    expect((await load('', { host: '::1' })).settings.torchserve).toBeUndefined();
  });

  test('what it cannot put in place is refused', async () => {
    expect(await mistakes('', { set: ['service'] })).toEqual([
      '--set: this is no value of the config; found service; expected the path of a value and the value, such as ' +
        'service.http.port=0 or fleet.machines.cpu-2=2',
    ]);
    expect(await mistakes('', { machines: ['cpu-2'] })).toEqual([
      expect.stringContaining('--machines: this is no count of machines; found cpu-2'),
    ]);
  });
});

describe('mistakes', () => {
  test('in all sections are told together, by line', async () => {
    const text = `catalogue: { variants: [fmnist-linear-fp33] }
fleet: { machines: { hots: 1 } }
policies: [{ name: a, batching: fixd }]
service:
  http: { prt: 8000 }
  grpc: { port: 70000 }
  logs: { level: loud }
workflow: {}
`;
    const found = await mistakes(text);
    expect(found.map((each) => each.replace(/;.*/, ''))).toEqual([
      expect.stringMatching(/^a\.yaml:1: catalogue\.variants\[0\]/),
      expect.stringMatching(/^a\.yaml:2: fleet\.machines\.hots names no machine type/),
      expect.stringMatching(/^a\.yaml:3: policies\[0\]\.batching names no batching policy/),
      'a.yaml:5: unknown key "prt" in service.http',
      'a.yaml:6: service.grpc.port cannot be used',
      'a.yaml:7: service.logs.level cannot be used',
      'a.yaml:8: unknown key "workflow"',
    ]);
    expect(found[1]).toContain('did you mean "host"?');
    expect(found[3]).toContain('did you mean "port"?');
  });

  test.each([
    ['http: { port: 8001 }', 'service.grpc.port is the port of http.port as well', 'a port of its own'],
    [
      'torchserve: { grpc_inference_port: 8001 }',
      'service.torchserve.grpc_inference_port is the port of grpc.port',
      '',
    ],
    ['models: { store: nowhere }', 'service.models.store is no folder that there is', 'nowhere'],
    ['models: { repository: gone }', 'service.models.repository is no folder that there is', 'make it, name another'],
    ['paths: { flowers: { model: a } }', 'service.paths.flowers is no path', 'such as /flowers'],
    ['paths: { /v2/x: { model: a } }', 'service.paths./v2/x is a path of the service itself', ''],
    ['variants: { fmnist-linear: { workers: 1 } }', 'names no selected variant', 'did you mean'],
    ['variants: { fmnist-linear-fp32: { workers: -1 } }', 'workers cannot be used', 'a whole number from 0'],
    [
      'variants: { fmnist-linear-fp32: { workers: { least: 2, most: 1 } } }',
      'workers.most cannot be used',
      'at least least, 2',
    ],
    [
      'variants: { fmnist-linear-fp32: { batching: { module: a.ts } } }',
      'batching.module cannot be used',
      'a built-in batching policy',
    ],
    ['slack: { host: 1 }', 'service.slack.host has no accelerator', ''],
    [
      'machines: { provisioner: command, start: [a] }',
      'service.machines.stop is missing',
      'such as [./start-machine.sh',
    ],
    ['machines: { provisioner: cloud }', 'service.machines', 'provisioner: local or command'],
    ['grpc: maybe', 'service.grpc cannot be used', 'on, off or a map such as { port: 8001 }'],
    ['engines: { batch_timeout: 10 }', 'batch_timeout cannot be used', 'ms'],
  ])('%s', async (settings, complaint, expected) => {
    const [found, ...others] = await mistakes(`service: { ${settings} }`);
    expect(others).toEqual([]);
    expect(found).toContain(complaint);
    expect(found).toContain(expected);
  });

  test('slack machines are refused under a policy set that knows none', async () => {
    const text = `
catalogue: { variants: [{ architecture: resnet50, framework: tensorrt }] }
fleet: { machines: { p3.2xlarge: 2 } }
policies: [{ name: plain }]
service: { slack: { p3.2xlarge: 1 } }
`;
    expect(await mistakes(text)).toEqual([expect.stringContaining('policy set plain does not know')]);
  });
});

describe('the JSON Schema of a service', () => {
  test('describes every key and its default', () => {
    const schema = jsonSchema('service') as {
      properties: Record<string, { description?: string; properties: object }>;
    };
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['catalogue', 'policies', 'service']));
    expect(schema.properties['service'].properties).toMatchObject({
      http: { properties: { port: { default: 8000, description: expect.any(String) } } },
      grpc: { default: 'on' },
    });
    expect(undescribed(schema.properties['service'], 'service')).toEqual([]);
  });
});

/** Keys whose schema says nothing about them. */
function undescribed(schema: object, path: string): string[] {
  const {
    description,
    properties = {},
    anyOf = [],
  } = schema as {
    readonly description?: string;
    readonly properties?: Record<string, object>;
    readonly anyOf?: readonly object[];
  };
  return [
    ...(description === undefined ? [path] : []),
    ...Object.entries(properties).flatMap(([key, inner]) => undescribed(inner, `${path}.${key}`)),
    ...anyOf.flatMap((inner) =>
      Object.entries((inner as { properties?: Record<string, object> }).properties ?? {}).flatMap(([key, each]) =>
        undescribed(each, `${path}.${key}`),
      ),
    ),
  ];
}

test('a limit that is never reached is written so', async () => {
  expect((await load('limits: { timeout: never }')).limits.timeoutNs).toBe(NEVER);
});
