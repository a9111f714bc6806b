/** What an error says: the place, what is wrong, what was found, what was expected, what to do next. */
import { describe, expect, test } from 'vitest';
import { InvariantError, ServingError, ServingErrors, invariant } from '../../core/index.ts';

describe('a user’s error', () => {
  test('is one sentence with everything in it', () => {
    const error = new ServingError({
      code: 'CONFIG_VALUE',
      place: 'a.yaml:3',
      message: 'the batch is too large',
      found: '9',
      expected: 'at most 8',
      next: 'lower it',
    });
    expect(error.message).toBe('a.yaml:3: the batch is too large; found 9; expected at most 8; lower it');
    expect([error.name, error.code]).toEqual(['ServingError', 'CONFIG_VALUE']);
  });

  test('leaves out what it does not have', () => {
    expect(new ServingError({ code: 'X', message: 'it is wrong' }).message).toBe('it is wrong');
  });

  test('keeps its cause', () => {
    const cause = new Error('below');
    expect(new ServingError({ code: 'X', message: 'above', cause }).cause).toBe(cause);
  });

  test('of several kinds at once has one line for each', () => {
    const errors = ['one', 'two'].map((message) => new ServingError({ code: 'X', message }));
    expect(new ServingErrors(errors).message).toBe('one\ntwo');
  });
});

test('a broken promise of the program stops the run with an error of its own', () => {
  expect(() => invariant(false, 'two is not three')).toThrow(InvariantError);
  expect(() => invariant(true, 'never said')).not.toThrow();
});
