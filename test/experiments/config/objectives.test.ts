// `objectives:`, what policies have to keep to: what is read, and every mistake in it, told at once and by line.
import { describe, expect, test } from 'vitest';
import { jsonSchema } from '../../../experiments/config/schema.ts';
import type { ObjectiveConfig } from '../../../experiments/config/experiment-config.ts';
import { SOUND, load, mistakes } from './config-files.ts';

/** The config with these objectives; the first line of `text` is line 15. */
const judging = (text: string): string => `${SOUND}objectives:\n${text}`;

async function read(text: string): Promise<readonly ObjectiveConfig[]> {
  return (await load(judging(text))).points[0].objectives;
}

const FULL = `  attainment: 99 %
  p99_latency: 100 ms
  budget: 0.5 USD
  accuracy: 75
  accuracy_floor: 70 %
  memory: 20 GiB
  energy: 500 kJ
  battery: 2 Wh
  throughput: 900/s
  by_application: { default: { throughput: 60/min } }
`;

/** "p99_latency latency_p99_ms at most 100" */
function told({ name, application, measure, bound, limit }: ObjectiveConfig): string {
  const { kind, ...rest } = measure;
  const what = kind === 'metric' ? [] : [kind];
  return [application, name, ...what, ...Object.values(rest), bound, limit].filter((part) => part !== null).join(' ');
}

describe('objectives', () => {
  test('are read with what is measured and the limit in its unit, all in the order of the list', async () => {
    expect((await read(FULL)).map(told)).toEqual([
      'attainment attainment_percent at least 99',
      'p99_latency latency_p99_ms at most 100',
      'budget cost_usd at most 0.5',
      'accuracy accuracy_percent at least 75',
      'accuracy_floor answers-below 70 at most 0',
      'memory memory_peak_mib at most 20480',
      'energy energy_joules at most 500000',
      'battery energy_machine_max_joules at most 7200',
      'throughput goodput_rps at least 900',
      'default throughput goodput_rps at least 1',
    ]);
  });

  test.each([
    ['budget: 2 USD/h', 'budget per-hour cost_usd at most 2'],
    ['budget: { amount: 2 USD/h }', 'budget per-hour cost_usd at most 2'],
    ['budget: { amount: 1 USD, price: reserved }', 'budget cost_reserved_usd at most 1'],
    ['budget: { amount: 1 USD/h, price: instance }', 'budget per-hour instance_cost_usd at most 1'],
    ['battery: { joules: 20 kJ }', 'battery energy_machine_max_joules at most 20000'],
    ['battery: { joules: 20 kJ, machine: cpu-2 }', 'battery battery cpu-2 at most 20000'],
  ])('%s', async (text, objective) => {
    expect((await read(`  ${text}\n`)).map(told)).toEqual([objective]);
  });

  test('are none by default, and leave no trace', async () => {
    const { points, resolved } = await load(SOUND);
    expect(points[0].objectives).toEqual([]);
    expect(resolved).not.toHaveProperty('objectives');
  });

  test('stand in the resolved config in the words of the file, with the price filled in', async () => {
    const { resolved } = await load(judging('  memory: 20 GB\n  budget: { amount: 1 USD }\n'));
    expect(resolved).toMatchObject({
      objectives: { memory: '20 GB', budget: { amount: '1 USD', price: 'on-demand' } },
    });
  });

  test('may be swept, and a bad value is told at its line in the grid', async () => {
    const grid = (values: string): string => judging(`  attainment: 90 %\ngrid: { objectives.battery: [${values}] }\n`);
    const { points } = await load(grid('1 kJ, 2 kJ'));
    expect(points.map(({ objectives }) => objectives.map(({ limit }) => limit))).toEqual([
      [90, 1000],
      [90, 2000],
    ]);
    expect(await mistakes(grid('1 kJ, 2 kW'))).toEqual([
      expect.stringMatching(/^a\.yaml:16: .*found "2 kW"; expected an energy/),
    ]);
  });

  test('are in the JSON Schema', () => {
    expect(jsonSchema()).toMatchObject({
      properties: {
        objectives: {
          additionalProperties: false,
          properties: { budget: { anyOf: [{ type: 'string' }, { type: 'object' }] }, energy: { examples: ['20 kJ'] } },
        },
      },
    });
  });
});

describe('what is wrong with objectives', () => {
  test('is told all at once, each at its line, with the nearest key or name', async () => {
    const text = `  atainment: 99 %
  p99_latency: 100
  budget: { amount: 0.5, prize: reserved }
  accuracy: 101
  memory: 20
  energy: 5 kW
  battery: { joules: 20 kJ, machine: cpu-3 }
  throughput: 0/s
  by_application:
    defualt: { attainment: 99 % }
    default: { budget: 1 USD }
`;
    expect(await mistakes(judging(text))).toEqual([
      expect.stringMatching(
        /^a\.yaml:15: unknown key "atainment" in objectives; did you mean "attainment"\? expected one of .*$/,
      ),
      'a.yaml:16: objectives.p99_latency cannot be used; found 100; expected a duration with its unit, such as "5 ms" ' +
        '(ns, us, ms, s, min, h or d)',
      'a.yaml:17: unknown key "prize" in objectives.budget; did you mean "price"? expected one of amount, price',
      'a.yaml:17: objectives.budget.amount cannot be used; found 0.5; expected an amount such as "0.5 USD" or "2 USD/h"',
      'a.yaml:18: objectives.accuracy cannot be used; found 101; expected a percentage from 0 to 100, such as 90 or "90 %"',
      'a.yaml:19: objectives.memory cannot be used; found 20; expected an amount of memory with its unit, such as ' +
        '"512 MB" (B, KB, MB, GB, TB; KiB, MiB, GiB, TiB)',
      'a.yaml:20: objectives.energy cannot be used; found "5 kW"; expected an energy with its unit, such as "20 kJ" ' +
        '(J, kJ, MJ, Wh or kWh)',
      'a.yaml:21: objectives.battery.machine names no machine type of the fleet; found "cpu-3"; did you mean "cpu-2"? expected one of cpu-2',
      'a.yaml:22: objectives.throughput cannot be used; found "0/s"; expected a rate above 0',
      'a.yaml:24: objectives.by_application.defualt names no application of the queries; found "defualt"; did you mean "default"? expected ' +
        'one of default',
      expect.stringMatching(
        /^a\.yaml:25: unknown key "budget" in objectives\.by_application\.default; expected one of attainment, /,
      ),
    ]);
  });

  test.each([
    [
      'budget: { amount: 1 USD, price: spot }',
      /price cannot be used; found "spot"; expected one of on-demand, reserved, instance/,
    ],
    ['budget: 5 EUR', /budget cannot be used; found "5 EUR"; expected an amount such as "0\.5 USD" or "2 USD\/h"/],
    ['battery: -5 kJ', /battery cannot be used; found "-5 kJ"; expected an energy of 0 or more/],
    ['by_application: 7', /by_application cannot be used; found 7; expected applications and their objectives/],
    ['by_application: { default: 7 }', /by_application\.default cannot be used; found 7; expected a map of objectives/],
  ])('%s', async (text, message) => {
    expect(await mistakes(judging(`  ${text}\n`))).toEqual([expect.stringMatching(message)]);
  });

  test.each(['99 %', '[]', ''])('a section that is none: %s', async (text) => {
    const found = await mistakes(`${SOUND}objectives: ${text}\n`);
    expect(found).toEqual([
      expect.stringMatching(/^a\.yaml:14: objectives cannot be used; .*expected a map of objectives/),
    ]);
  });
});
