import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../backends/index.ts';
import { readProfile } from '../../../live/models/profile-draft.ts';
import { folderOf } from './folders.ts';

const DIGEST = 'a'.repeat(64);
const VARIANT = `variants:
  - name: net-int8
    version: "2"
    use_case: { task: classification, dataset: fashion-mnist }
    architecture: net
    framework: onnx
    hardware: cpu
    precision: int8
    max_batch: 2
    accuracy_percent: 90
    resources: { cores: 2, memory: 10 MB }
    inputs: [{ name: x, type: float32, shape: [null, 4] }]
    ARTIFACT
    profile:
      source: a test
      load: 5 ms
      peak_memory: 8 MB
      host_overhead: 0 us
      rows: [{ batch: 1, mean: 1 ms }, { batch: 2, mean: 2 ms }]
`;
const withArtifact = (artifact: string): string => VARIANT.replace('ARTIFACT', artifact);

describe('a profile that is registered', () => {
  test('is the variant it states', () => {
    const draft = readProfile(withArtifact(''), { place: 'a.yaml', folder: undefined });
    expect(draft).toMatchObject({
      name: 'net-int8',
      version: '2',
      architecture: 'net',
      maxBatch: 2,
      cores: 2,
      memoryBytes: 10_000_000,
      inputs: [{ name: 'x', type: 'float32', shape: [null, 4] }],
      outputs: undefined,
      file: undefined,
    });
    expect(draft.profile?.rows).toHaveLength(2);
  });

  test('has the model in its folder, with the digest it states', () => {
    const folder = folderOf({ 'a.onnx': '', 'b.onnx': '' });
    const text = withArtifact(`artifact: { path: b.onnx, sha256: ${DIGEST}, size: 1 B }`);
    const { file, notes } = readProfile(text, { place: 'a.yaml', folder });
    expect(basename(file?.path ?? '')).toBe('b.onnx');
    expect(file?.sha256).toBe(DIGEST);
    expect(notes).toEqual([]);
  });

  test('needs neither digest nor artifact', () => {
    const folder = folderOf({ 'b.onnx': '' });
    for (const text of [withArtifact('artifact: { path: b.onnx }'), withArtifact('')]) {
      const { file } = readProfile(text, { place: 'a.yaml', folder });
      expect(basename(file?.path ?? '')).toBe('b.onnx');
      expect(file?.sha256).toBeUndefined();
    }
  });

  test('never leads out of the folder it comes with', () => {
    const folder = folderOf({ 'b.onnx': '' });
    const { file, notes } = readProfile(withArtifact('artifact: { path: ../../x/b.onnx }'), {
      place: 'a.yaml',
      folder,
    });
    expect(file?.path).toMatch(new RegExp(`${basename(folder)}.b\\.onnx$`));
    expect(notes).toEqual(['the artifact is looked for as "b.onnx" in the model\'s folder']);
    const outside = withArtifact('artifact: { path: /etc/passwd.onnx }');
    expect(() => readProfile(outside, { place: 'a.yaml', folder })).toThrow('the folder does not hold the model');
  });

  test('may leave out its profile and resources, which are measured then', () => {
    const folder = folderOf({ 'b.onnx': '' });
    const [head] = withArtifact('').split('    profile:');
    const bare = head.replace('    resources: { cores: 2, memory: 10 MB }\n', '');
    const draft = readProfile(bare, { place: 'a.yaml', folder });
    expect(draft).toMatchObject({ name: 'net-int8', cores: 1, profile: undefined, memoryBytes: undefined, notes: [] });
    const stated = readProfile(head, { place: 'a.yaml', folder });
    expect(stated).toMatchObject({ cores: 2, profile: undefined, memoryBytes: 10_000_000 });
  });

  test('of the example that the help names can be read', () => {
    const example = join(repositoryRoot(), 'experiments', 'configs', 'service', 'profile-example.yaml');
    const folder = folderOf({ 'b.onnx': '' });
    const draft = readProfile(readFileSync(example, 'utf8'), { place: 'profile-example.yaml', folder });
    expect(draft).toMatchObject({ name: 'clothes-linear', maxBatch: 8, profile: undefined, notes: [] });
  });

  test('says when its artifact is left out', () => {
    const text = withArtifact('artifact: { path: b.onnx }');
    expect(readProfile(text, { place: 'a.yaml', folder: undefined }).notes).toEqual([
      'the artifact is left out: its table alone serves',
    ]);
  });
});

describe('mistakes', () => {
  const refusal = (text: string): unknown => readProfile(text, { place: 'a.yaml', folder: undefined });

  test('are told all at once, each with its line', () => {
    const text = withArtifact('').replace('max_batch: 2', 'max_batch: 0').replace('5 ms', '5');
    expect(() => refusal(text)).toThrow(
      /a\.yaml:9: variant net-int8: max_batch cannot be used[^]*a\.yaml:16: variant net-int8/,
    );
  });

  test.each([
    ['no variant', 'variants: []', 'a file that is registered defines one variant; found 0 variants'],
    ['no map', '[]', 'a.yaml:1: the file cannot be used'],
    ['nothing', '', 'a.yaml:1: the file'],
    ['no YAML', 'a: [', 'a.yaml: this is not valid YAML'],
    ['a tag', '!!python/name:os.system x', 'YAML tags are not allowed'],
    [
      'a digest of another length',
      withArtifact('artifact: { sha256: abc }'),
      'a.yaml:13: sha256 of the artifact is no digest',
    ],
    ['a path that is no text', withArtifact('artifact: { path: 7 }'), 'a.yaml:13: path of the artifact is no text'],
    ['an unknown key', withArtifact('artefact: 1'), 'unknown key "artefact"; did you mean "artifact"?'],
  ])('%s is refused', (_what, text, message) => {
    expect(() => refusal(text)).toThrow(message);
  });
});
