/** Who serves the requests for a variant: itself, its successor, the successor’s successor. */
import { expect, test } from 'vitest';
import { Bench } from '../actors/bench.ts';

const fleetOfThree = () => new Bench({ variants: [{}, {}, {}] }).fleet;

test('a variant serves its own requests until it is succeeded', () => {
  const fleet = fleetOfThree();
  expect([...fleet.servedBy]).toEqual([0, 1, 2]);
  fleet.succeed(0, 1);
  expect([...fleet.servedBy]).toEqual([1, 1, 2]);
});

test('the last successor serves for all before it', () => {
  const fleet = fleetOfThree();
  fleet.succeed(0, 1);
  fleet.succeed(1, 2);
  expect([...fleet.servedBy]).toEqual([2, 2, 2]);
});

test('a variant that is rolled back to serves again, for its successor as well', () => {
  const fleet = fleetOfThree();
  fleet.succeed(0, 1);
  fleet.succeed(1, 0);
  expect([...fleet.servedBy]).toEqual([0, 0, 2]);
});

test('scalers leave a variant alone that was succeeded, and scale its successor', () => {
  const fleet = fleetOfThree();
  fleet.rolling[1] = 1;
  fleet.succeed(0, 1);
  expect([...fleet.rolling]).toEqual([1, 0, 0]);
});
