import { describe, expect, test } from 'vitest';
import { FrameReader, frameHead } from '../../../backends/process/frames.ts';
import type { Frame } from '../../../backends/process/frames.ts';

const data = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);

function framesOf(pieces: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame));
  for (const piece of pieces) reader.push(piece);
  return frames;
}

describe('frames', () => {
  const stream = Buffer.concat([frameHead({ a: 'é' }, data.length), data, frameHead([1], 0), frameHead(null, 0)]);

  test.each([1, 3, 8, 9, 500, 5000])('come out whole in pieces of %d bytes', (size) => {
    const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
      stream.subarray(at * size, (at + 1) * size),
    );
    const frames = framesOf(pieces);
    expect(frames.map(({ message }) => message)).toEqual([{ a: 'é' }, [1], null]);
    expect(frames.map((frame) => frame.data.length)).toEqual([1000, 0, 0]);
    expect(Buffer.compare(frames[0].data, data)).toBe(0);
  });

  test('have data that begins where any number may begin', () => {
    const [frame] = framesOf([frameHead({ a: 1 }, data.length), data]);
    expect(frame.data.byteOffset % 8).toBe(0);
  });

  test('that cannot be any are refused', () => {
    expect(() => framesOf([Buffer.from('this is no frame at all')])).toThrow(/^a frame of \d+ and \d+ bytes is none$/);
    const wrong = frameHead({}, 0);
    wrong.write('x', 8);
    expect(() => framesOf([wrong])).toThrow('JSON');
  });
});
