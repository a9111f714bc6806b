/** A whole run with every clock, timer and source of chance replaced by one that throws. */
import { afterEach, expect, test, vi } from 'vitest';
import { Stream } from '../../core/index.ts';
import { fullRun, proofOf } from './full-run.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Replaces them all until the test is over. */
function setTraps(): void {
  const trap = (name: string) => (): never => {
    throw new Error(`a run must not touch ${name}`);
  };
  class TrapDate {
    static now = trap('Date.now');
    constructor() {
      trap('Date')();
    }
  }
  vi.stubGlobal('Date', TrapDate);
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'])
    vi.stubGlobal(name, trap(name));
  vi.spyOn(Math, 'random').mockImplementation(trap('Math.random'));
  vi.spyOn(Math, 'pow').mockImplementation(trap('Math.pow'));
  vi.spyOn(performance, 'now').mockImplementation(trap('performance.now'));
  vi.spyOn(process, 'hrtime').mockImplementation(trap('process.hrtime'));
  vi.spyOn(process, 'nextTick').mockImplementation(trap('process.nextTick'));
  vi.spyOn(crypto, 'randomUUID').mockImplementation(trap('crypto.randomUUID'));
  vi.spyOn(crypto, 'getRandomValues').mockImplementation(trap('crypto.getRandomValues'));
}

test('a run touches no clock, no timer and no chance but its own', () => {
  const expected = proofOf(fullRun('trapped'));
  setTraps();
  const proof = proofOf(fullRun('trapped'));
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  expect(proof).toEqual(expected);
});

test('the traps are set: without them the law above would prove nothing', () => {
  setTraps();
  const touches = [
    () => Date.now(),
    () => Math.random(),
    () => setTimeout(() => {}, 1),
    () => performance.now(),
    () => new Date(),
  ];
  const caught = touches.map((touch) => {
    try {
      touch();
      return 'nothing';
    } catch (error) {
      return error instanceof Error ? error.message : 'something else';
    }
  });
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  expect(caught.every((message) => message.startsWith('a run must not touch'))).toBe(true);
  expect(new Stream('free').unit()).toBeLessThan(1);
});
