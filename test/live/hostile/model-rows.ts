/** Archives and model files that are traps, and changes of the catalogue while queries come. */
import { copyFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { folder as bundled } from '../../backends/onnx/fixtures.ts';
import { nodeModel, tinyModel } from '../../backends/onnx/tiny-model.ts';
import type { RawEntry } from '../models/archives.ts';
import { archiveOf, rawArchive } from '../models/archives.ts';
import { call, expectRefused, expectWell } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';
import { register } from './name-rows.ts';

const LINEAR = join(bundled, 'fmnist-linear.onnx');
const MANIFEST = {
  runtime: 'python',
  model: { modelName: 'trap', serializedFile: 'linear.onnx', handler: 'image_classifier', modelVersion: '1.0' },
};

function filesOf(more: Readonly<Record<string, string | Uint8Array>> = {}): Record<string, string | Uint8Array> {
  return { 'MAR-INF/MANIFEST.json': JSON.stringify(MANIFEST), 'linear.onnx': readFileSync(LINEAR), ...more };
}

/** Everything below the folder of the service but its logs and its database, which change by themselves. */
function filesBelow({ folder }: ServerProcess): readonly string[] {
  const all = readdirSync(folder.path, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory() && !/\.(log|db|db-wal|db-shm|lock-journal)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** A file in the store is registered, refused, and leaves nothing. */
async function expectTrapRefused(
  server: ServerProcess,
  name: string,
  why: RegExp,
  statuses = [400, 500],
): Promise<void> {
  const before = filesBelow(server);
  expectRefused(await register(server, name, '&initial_workers=1'), statuses, why);
  expect(filesBelow(server)).toEqual(before);
  const { service } = await server.status();
  expect(service.variants.map((variant) => variant.name)).not.toContain('trap');
}

function archive(what: string, entries: readonly RawEntry[], why: RegExp, count?: number): HostileTry {
  return {
    what,
    run: async (server) => {
      const content = Object.entries(filesOf()).map(([name, bytes]) => ({ name, content: Buffer.from(bytes) }));
      const path = rawArchive([...content, ...entries], count);
      copyFileSync(path, join(server.folder.path, 'store', 'trap.mar'));
      await expectTrapRefused(server, 'trap.mar', why);
      expect(existsSync(join(server.folder.path, 'escaped'))).toBe(false);
    },
  };
}

function modelFile(what: string, bytes: Uint8Array, why = /./): HostileTry {
  return {
    what,
    run: async (server) => {
      server.folder.write('store/trap.onnx', bytes);
      await expectTrapRefused(server, 'trap.onnx', why);
    },
  };
}

const ROW = [{ name: 'x', type: 'float32', shape: ['N', 3] }] as const;
const ANSWER = [{ name: 'y', type: 'float32', shape: ['N', 3] }] as const;
const X = Buffer.from('x');
/** A bomb without nesting: its place in the archive is behind the two files of `filesOf`. */
const KERNEL = { name: 'kernel', content: Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * at) % 251)) };
const SHARING = Array.from({ length: 30 }, (_, at) => ({ name: `shared${at}`, sharesWith: 2 }));

export const modelRows: readonly HostileRow[] = [
  {
    row: 'archive with `../../x`, absolute names, symlinks, device files, 42.zip, 1e6 entries, duplicate names, name case tricks',
    precedent: 'ZipSlip, CVE-2023-48299',
    tries: [
      archive('a name that climbs', [{ name: '../../escaped', content: X }], /leads out/),
      archive('an absolute name', [{ name: '/escaped', content: X }], /absolute/),
      archive('a backslash', [{ name: String.raw`..\escaped`, content: X }], /backslash/),
      archive(
        'a symbolic link',
        [{ name: 'escaped', content: Buffer.from('/etc/passwd'), mode: 0o120_777 }],
        /link|kind|regular/,
      ),
      archive('a device', [{ name: 'escaped', mode: 0o020_666 }], /device|kind|regular/),
      archive('a bomb', [{ name: 'zeros', content: Buffer.alloc(2_000_000) }], /times|ratio|larger/),
      {
        what: 'a model that is larger than it says',
        run: async (server) => {
          const { 'linear.onnx': model, ...others } = filesOf();
          const content = Object.entries(others).map(([name, bytes]) => ({ name, content: Buffer.from(bytes) }));
          const lie = { name: 'linear.onnx', content: Buffer.from(model), says: { uncompressedSize: 10 } };
          copyFileSync(rawArchive([...content, lie]), join(server.folder.path, 'store', 'trap.mar'));
          await expectTrapRefused(server, 'trap.mar', /./);
        },
      },
      archive(
        'a thousand entries',
        Array.from({ length: 1000 }, (_, at) => ({ name: `f${at}`, content: X })),
        /entries|more than 50/,
      ),
      archive('entries that share their bytes', [KERNEL, ...SHARING], /overlap/),
      archive('a name twice', [{ name: 'linear.onnx', content: X }], /twice/),
      archive('a name in two cases', [{ name: 'Linear.ONNX', content: X }], /twice/),
      archive('fewer entries than it says', [], /./, 60_000),
      {
        what: 'what is no archive',
        run: async (server) => {
          server.folder.write('store/trap.mar', 'PK\u0003\u0004 no');
          await expectTrapRefused(server, 'trap.mar', /./);
        },
      },
    ],
  },
  {
    row: 'YAML/pickle/Python in an archive',
    precedent: "ShellTorch's second half, SnakeYAML CVE-2022-1471",
    tries: [
      {
        what: 'of a config is refused where it wants to be executed',
        run: async (server) => {
          const yaml = 'handler: !!python/object/apply:os.system ["touch escaped"]\n';
          copyFileSync(
            await archiveOf(filesOf({ 'model-config.yaml': yaml })),
            join(server.folder.path, 'store', 'trap.mar'),
          );
          await expectTrapRefused(server, 'trap.mar', /./);
          expect(existsSync(join(server.folder.path, 'escaped'))).toBe(false);
        },
      },
      {
        what: 'beside a model is not looked at',
        run: async (server) => {
          const code = {
            'handler.py': 'import os; os.system("touch escaped")',
            'x.pkl': "cos\nsystem\n(S'touch escaped'\ntR.",
          };
          copyFileSync(await archiveOf(filesOf(code)), join(server.folder.path, 'store', 'code.mar'));
          expect((await register(server, 'code.mar', '&model_name=code')).status).toBe(200);
          expect(filesBelow(server).filter((path) => /escaped|handler\.py|x\.pkl/.test(path))).toEqual([]);
          expect((await call(`DELETE ${server.addressOf('torchserve-management')}/models/code`)).status).toBe(200);
        },
      },
      {
        what: 'aliases that grow without end',
        run: async (server) => {
          const levels = Array.from({ length: 20 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`);
          const yaml = ['a0: &a0 [x, x]', ...levels, ''].join('\n');
          copyFileSync(
            await archiveOf(filesOf({ 'model-config.yaml': yaml })),
            join(server.folder.path, 'store', 'trap.mar'),
          );
          await expectTrapRefused(server, 'trap.mar', /./);
        },
      },
    ],
  },
  {
    row: 'malformed / huge / cyclic ONNX; external-data path outside the model dir; custom ops; 2 GB protobuf',
    precedent: 'CVE-2024-53880 (overflow at the load), CVE-2026-24147, CVE-2025-23336',
    tries: [
      modelFile('no model', Buffer.from('hello')),
      modelFile('nothing', Buffer.alloc(0)),
      modelFile('half a model', readFileSync(LINEAR).subarray(0, 10_000)),
      modelFile('a length of 2 GB', Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 0x0a])),
      modelFile('a circle', cyclicModel()),
      modelFile('an operator that nobody has', nodeModel('Escape', ROW, ANSWER, { domain: 'com.evil' })),
      modelFile('weights of another file', outsideModel('../../../../../../etc/passwd')),
      modelFile('weights of an absolute path', outsideModel('/etc/passwd')),
      modelFile('a tensor of 4 TB', hugeModel()),
      {
        what: 'one that is larger than the limit',
        run: async (server) => {
          server.folder.write('store/trap.onnx', Buffer.alloc(3_100_000));
          await expectTrapRefused(server, 'trap.onnx', /large|limit/);
        },
      },
      {
        what: 'one that fills memory when it is first run costs its own process only',
        run: async (server) => {
          server.folder.write('store/trap.onnx', greedyConstantModel());
          await expectTrapRefused(server, 'trap.onnx', /memory|crashed|bad_alloc|alloc/i);
        },
      },
    ],
  },
  {
    row: 'load/unload while serving; register same twice; delete default; scale during load',
    precedent: 'CVE-2025-33238, CVE-2025-33254 (races), CVE-2025-23322 (double free)',
    tries: [
      {
        what: 'the same twice, and the default version',
        run: async (server) => {
          const management = server.addressOf('torchserve-management');
          copyFileSync(LINEAR, join(server.folder.path, 'store', 'linear.onnx'));
          expect((await register(server, 'linear.onnx', '&model_name=twice')).status).toBe(200);
          expectRefused(await register(server, 'linear.onnx', '&model_name=twice'), 409, /already registered/);
          const profile = JSON.stringify({ variants: [VERSION_TWO] });
          const body = JSON.stringify({ kind: 'profile', text: profile, file: 'twice.yaml' });
          expect((await call(`POST ${server.url}/rehearse/v1/models`, body)).status).toBe(200);
          expectRefused(await call(`DELETE ${management}/models/twice/1.0`), 403, /default version/);
          expect((await call(`DELETE ${management}/models/twice`)).status).toBe(200);
          expectRefused(await call(`DELETE ${management}/models/twice`), 404);
        },
      },
      {
        what: 'models come, go and are scaled while others are asked: no query is lost',
        run: async (server) => {
          const management = server.addressOf('torchserve-management');
          const state = { isChanging: true };
          let asked = 0;
          const clients = [1, 2].map(async () => {
            for (; state.isChanging; asked += 1) await expectWell(server);
          });
          const change = async (): Promise<void> => {
            const both = await Promise.all(
              ['one', 'two'].map((name) => register(server, 'linear.onnx', `&model_name=${name}`)),
            );
            expect(both).toEqual([1, 2].map(() => expect.objectContaining({ status: 200 })));
            const changes = [
              call(`PUT ${management}/models/one?min_worker=1`),
              call(`PUT ${management}/models/one?min_worker=0`),
              call(`PUT ${management}/models/two?min_worker=2&synchronous=true`),
              call(`DELETE ${management}/models/one`),
            ];
            for (const { status } of await Promise.all(changes)) expect([200, 202, 403, 404, 409]).toContain(status);
            for (const name of ['one', 'two']) {
              expect([200, 404]).toContain((await call(`DELETE ${management}/models/${name}`)).status);
            }
          };
          const changing = change().finally(() => {
            state.isChanging = false;
          });
          await Promise.all([changing, ...clients]);
          expect(asked).toBeGreaterThan(10);
          const { service } = await server.status();
          expect(service.variants.map(({ name }) => name)).not.toContain('two');
        },
      },
    ],
  },
];

/** Two nodes that wait for each other. */
function cyclicModel(): Uint8Array {
  const nodes = [
    { operator: 'Add', inputs: ['x', 'b'], outputs: ['a'] },
    { operator: 'Add', inputs: ['a', 'x'], outputs: ['b'] },
    { operator: 'Identity', inputs: ['b'], outputs: ['y'] },
  ];
  return tinyModel({ nodes, inputs: ROW, outputs: ANSWER });
}

function outsideModel(file: string): Uint8Array {
  const weights = { name: 'w', type: 'float32' as const, dims: [1, 3], values: [], file };
  return nodeModel('Add', ROW, ANSWER, { initializers: [weights] });
}

/** Asks for 10^12 numbers whatever it is given. */
function hugeModel(): Uint8Array {
  return filledModel(1_000_000_000_000n);
}

/** Asks for 400 million numbers, more memory than an engine may have. */
function greedyConstantModel(): Uint8Array {
  return filledModel(400_000_000n);
}

/** Adds nothing, but has to fill so many zeros for it. */
function filledModel(count: bigint): Uint8Array {
  return tinyModel({
    nodes: [
      { operator: 'Shape', inputs: ['x'], outputs: ['shape'] },
      { operator: 'ReduceMax', inputs: ['shape'], outputs: ['one_or_more'], attributes: { keepdims: 1 } },
      { operator: 'Mul', inputs: ['one_or_more', 'COUNT'], outputs: ['size'] },
      { operator: 'ConstantOfShape', inputs: ['size'], outputs: ['zeros'] },
      { operator: 'ReduceSum', inputs: ['zeros'], outputs: ['zero'], attributes: { keepdims: 0 } },
      { operator: 'Add', inputs: ['x', 'zero'], outputs: ['y'] },
    ],
    inputs: ROW,
    outputs: ANSWER,
    initializers: [{ name: 'COUNT', type: 'int64', dims: [1], values: [count] }],
  });
}

/** A version of its table only, with the tensors of the first one. */
const VERSION_TWO = {
  name: 'twice',
  version: '2.0',
  use_case: { task: 'test', dataset: 'versions' },
  architecture: 'twice-2',
  framework: 'table',
  hardware: 'cpu',
  precision: 'fp32',
  max_batch: 1,
  accuracy_percent: 50,
  resources: { cores: 1, memory: '1 MB' },
  inputs: [{ name: 'input', type: 'float32', shape: [null, 1, 28, 28] }],
  outputs: [{ name: 'logits', type: 'float32', shape: [null, 10] }],
  profile: {
    source: 'made up',
    load: '1 ms',
    peak_memory: '1 MB',
    host_overhead: '0 us',
    rows: [{ batch: 1, mean: '1 ms' }],
  },
};
