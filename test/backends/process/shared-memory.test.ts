import { ftruncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openLibc } from '../../../backends/process/libc.ts';
import type { Libc } from '../../../backends/process/libc.ts';
import { EXCHANGE_BYTES_MAX, SharedMemory } from '../../../backends/process/shared-memory.ts';
import { Engines } from '../../../backends/onnx/index.ts';
import { Children } from '../../../backends/process/index.ts';
import { folder } from '../onnx/fixtures.ts';

function libc(): Libc {
  const opened = openLibc();
  if (typeof opened === 'string') throw new Error(opened);
  return opened;
}

/** Runs with another platform's name. */
function elsewhere<Value>(platform: NodeJS.Platform, run: () => Value): Value {
  const own = process.platform;
  Object.defineProperty(process, 'platform', { value: platform });
  try {
    return run();
  } finally {
    Object.defineProperty(process, 'platform', { value: own });
  }
}

describe.skipIf(process.platform !== 'linux')('shared memory', () => {
  test('is the same to both sides, also when one extends it', () => {
    const mine = SharedMemory.create(libc());
    const theirs = SharedMemory.attach(libc(), mine.fd);
    mine.ensure(10);
    theirs.ensure(10);
    const before = mine.bytes;
    mine.bytes[3] = 7;
    expect(theirs.bytes[3]).toBe(7);
    theirs.ensure(1_000_000);
    theirs.bytes[999_999] = 9;
    theirs.bytes[3] = 8;
    expect(mine.bytes[3]).toBe(8);
    mine.ensure(theirs.bytes.length);
    expect(mine.bytes[999_999]).toBe(9);
    expect(mine.bytes).toHaveLength(theirs.bytes.length);
    expect(before[3]).toBe(8);
    mine.close();
  });

  test('cannot be shrunk under who reads it', () => {
    const memory = SharedMemory.create(libc());
    memory.ensure(100);
    expect(() => ftruncateSync(memory.fd, 0)).toThrow('EPERM');
    memory.close();
  });

  test('that is closed leaves zeros to who kept a view', () => {
    const memory = SharedMemory.create(libc());
    memory.ensure(100_000);
    const view = memory.bytes.fill(5);
    memory.close();
    expect(view.reduce((sum, byte) => sum + byte, 0)).toBe(0);
    expect(memory.bytes).toHaveLength(0);
  });

  test('has an end', () => {
    const memory = SharedMemory.create(libc());
    expect(() => memory.ensure(EXCHANGE_BYTES_MAX + 1)).toThrow('1073741825 bytes do not fit between the processes');
    expect(() => libc().map(memory.fd, 0)).toThrow(/^mmap of 0 bytes failed with errno \d+$/);
    memory.close();
    expect(() => libc().sealAgainstShrinking(memory.fd)).toThrow(/^fcntl failed with errno \d+$/);
  });
});

describe('where memory cannot be shared', () => {
  test('the reason is told', () => {
    expect(elsewhere('darwin', () => openLibc())).toBe('shared memory needs Linux; this is darwin');
    const missing = (): never => {
      throw new Error('Cannot find the native Koffi module\nwith more lines');
    };
    expect(openLibc(missing)).toBe('koffi cannot be used: Cannot find the native Koffi module');
  });

  test('engines work by messages and say so', async () => {
    const engines = elsewhere('darwin', () => new Engines());
    expect(engines.notes).toEqual([
      'tensors go to the engines in messages, which is slower: shared memory needs Linux; this is darwin',
    ]);
    const spec = { path: `${folder}fmnist-linear.onnx`, hardware: 'cpu', threads: 1, maxBatch: 8 };
    expect((await engines.start().load(spec)).ok).toBe(true);
    await engines.close();
  });

  test('nothing is told to who wanted messages', () => {
    expect(new Children({ name: 'x', entry: 'x.js', transport: 'messages' }).fallback).toBeUndefined();
  });
});
