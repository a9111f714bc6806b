/** The tree of streams: named, independent of who else is there, with an unseed that tells two runs apart. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStreams } from '../../../core/index.ts';

const CHECK = { seed: 20_260_302, numRuns: 100 };

function firstDraws(streams: RandomStreams, name: string): number[] {
  return Array.from({ length: 5 }, () => streams.stream(name).bits());
}

describe('a named stream', () => {
  test('is the same object every time it is asked for', () => {
    const streams = new RandomStreams('seed');
    expect(streams.stream('arrivals')).toBe(streams.stream('arrivals'));
  });

  test('draws the same whoever else was opened or drawn from before', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (name, others) => {
        const alone = firstDraws(new RandomStreams('seed'), name);
        const crowd = new RandomStreams('seed');
        for (const other of others) if (other !== name) crowd.stream(other).bits();
        expect(firstDraws(crowd, name)).toEqual(alone);
      }),
      CHECK,
    );
  });

  test('draws something else under another name and under another seed', () => {
    const draws = firstDraws(new RandomStreams('seed'), 'service/worker-1');
    expect(firstDraws(new RandomStreams('seed'), 'service/worker-11')).not.toEqual(draws);
    expect(firstDraws(new RandomStreams('seed-2'), 'service/worker-1')).not.toEqual(draws);
  });
});

describe('the unseed', () => {
  const run = (draw: (streams: RandomStreams) => void): string => {
    const streams = new RandomStreams('seed');
    draw(streams);
    return streams.unseed();
  };

  test('is the same for two runs that drew the same, in whatever order they opened their streams', () => {
    const one = run((streams) => {
      streams.stream('a').bits();
      streams.stream('b').normal();
    });
    const two = run((streams) => {
      streams.stream('b').normal();
      streams.stream('a').bits();
    });
    expect(two).toBe(one);
  });

  test('differs when one stream drew once more', () => {
    const one = run((streams) => streams.stream('a').bits());
    const two = run((streams) => [streams.stream('a').bits(), streams.stream('a').bits()]);
    expect(two).not.toBe(one);
  });

  test('differs under another seed', () => {
    expect(new RandomStreams('x').unseed()).toBe(new RandomStreams('y').unseed()); // Nothing was opened.
    const opened = ['x', 'y'].map((seed) => {
      const streams = new RandomStreams(seed);
      streams.stream('a');
      return streams.unseed();
    });
    expect(opened[0]).not.toBe(opened[1]);
  });
});
