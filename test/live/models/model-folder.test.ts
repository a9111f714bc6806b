import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWithin, modelInFolder } from '../../../live/models/model-folder.ts';
import { folderOf } from './folders.ts';

describe('a folder of the user’s', () => {
  test('is searched for its one .onnx file', () => {
    const folder = folderOf({ 'readme.md': '', 'Net.ONNX': 'x', 'sub/other.onnx': 'y' });
    expect(basename(modelInFolder(folder))).toBe('Net.ONNX');
  });

  test('with several models needs a name', () => {
    const folder = folderOf({ 'a.onnx': '', 'b.onnx': '' });
    expect(() => modelInFolder(folder)).toThrow(
      /the folder holds several ONNX models; found "a\.onnx", "b\.onnx"; expected exactly one .*; name one of them/,
    );
    expect(basename(modelInFolder(folder, { filename: 'b.onnx' }))).toBe('b.onnx');
  });

  test('without a model is refused with what it holds', () => {
    expect(() => modelInFolder(folderOf({ 'frozen.pb': '' }))).toThrow(
      'the folder holds no ONNX model; found "frozen.pb"; expected exactly one file ending in .onnx',
    );
    expect(() => modelInFolder(folderOf())).toThrow('found nothing');
  });

  test('is passed over for the frozen model that a config of another framework names', () => {
    const folder = folderOf({ 'frozen.pb': '', 'a.onnx': '' });
    expect(basename(modelInFolder(folder, { filename: 'frozen.pb' }))).toBe('a.onnx');
  });

  test.each(['../a.onnx', 'sub/a.onnx', 'missing.onnx'])('does not hold %s', (filename) => {
    const folder = folderOf({ 'a.onnx': '', 'sub/a.onnx': '' });
    expect(() => modelInFolder(folder, { filename })).toThrow('the folder does not hold the model that is named');
  });

  test('that is missing, or a file, or whose model is a folder, is refused', () => {
    const folder = folderOf({ file: '' });
    mkdirSync(join(folder, 'a.onnx'));
    expect(() => modelInFolder(join(folder, 'none'))).toThrow('there is no such folder');
    expect(() => modelInFolder(join(folder, 'file'))).toThrow('this is a file');
    expect(() => modelInFolder(folder)).toThrow('"a.onnx" is not a regular file');
  });
});

describe('allowed folders', () => {
  test('hold what lies below them, by whole names', () => {
    const root = folderOf({ 'ab/a.onnx': '', 'abc/a.onnx': '' });
    expect(isWithin(join(root, 'ab'), join(root, 'ab', 'a.onnx'))).toBe(true);
    // A comparison of beginnings would let this through.
    expect(isWithin(join(root, 'ab'), join(root, 'abc'))).toBe(false);
  });

  test('refuse other folders, and links that lead out', () => {
    const [allowed, other] = [folderOf(), folderOf({ 'a.onnx': '' })];
    expect(() => modelInFolder(other, { roots: [allowed] })).toThrow('models may not be registered from this folder');
    symlinkSync(join(other, 'a.onnx'), join(allowed, 'a.onnx'));
    expect(() => modelInFolder(allowed, { roots: [allowed] })).toThrow('"a.onnx" leads out of the allowed folders');
    symlinkSync(other, join(allowed, 'link'));
    expect(() => modelInFolder(join(allowed, 'link'), { roots: [allowed] })).toThrow('may not be registered');
  });

  test('tell nothing of what lies elsewhere, and one that is missing is no matter', () => {
    const [allowed, other] = [folderOf({ 'a.onnx': '' }), folderOf({ file: '' })];
    const roots = [join(other, 'missing'), allowed];
    for (const path of [other, join(other, 'file'), join(other, 'none')]) {
      expect(() => modelInFolder(path, { roots })).toThrow('models may not be registered from this folder');
    }
    expect(() => modelInFolder(join(allowed, 'none'), { roots })).toThrow('there is no such folder');
    expect(basename(modelInFolder(allowed, { roots }))).toBe('a.onnx');
  });
});
