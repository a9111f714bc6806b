// The replication's part of `requests.csv`: any name can be read back, and a sample is the same under every policy.
import { describe, expect, test } from 'vitest';
import { simulateReplication } from '../../../experiments/run/simulate-replication.ts';
import { arriving, arrivingAtRandom, echoConfig, readRows, simulated, tasksOf } from '../../fixtures/echo.ts';
import type { RequestLine } from '../../fixtures/echo.ts';
import { folderWith } from '../config/config-files.ts';

test.each(['a,b', 'say "hi"', 'two\nlines', 'carriage\rreturn', ' spaces ', "it's; a\ttab", '=1+1', 'naïve 🙂'])(
  'the name %j is read back as it was',
  async (application) => {
    const { rows } = await simulated({ duration: '60 ms', workload: arriving('50/s', { application }) });
    expect(rows).toHaveLength(3);
    expect(rows.map((row) => row.application)).toEqual([application, application, application]);
    expect(rows.map((row) => row.outcome)).toEqual(['served', 'served', 'served']);
  },
);

test('what a request does not have is left empty', async () => {
  const policies = [{ name: 'plain', admission: { policy: 'queue-bound', max: 2 } }];
  const workload = arriving('1000/s', {});
  const { rows } = await simulated({ duration: '3 ms', workload, policies });
  expect(rows.map((row) => [row.outcome, row.reason, row.objective_ms, row.worker, row.batch_inputs])).toEqual([
    ['served', '', '', '0', '1'],
    ['served', '', '', '0', '1'],
    ['rejected', 'queue-full', '', '', ''],
  ]);
  const unservable = await simulated({
    duration: '3 ms',
    workload: arriving('1000/s', { variant: 'echo', inputs: 3 }),
  });
  expect(unservable.rows.map((row) => [row.architecture, row.variant])).toEqual([
    ['', ''],
    ['', ''],
    ['', ''],
  ]);
});

test.skipIf(process.platform !== 'linux')(
  'a disk that is full is told, not half a file taken for a whole one',
  async () => {
    const [task] = tasksOf(await echoConfig(), folderWith({}));
    expect(() => simulateReplication({ ...task, rowsFile: '/dev/full' }, new Map(), () => 0)).toThrow(
      '/dev/full: cannot write a scratch file; found a full disk (ENOSPC); make room there, or name another folder for ' +
        'temporary files in TMPDIR',
    );
  },
);

describe('beyond request_rows', () => {
  const crowded = {
    duration: '10 s',
    replications: 2,
    workload: arrivingAtRandom('50/s'),
    policies: [{ name: 'one' }, { name: 'bounded', admission: { policy: 'queue-bound', max: 1 } }],
  };
  const ordinals = (rows: readonly RequestLine[]): string[] => rows.map((row) => row.ordinal);

  test('rows are a sample of each replication, the same requests under every policy', async () => {
    const config = await echoConfig({ ...crowded, request_rows: 200 });
    const tasks = tasksOf(config, folderWith({}));
    for (const task of tasks) simulateReplication(task, new Map(), () => 0);
    const [first, second, otherFirst, otherSecond] = tasks.map((task) =>
      readRows(task.rowsFile, { withHeader: false }),
    );
    for (const rows of [first, second]) {
      expect(rows.length).toBeGreaterThan(30);
      expect(rows.length).toBeLessThanOrEqual(100);
      // From all over the run, not from its beginning.
      expect(Number(rows.at(-1)?.scheduled_s)).toBeGreaterThan(9);
    }
    expect(ordinals(otherFirst)).toEqual(ordinals(first));
    expect(ordinals(otherSecond)).toEqual(ordinals(second));
    expect(ordinals(second)).not.toEqual(ordinals(first));
  });

  test('metrics are those of all requests all the same', async () => {
    const all = await simulated(crowded);
    const none = await simulated({ ...crowded, request_rows: 0 });
    expect(none.rows).toEqual([]);
    expect(none.result).toEqual(all.result);
    expect(all.rows.length).toBeGreaterThan(400);
  });
});
