/** A rollout in a live run: the same as in simulation, no request lost, and its replay gives the same run. */
import { expect, test } from 'vitest';
import { Catalogue, milliseconds, outcomeName, seconds } from '../../core/index.ts';
import { tableBackend } from '../../live/world/index.ts';
import { comparable, livePlan, poisson, rowsOf, tableCatalogue, tableVariant } from '../live/world/fixtures.ts';
import { liveAndReplayed } from './replay.ts';

const ANSWERED = ['served', 'late'];

test('a version is rolled out under load on the wall clock', { timeout: 20_000 }, async () => {
  const all = tableCatalogue([tableVariant(0, 'first', [3, 4]), tableVariant(1, 'second', [2, 3])]);
  const catalogue = new Catalogue(all.variants, all.latency, all.machineTypes, new Set(['second']));
  const rollout = { atNs: milliseconds(100), from: 0, to: 1, patienceNs: seconds(10) };
  const plan = livePlan(catalogue, { workers: [[0, 2]], serving: { rollouts: [rollout] } });
  const { live, replayed } = await liveAndReplayed(plan, poisson(150, 3.5), { backend: tableBackend });
  expect(live.serving.rollouts.map(({ stage }) => stage)).toEqual(['done']);
  const rows = rowsOf(live).sort((a, b) => a.ordinal - b.ordinal);
  // On a busy machine some answer may be late; none is lost.
  expect(rows.map(({ outcome }) => outcomeName(outcome)).filter((name) => !ANSWERED.includes(name))).toEqual([]);
  expect([rows[0].variant, rows.at(-1)?.variant]).toEqual([0, 1]);
  expect(comparable(replayed)).toEqual(comparable(live));
  expect(replayed.findings).toEqual([]);
});
