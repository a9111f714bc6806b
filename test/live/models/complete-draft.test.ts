import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { latencyModel } from '../../../backends/index.ts';
import type { VariantDefinition } from '../../../backends/index.ts';
import type { Profile } from '../../../core/index.ts';
import { milliseconds, seconds } from '../../../core/index.ts';
import type { ModelCheckOptions } from '../../../live/models/complete-draft.ts';
import { completeDraft } from '../../../live/models/complete-draft.ts';
import type { ModelDraft } from '../../../live/models/model-draft.ts';
import { unstated } from '../../../live/models/model-draft.ts';
import type { TinyGraph, TinyTensor } from '../../backends/onnx/tiny-model.ts';
import { addSubModel, identityModel, matMulModel, nodeModel, tinyModel } from '../../backends/onnx/tiny-model.ts';
import { folderOf } from './folders.ts';

const CHECKS: ModelCheckOptions = {
  maxFileBytes: 10_000_000,
  loadTimeoutNs: seconds(5),
  memoryMaxBytes: 600_000_000,
  profileTimeNs: milliseconds(200),
  profileRuns: 100,
  defaultMaxBatch: 4,
};

const TABLE: Profile = {
  source: 'said',
  synthesised: false,
  rows: [{ batch: 1, meanNs: 5 }],
  loadNs: 1,
  peakMemoryBytes: 2,
  hostOverheadNs: 0,
};

function draftOf(model: Uint8Array | string, changes: Partial<ModelDraft> = {}): ModelDraft {
  const folder = folderOf({ 'model.onnx': model });
  return {
    name: 'net',
    version: '1',
    ...unstated('net'),
    cores: 1,
    accelerators: 0,
    file: { path: join(folder, 'model.onnx') },
    origin: { place: 'net', folder },
    notes: [],
    ...changes,
  };
}

function complete(
  model: Uint8Array | string,
  changes: Partial<ModelDraft> = {},
  checks: Partial<ModelCheckOptions> = {},
): Promise<VariantDefinition> {
  return completeDraft(draftOf(model, changes), { ...CHECKS, ...checks });
}

/** A tensor of two values for each input. */
const pair = (name: string): TinyTensor => ({ name, type: 'float32', shape: ['N', 2] });

/** A model that goes round as often before it answers. */
function looping(steps: number): Uint8Array {
  return tinyModel({
    nodes: [
      {
        operator: 'Loop',
        inputs: ['most', '', 'x'],
        outputs: ['y'],
        attributes: {
          body: {
            nodes: [
              { operator: 'Identity', inputs: ['go'], outputs: ['go_on'] },
              { operator: 'Relu', inputs: ['carried'], outputs: ['carried_on'] },
            ],
            inputs: [
              { name: 'step', type: 'int64', shape: [] },
              { name: 'go', type: 'bool', shape: [] },
              pair('carried'),
            ],
            outputs: [{ name: 'go_on', type: 'bool', shape: [] }, pair('carried_on')],
          },
        },
      },
    ],
    inputs: [pair('x')],
    outputs: [pair('y')],
    initializers: [{ name: 'most', type: 'int64', dims: [], values: [steps] }],
  });
}

const float = (
  name: string,
  ...shape: (number | null)[]
): { name: string; type: 'float32'; shape: (number | null)[] } => ({
  name,
  type: 'float32',
  shape,
});

describe('what a model file says', () => {
  test('are its tensors, digest and size', async () => {
    const model = addSubModel('int32');
    const definition = await complete(model);
    const tensors = (...names: string[]): object[] => names.map((name) => ({ name, type: 'int32', shape: [null, 16] }));
    expect(definition.inputs).toEqual(tensors('INPUT0', 'INPUT1'));
    expect(definition.outputs).toEqual(tensors('OUTPUT0', 'OUTPUT1'));
    expect(definition.artifact).toMatchObject({
      sha256: createHash('sha256').update(model).digest('hex'),
      bytes: model.length,
    });
    expect(definition.maxBatch).toBe(4);
  });

  test('is its largest batch, whatever number of requests is to be batched', async () => {
    expect((await complete(identityModel('float32', ['N', 3]), { batchSize: 1 })).maxBatch).toBe(4);
    expect((await complete(identityModel('float32', ['N', 3]), { batchSize: 6 })).maxBatch).toBe(6);
    expect((await complete(identityModel('float32', [6, 3]), { batchSize: 6 })).maxBatch).toBe(6);
    await expect(complete(identityModel('float32', [3]), { batchSize: 6 })).rejects.toThrow('the model does not batch');
  });

  test('is what a model without a batch dimension gets: batches of 1', async () => {
    const definition = await complete(identityModel('float32', [3]));
    expect(definition).toMatchObject({ maxBatch: 1, inputs: [float('INPUT0', 3)] });
  });
});

describe('a model without a table is measured', () => {
  test('at every power of two up to its maximum, and its profile says so', async () => {
    const { profile, resources } = await complete(matMulModel(64, 64), { maxBatch: 6 });
    expect(profile.rows.map(({ batch }) => batch)).toEqual([1, 2, 4, 6]);
    expect(profile.source).toMatch(
      /^measured at registration, \d+ runs back to back on zeros at batches 1, 2, 4, 6, 1 thread$/,
    );
    expect(profile.synthesised).toBe(false);
    expect(profile.loadNs).toBeGreaterThan(milliseconds(10));
    expect(profile.peakMemoryBytes).toBeGreaterThan(10_000_000);
    expect(profile.hostOverheadNs).toBeGreaterThan(0);
    expect(resources.memoryBytes).toBe(profile.peakMemoryBytes);
  });

  test('with a median and a 99th percentile where there were runs enough', async () => {
    const { profile } = await complete(identityModel('float32'), { maxBatch: 1 }, { profileTimeNs: seconds(3) });
    expect(profile.rows[0].quantilesNs?.map(({ probability }) => probability)).toEqual([0.5, 0.99]);
    const few = await complete(identityModel('float32'), { maxBatch: 1 }, { profileRuns: 5 });
    expect(few.profile.rows[0].quantilesNs).toBeUndefined();
    expect(few.profile.source).toContain('5 runs');
  });

  test('once: the same file for the same use keeps its table', async () => {
    const draft = draftOf(identityModel('float32'), { maxBatch: 2 });
    const known = await completeDraft(draft, CHECKS);
    const again = async (changed: ModelDraft, before: VariantDefinition): Promise<Profile> =>
      (await completeDraft(changed, { ...CHECKS, known: before })).profile;
    expect(await again(draft, known)).toBe(known.profile);
    expect(await again({ ...draft, cores: 2 }, known)).not.toBe(known.profile);
    expect(await again({ ...draft, maxBatch: 4 }, known)).not.toBe(known.profile);
    // A table that somebody stated before and does not state now.
    expect(await again(draft, { ...known, profile: TABLE })).not.toBe(TABLE);
  });

  test('within its time, beyond which the rows go on in a straight line', async () => {
    const startedMs = Date.now();
    const { profile } = await complete(
      matMulModel(500, 500),
      { maxBatch: 65_536 },
      { profileTimeNs: milliseconds(100) },
    );
    // Starting the engine takes most of it, on a busy machine seconds; measuring every batch would take minutes.
    expect(Date.now() - startedMs).toBeLessThan(25_000);
    const [last] = profile.rows.slice(-1);
    expect(last.batch).toBe(65_536);
    expect(profile.synthesised).toBe(true);
    expect(profile.source).toMatch(/; beyond batch \d+ a straight line, for want of time$/);
    const model = latencyModel(profile, { variant: 'net', maxBatch: 65_536, sampling: 'mean', extrapolate: false });
    expect(model.expectedBatchNs(65_536)).toBeGreaterThan(model.expectedBatchNs(1));
  });

  test('with extents of 1 where each request chooses them, and empty texts', async () => {
    expect((await complete(identityModel('string', ['N', 'length']))).profile.rows[0].meanNs).toBeGreaterThan(0);
  });

  test('but not on hardware that is not the CPU', async () => {
    await expect(complete(identityModel('float32'), { hardware: 'v100' })).rejects.toThrow(
      'a variant for v100 needs a latency table',
    );
  });
});

describe('what a draft states', () => {
  const identity = identityModel('float32', ['N', 3]);

  test('may fix what the model leaves open, and is fixed by the model', async () => {
    const open = identityModel('float32', ['N', 'width']);
    expect((await complete(open, { inputs: [float('INPUT0', null, 7)] })).inputs).toEqual([float('INPUT0', null, 7)]);
    expect((await complete(identity, { inputs: [float('INPUT0', null, -1)] })).inputs).toEqual([
      float('INPUT0', null, 3),
    ]);
  });

  test('may be that a model does not batch', async () => {
    const definition = await complete(identity, { maxBatch: 'none' });
    expect(definition).toMatchObject({
      maxBatch: 1,
      inputs: [float('INPUT0', -1, 3)],
      outputs: [float('OUTPUT0', -1, 3)],
    });
  });

  test('may be that a fixed extent is the batch, up to which smaller batches are padded', async () => {
    const fixed = identityModel('float32', [4, 3]);
    expect(await complete(fixed, { maxBatch: 4 })).toMatchObject({ maxBatch: 4, inputs: [float('INPUT0', null, 3)] });
    const stated = { maxBatch: 2, inputs: [float('INPUT0', null, 3)], outputs: [float('OUTPUT0', null, 3)] };
    expect(await complete(fixed, stated)).toMatchObject(stated);
  });

  test('keeps its table', async () => {
    const definition = await complete(identity, { maxBatch: 1, profile: TABLE, memoryBytes: 9 });
    expect(definition.profile).toBe(TABLE);
    expect(definition.resources.memoryBytes).toBe(9);
  });

  const cases: readonly (readonly [string, Partial<ModelDraft>, string])[] = [
    [
      'another name',
      { inputs: [float('x', null, 3)] },
      `the model's input is another than is stated; found inputs "INPUT0"`,
    ],
    [
      'another extent',
      { inputs: [float('INPUT0', null, 4)] },
      `found "INPUT0", float32 [N,3]; expected "INPUT0", float32 [N,4]`,
    ],
    ['another rank', { inputs: [float('INPUT0', null, 3, 1)] }, 'another than is stated'],
    ['another type', { inputs: [{ ...float('INPUT0', null, 3), type: 'int8' }] }, 'expected "INPUT0", int8 [N,3]'],
    ['an output that is not there', { outputs: [float('y', null, 3)] }, `the model's output is another than is stated`],
    ['an input twice', { inputs: [float('INPUT0', null, 3), float('INPUT0', null, 3)] }, 'an input is stated twice'],
    ['too few inputs', { inputs: [] }, 'the model has other inputs; found "INPUT0"'],
    [
      'labels of another count',
      { labels: ['a', 'b'] },
      'the labels are not those of the model; found 2 labels; expected 3',
    ],
    ['neither file nor table', { file: undefined }, 'a variant without a model file needs a latency table'],
  ];
  test.each(cases)('%s is refused', async (_what, changes, message) => {
    await expect(complete(identity, changes)).rejects.toThrow(message);
  });

  test('a batch on a model without one is refused', async () => {
    await expect(complete(identityModel('float32', [3]), { maxBatch: 8 })).rejects.toThrow(
      'the model does not batch; found a maximum batch of 8, and inputs "INPUT0", float32 [3]; expected a maximum batch of 1',
    );
  });

  test('a digest that the file has not is refused', async () => {
    const draft = draftOf(identity);
    const file = { path: draft.file?.path ?? '', sha256: 'a'.repeat(64) };
    await expect(completeDraft({ ...draft, file }, CHECKS)).rejects.toThrow(
      /not the model that was registered; its sha256 is/,
    );
  });
});

describe('model files that are refused with the reason', () => {
  const cyclic: TinyGraph = {
    nodes: [
      { operator: 'Add', inputs: ['x', 'b'], outputs: ['a'] },
      { operator: 'Relu', inputs: ['a'], outputs: ['b'] },
    ],
    inputs: [pair('x')],
    outputs: [pair('b')],
  };
  const outside = (file: string): Uint8Array =>
    nodeModel('Add', [pair('x')], [pair('y')], {
      initializers: [{ name: 'w', type: 'float32', dims: [1, 2], values: [0, 0], file }],
    });
  const endless = looping(Number.MAX_SAFE_INTEGER);
  const greedy = tinyModel({
    nodes: [
      { operator: 'ConstantOfShape', inputs: ['size'], outputs: ['zeros'] },
      { operator: 'ReduceSum', inputs: ['zeros'], outputs: ['zero'], attributes: { keepdims: 0 } },
      { operator: 'Add', inputs: ['x', 'zero'], outputs: ['y'] },
    ],
    inputs: [pair('x')],
    outputs: [pair('y')],
    initializers: [{ name: 'size', type: 'int64', dims: [1], values: [400_000_000] }],
  });

  const cases: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
    ['an empty file', '', /the model cannot be loaded; found the file is empty/],
    ['a text', 'hello', /found the file is no ONNX model, or a damaged one/],
    ['a file of Python’s pickle', '\u0080\u0004\u0095cposix\nsystem\n', /found the file is no ONNX model/],
    ['a model that is cut off', Buffer.from(matMulModel(30, 30)).subarray(0, 2000), /found the file is no ONNX model/],
    [
      'a graph with a cycle',
      tinyModel(cyclic),
      /the model cannot be loaded; found .*(?:acyclic|cycle|cyclic|not output of any previous)/i,
    ],
    ['weights outside of the file', outside('weights.bin'), /the model cannot be loaded; found /],
    ['weights of another file of this host', outside('../../../../etc/passwd'), /the model cannot be loaded; found /],
    ['an operator of somebody’s own', nodeModel('Evil', [pair('x')], [pair('y')], { domain: 'com.evil' }), /com\.evil/],
    ['an operator that there is not', nodeModel('Nonsense', [pair('x')], [pair('y')]), /Nonsense/],
    ['a model that never ends', endless, /found load took longer than 1500 ms/],
    ['a model that takes all memory', greedy, /the model cannot be loaded; found .*memory/],
  ];
  test.each(cases)('%s', async (_what, model, reason) => {
    const failing = complete(model, {}, { loadTimeoutNs: model === endless ? milliseconds(1500) : seconds(20) });
    await expect(failing).rejects.toThrow(reason);
    await expect(failing).rejects.not.toThrow(/rehearse-models-|passwd: root/);
    // The next model is none the worse for it.
    expect((await complete(identityModel('int8'), { profile: TABLE, maxBatch: 1 })).inputs).toHaveLength(1);
  });

  test('a model whose single run takes longer than there is for all', async () => {
    await expect(complete(looping(200_000), {}, { profileTimeNs: milliseconds(1) })).rejects.toThrow(
      'the model cannot be profiled; found one run takes longer than 1 ms',
    );
  });

  test('a file that is too large is refused unread', async () => {
    await expect(complete('x'.repeat(100), {}, { maxFileBytes: 50 })).rejects.toThrow(
      'the model file is too large; found 100 bytes; expected at most 50',
    );
  });

  test('a file that is not there', async () => {
    await expect(complete('', { file: { path: join(folderOf(), 'none.onnx') } })).rejects.toThrow(
      'the model file cannot be read',
    );
  });
});
