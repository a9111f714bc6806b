/** Model files that are traps, and changes of the catalogue while queries come. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeModel, tinyModel } from '../../backends/onnx/tiny-model.ts';
import { call, expectRefused, expectWell } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';
import { register } from './name-rows.ts';
import { LINEAR, expectTrapRefused } from './trap.ts';

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

export const modelRows: readonly HostileRow[] = [
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
