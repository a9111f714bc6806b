/** A live run is judged by how punctual its load generator was. */
import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../../core/index.ts';
import { withPunctuality } from '../../../experiments/run/punctuality.ts';
import { replicationOf } from '../compare/results.ts';

const judged = (count: number, p99Ms: number) =>
  withPunctuality(replicationOf(0, {}), { count, p50Ns: 0, p99Ns: milliseconds(p99Ms), maxNs: milliseconds(p99Ms) })
    .verdict;

describe('a load generator', () => {
  test('that keeps its times leaves the run valid', () => {
    expect(judged(1000, 10)).toMatchObject({ valid: true, problems: [] });
  });

  test('that falls behind makes the run invalid, and says by how much', () => {
    const { valid, problems } = judged(1000, 12);
    expect(valid).toBe(false);
    expect(problems[0].message).toBe('1 % of the requests were issued 12 ms or more too late');
  });

  test('is not judged by one late request among few', () => {
    expect(judged(99, 500).valid).toBe(true);
    expect(judged(100, 500).valid).toBe(false);
  });
});
