// Messages that would grow out of proportion are refused before they are decoded.
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { findExcess } from '../../../live/grpc/wire-bounds.ts';

const bounds = { plainBytes: 100, fields: 10 };
const cut = { code: status.INVALID_ARGUMENT, message: 'the message is cut off or malformed' };

function field(number: number, contents: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(contents.length), contents]);
}

function varint(value: number): Buffer {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

test('a message within its bounds may be decoded', () => {
  expect(findExcess(Buffer.alloc(0), 7, bounds)).toBeUndefined();
  expect(findExcess(field(1, Buffer.alloc(90)), 7, bounds)).toBeUndefined();
  expect(
    findExcess(Buffer.from([0x08, 0x01, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x1d, 0, 0, 0, 0]), 7, bounds),
  ).toBeUndefined();
});

test('the bytes of raw tensors are free', () => {
  expect(findExcess(field(7, Buffer.alloc(100_000)), 7, bounds)).toBeUndefined();
});

test('all other bytes are not', () => {
  expect(findExcess(field(5, Buffer.alloc(100_000)), 7, bounds)).toEqual({
    code: status.RESOURCE_EXHAUSTED,
    message:
      '100004 bytes of the message are no raw tensors; at most 100 are taken; send tensors in raw_input_contents',
  });
  expect(findExcess(field(7, Buffer.alloc(101)), 0, bounds)?.code).toBe(status.RESOURCE_EXHAUSTED);
});

test('a message of very many fields is refused, also when they are raw', () => {
  const many = Buffer.concat(Array.from({ length: 11 }, () => field(7, Buffer.alloc(0))));
  expect(findExcess(many, 7, bounds)).toEqual({
    code: status.RESOURCE_EXHAUSTED,
    message: 'the message has more than 10 fields',
  });
});

test.each([
  ['a key without contents', Buffer.from([0x0a])],
  ['contents shorter than their length', Buffer.from([0x0a, 5, 1])],
  ['an endless number', Buffer.alloc(12, 0xff)],
  ['a group', Buffer.from([0x0b, 0x0c])],
  ['a fixed number cut off', Buffer.from([0x09, 1, 2])],
  // 2^32 + (7 << 3 | 2): field 7 to those who keep 32 bits.
  ['a key beyond 32 bits', Buffer.concat([varint(2 ** 32 + 58), varint(1), Buffer.alloc(1)])],
])('%s is malformed', (_name, bytes) => {
  expect(findExcess(bytes, 7, bounds)).toEqual(cut);
});
