import { gzipSync } from 'node:zlib';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { milliseconds, NEVER, seconds } from '../../core/index.ts';
import { detectFormat, readTrace, TRACE_FORMATS, TRACE_READERS, traceInfo } from '../../traces/index.ts';
import type { EventColumns } from '../../traces/index.ts';
import { allRows, messageOf, stream, traceFolder } from './trace-folder.ts';

const folder = traceFolder();
const LLM = ['TIMESTAMP,ContextTokens,GeneratedTokens'];
const SERVEGEN = ['client,window_start_s,rate_rps,cv,distribution,param1,param2'];

describe('our own CSV', () => {
  const path = folder.file('own.csv', [
    'arrival_s,application,use_case,architecture,variant,inputs,latency_ms,accuracy_percent',
    '0.000000001,shop,,resnet50,,4,12.5,75.5',
    '2.5,,classification-imagenet,,,,,',
  ]);

  test('keeps its times and tells what is said from what is not', async () => {
    const [first, second] = await allRows(path);
    expect(first).toMatchObject({ line: 2, atNs: 1, application: 'shop', architecture: 'resnet50', inputs: 4 });
    expect(first).toMatchObject({ latencyNs: milliseconds(12.5), accuracyPercent: 75.5, variant: '', useCase: '' });
    expect(second).toMatchObject({ line: 3, atNs: seconds(2.5), useCase: 'classification-imagenet' });
    expect(second).toMatchObject({ application: '', inputs: 0, latencyNs: NEVER, accuracyPercent: 0 });
  });

  test('needs only the times, in columns of any order', async () => {
    const rows = await allRows(folder.file('short.csv', ['variant,arrival_s', 'v1,3', 'v2,3', 'v1,4']));
    expect(rows.map(({ variant, atNs }) => [variant, atNs / 1e9])).toEqual([
      ['v1', 3],
      ['v2', 3],
      ['v1', 4],
    ]);
  });

  test('refuses a column it does not have', async () => {
    const mistyped = folder.file('mistyped.csv', ['arrival_s,archtecture', '1,resnet50']);
    expect(await messageOf(allRows(mistyped))).toMatch(/mistyped\.csv:1: .*found archtecture; expected arrival_s/);
  });

  test('survives a byte order mark, Windows line ends, quotes, blanks and blank lines', async () => {
    const odd = join(folder.path, 'odd.csv');
    writeFileSync(odd, '\uFEFFarrival_s, architecture\r\n1,"a ""b"", c"\r\n\r\n 2 , d \r\n"3","two\nlines"\r\nx,e');
    const rows: unknown[] = [];
    const reading = (async () => {
      for await (const { line, atNs, architecture } of readTrace(odd)) rows.push([line, atNs / 1e9, architecture]);
    })();
    expect(await messageOf(reading)).toContain('odd.csv:7: column arrival_s holds no time; found "x"');
    expect(rows).toEqual([
      [2, 1, 'a "b", c'],
      [4, 2, 'd'],
      [5, 3, 'two\nlines'],
    ]);
  });

  test('is decompressed, whatever it is called', async () => {
    for (const name of ['own.csv.gz', 'own-really-gzip.csv']) {
      const packed = join(folder.path, name);
      writeFileSync(packed, gzipSync(readFileSync(path)));
      expect(await allRows(packed)).toEqual(await allRows(path));
    }
  });
});

describe('columns of the user', () => {
  const rows = (unit: EventColumns['timeUnit'], times: readonly string[]): Promise<number[]> => {
    const path = folder.file(`${unit}.csv`, ['when,n', ...times.map((time) => `${time},1`)]);
    return allRows(path, { columns: { time: 'when', timeUnit: unit } }).then((all) => all.map(({ atNs }) => atNs));
  };

  test.each([
    ['s', ['1700000000.000000001', '1700000000.5', '1700000001']],
    ['ms', ['1700000000000.000001', '1700000000500', '1700000001000.000']],
    ['us', ['1700000000000000.001', '1700000000500000', '1700000001000000']],
    ['ns', ['1700000000000000001', '1700000000500000000', '1700000001000000000']],
    ['iso8601', ['2023-11-14T22:13:20.000000001Z', '2023-11-14 23:13:20.5+01:00', '2023-11-14 22:13:21']],
  ] as const)('times since 1970 in %s are read to the nanosecond', async (unit, times) => {
    expect(await rows(unit, times)).toEqual([0, 499_999_999, 999_999_999]);
  });

  test('more digits than nanoseconds are rounded, and exponents are read', async () => {
    expect(await rows('s', ['0', '.0000000015', '1e-3', '1.25E+1'])).toEqual([0, 2, 1_000_000, 12_500_000_000]);
    expect(await rows('ms', ['5', '5.0000005', '1e3'])).toEqual([0, 1, 995_000_000]);
  });

  test.each(['2023-02-30 00:00:00', '2023-11-14', '14/11/2023 10:00:00', '2023-11-14 24:00:00', '2023-01-01 10:61:00'])(
    '%s is no time',
    async (time) => {
      expect(await messageOf(rows('iso8601', [time]))).toMatch(
        /holds no time; found "\d.*expected a time such as 2023/,
      );
    },
  );

  test('CSV and JSONL with the same mapping give the same rows', async () => {
    const columns: EventColumns = {
      time: 't',
      timeUnit: 'ms',
      application: 'who',
      architecture: 'model',
      inputs: 'n',
      latency: 'slo',
      latencyUnit: 's',
      accuracyPercent: 'acc',
    };
    const csv = folder.file('mapped.csv', ['who,t,model,n,slo,acc,other', 'a,100,m,2,0.25,70,x', 'b,101.5,,,,,y']);
    const jsonl = folder.file('mapped.jsonl', [
      '{"t": 100, "who": "a", "model": "m", "n": 2, "slo": 0.25, "acc": "70", "other": {}}',
      '',
      '{"t": "101.5", "who": "b", "slo": null}',
    ]);
    const expected = (await allRows(csv, { columns })).map((row) => ({ ...row, line: 0 }));
    expect(expected[0]).toMatchObject({ atNs: 0, application: 'a', inputs: 2, latencyNs: seconds(0.25) });
    expect(expected[1]).toMatchObject({ atNs: 1_500_000, application: 'b', architecture: '', inputs: 0 });
    expect((await allRows(jsonl, { columns })).map((row) => ({ ...row, line: 0 }))).toEqual(expected);
  });

  test('a column that is not there is named', async () => {
    const path = folder.file('nocolumn.csv', ['a,b', '1,2']);
    const message = await messageOf(allRows(path, { columns: { time: 'when', timeUnit: 's' } }));
    expect(message).toContain('nocolumn.csv:1: the header has no column "when"; found a,b;');
    expect(await messageOf(allRows(path, { format: 'csv' }))).toContain('no column mapping; expected columns with');
  });
});

describe('counts', () => {
  const columns = { count: 'requests', intervalNs: seconds(60) };
  const path = folder.file('counts.csv', ['minute,requests', '0,3', '1,0', '2,2']);

  test('evenly spread arrivals lie in the middle of equal parts of their minute', async () => {
    const rows = await allRows(path, { columns, spread: 'even' });
    expect(rows.map(({ atNs, line }) => [line, atNs / 1e9])).toEqual([
      [2, 10],
      [2, 30],
      [2, 50],
      [4, 135],
      [4, 165],
    ]);
  });

  test('arrivals at random stay in their interval, in order, the same for the same seed', async () => {
    const big = folder.file('big-counts.csv', ['requests', '5000', '0', '5000']);
    const times = (await allRows(big, { columns }, 'one')).map(({ atNs }) => atNs);
    expect(times).toHaveLength(10_000);
    expect(times.filter((time) => time < seconds(60))).toHaveLength(5000);
    expect(times.filter((time) => time >= seconds(120) && time < seconds(180))).toHaveLength(5000);
    // Uniform: half of them in each half, within four standard deviations.
    expect(Math.abs(times.filter((time) => time < seconds(30)).length - 2500)).toBeLessThan(142);
    expect((await allRows(big, { columns }, 'one')).map(({ atNs }) => atNs)).toEqual(times);
    expect((await allRows(big, { columns }, 'two')).map(({ atNs }) => atNs)).not.toEqual(times);
  });

  test('several series share an interval and are merged', async () => {
    const series = folder.file('series.csv', ['t,app,n', '120,a,2', '120,b,1', '180,a,1', '180,b,0']);
    const mapping = { count: 'n', intervalNs: seconds(60), time: 't', timeUnit: 's', application: 'app' } as const;
    const rows = await allRows(series, { columns: mapping, spread: 'even' });
    expect(rows.map(({ application, atNs }) => `${application} ${atNs / 1e9}`)).toEqual([
      'a 15',
      'b 30',
      'a 45',
      'a 90',
    ]);
  });

  test('a skipped row still takes its interval', async () => {
    const broken = folder.file('skipped.csv', ['minute,requests', '0,1', '1,x', '2', '3,1']);
    const rows = await allRows(broken, { columns, spread: 'even', badRows: 'skip' });
    expect(rows.map(({ atNs }) => atNs / 1e9)).toEqual([30, 210]);
  });

  test('intervals that overlap and counts that are none are bad rows', async () => {
    const overlap = folder.file('overlap.csv', ['t,n', '0,1', '30,1']);
    const mapping = { count: 'n', intervalNs: seconds(60), time: 't', timeUnit: 's' } as const;
    expect(await messageOf(allRows(overlap, { columns: mapping }))).toMatch(/overlap\.csv:3: the intervals overlap/);
    const broken = folder.file('broken.csv', ['requests', '1.5']);
    expect(await messageOf(allRows(broken, { columns }))).toMatch(/broken\.csv:2: column requests .* whole number/);
  });
});

describe('published formats', () => {
  test('Azure LLM 2023: stamps of 0.1 microseconds are exact and tokens are kept', async () => {
    const rows = await allRows(
      folder.file('llm.csv', [...LLM, '2023-11-16 23:59:59.9999999,374,44', '2023-11-17 00:00:00.0000002,396,109']),
    );
    expect(rows.map(({ atNs }) => atNs)).toEqual([0, 300]);
    expect(rows[1]).toMatchObject({ inputTokens: 396, outputTokens: 109, architecture: '' });
  });

  test('Azure Functions 2019: counts a minute of each function, merged in time', async () => {
    const path = folder.file('azure2019.csv', [
      'HashOwner,HashApp,HashFunction,Trigger,1,2,3',
      'o1,a1,f1,http,0,2,0',
      'o1,a1,f2,timer,1,1,0',
    ]);
    const rows = await allRows(path, { spread: 'even' });
    expect(rows.map(({ application, atNs }) => `${application} ${atNs / 1e9}`)).toEqual([
      'f2 30',
      'f1 75',
      'f2 90',
      'f1 105',
    ]);
    const [first] = await allRows(path, { functionsAs: 'architecture' });
    expect(first).toMatchObject({ application: 'a1', architecture: 'f2', line: 3 });
  });

  test('Azure Functions 2019: a part of the trace is what the whole has there', async () => {
    const path = folder.file('part.csv', ['HashOwner,HashApp,HashFunction,Trigger,1,2,3', 'o,a,f,http,9,8,7']);
    const whole = await allRows(path);
    const part = await allRows(path, { window: { fromNs: seconds(60), toNs: seconds(120) } });
    expect(part.map(({ atNs }) => atNs + seconds(60))).toEqual(whole.slice(9, 17).map(({ atNs }) => atNs));
  });

  test('Azure Functions 2021: an invocation arrives at its end less its duration, sorted by that', async () => {
    const path = folder.file('azure2021.csv', [
      'app,func,end_timestamp,duration',
      'a,f1,0.07949090003967285,0.078',
      'a,f2,57.157,57.1565',
      'b,f3,0.5,0.25',
    ]);
    const rows = await allRows(path);
    expect(rows.map(({ application, atNs, line }) => [application, atNs, line])).toEqual([
      ['f2', 0, 3],
      ['f1', 990_900, 2],
      ['f3', 249_500_000, 4],
    ]);
  });

  test('Mooncake: milliseconds, as CSV and as JSONL', async () => {
    const csv = folder.file('mooncake.csv', ['timestamp,input_length,output_length', '0,6758,500', '3000,7322,490']);
    const jsonl = folder.file('mooncake.jsonl', [
      '{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}',
      '{"timestamp": 3000, "input_length": 7322, "output_length": 490, "hash_ids": [0]}',
    ]);
    const rows = await allRows(csv);
    expect(rows[1]).toMatchObject({ atNs: seconds(3), inputTokens: 7322, outputTokens: 490 });
    expect((await allRows(jsonl)).map(({ atNs, inputTokens }) => [atNs, inputTokens])).toEqual([
      [0, 6758],
      [seconds(3), 7322],
    ]);
  });
});

describe('ServeGen', () => {
  const path = folder.file('servegen.csv', [
    ...SERVEGEN,
    '0,0,1.5,1,Gamma,1,0.66',
    '0,600,0,0,,0,0',
    '0,1200,0.5,3,Weibull,0.5,1',
    '7,0,0.25,0.5,Gamma,4,1',
    '7,600,2,0.5,Gamma,4,0.125',
    '7,1200,0,0,,0,0',
  ]);

  test('every window of every client meets its rate exactly', async () => {
    const rows = await allRows(path);
    const inWindow = (client: number, window: number): number =>
      rows.filter((row) => row.application === `client-${client}` && Math.floor(row.atNs / seconds(600)) === window)
        .length;
    expect([0, 1, 2].map((window) => inWindow(0, window))).toEqual([900, 0, 300]);
    expect([0, 1, 2].map((window) => inWindow(7, window))).toEqual([150, 1200, 0]);
  });

  test('gaps have the burstiness of their law', async () => {
    const cvOf = async (row: string): Promise<number> => {
      const file = folder.file('law.csv', [...SERVEGEN, row]);
      return (await traceInfo(stream(await allRows(file)))).interArrivalCv;
    };
    expect(await cvOf('0,0,100,1,Gamma,1,0.01')).toBeCloseTo(1, 1);
    expect(await cvOf('0,0,100,0.5,Gamma,4,0.0025')).toBeCloseTo(0.5, 1);
    // A Weibull law of shape 1/2 has a coefficient of variation of the root of 5.
    expect(await cvOf('0,0,100,2.236,Weibull,0.5,0.005')).toBeCloseTo(Math.sqrt(5), 0);
  });

  test('a heavy tail does not gather the bursts of all clients at the edges of a window', async () => {
    const clients = Array.from({ length: 200 }, (_, client) => `${client},0,0.1,40,Gamma,0.0006,1`);
    const rows = await allRows(folder.file('heavy.csv', [...SERVEGEN, ...clients]));
    const atEdges = rows.filter(({ atNs }) => atNs < seconds(30) || atNs >= seconds(570)).length;
    expect(rows).toHaveLength(200 * 60);
    // A tenth of the window should hold about a tenth of the arrivals.
    expect(atEdges / rows.length).toBeLessThan(0.2);
  });

  test('a part of the trace is what the whole has there', async () => {
    const whole = await allRows(path);
    const part = await allRows(path, { window: { fromNs: seconds(600), toNs: seconds(1200) } });
    const expected = whole.filter(({ atNs }) => atNs >= seconds(600) && atNs < seconds(1200));
    expect(part.map(({ atNs }) => atNs + seconds(600))).toEqual(expected.map(({ atNs }) => atNs));
  });

  test('a busy window without a law is a bad row', async () => {
    const file = folder.file('nolaw.csv', [...SERVEGEN, '0,0,5,1,Pareto,2,1']);
    expect(await messageOf(allRows(file))).toContain('nolaw.csv:2: column distribution cannot be used; found "Pareto"');
  });
});

describe('detection', () => {
  test('the registry has a reader for every format', () => {
    expect(Object.keys(TRACE_READERS).sort()).toEqual([...TRACE_FORMATS].sort());
  });

  test.each([
    ['rehearse', 'arrival_s,inputs'],
    ['azure-llm-2023', 'TIMESTAMP,ContextTokens,GeneratedTokens'],
    ['azure-functions-2019', 'HashOwner,HashApp,HashFunction,Trigger,1,2'],
    ['azure-functions-2021', 'app,func,end_timestamp,duration'],
    ['servegen', 'client,window_start_s,rate_rps,cv,distribution,param1,param2'],
    ['mooncake', 'timestamp,input_length,output_length'],
    ['mooncake', '{"timestamp": 1, "input_length": 2, "output_length": 3}'],
  ])('%s is known by its first line', async (format, line) => {
    expect(await detectFormat(folder.file('detect', ['', line]))).toBe(format);
  });

  test('a mapping given by the user wins over what the header looks like', async () => {
    const path = folder.file('both.csv', ['timestamp,input_length,output_length', '1,2,3']);
    expect(await detectFormat(path, { columns: { time: 'timestamp', timeUnit: 's' } })).toBe('csv');
    expect(await detectFormat(path, { columns: { count: 'input_length', intervalNs: 1 } })).toBe('counts');
  });

  test('an unknown header is shown together with the known formats', async () => {
    const message = await messageOf(detectFormat(folder.file('unknown.csv', ['time;model', '1;2'])));
    expect(message).toContain('unknown.csv:1: the format of this trace is not known; found "time;model"');
    for (const format of TRACE_FORMATS) expect(message).toContain(`  ${format}: `);
    expect(message).toContain('name the format, or give a column mapping');
  });
});

describe('files that cannot be read', () => {
  test('a missing file and a folder are told apart', async () => {
    expect(await messageOf(allRows(join(folder.path, 'none.csv')))).toMatch(/none\.csv: there is no such file; check/);
    mkdirSync(join(folder.path, 'sub'));
    expect(await messageOf(allRows(join(folder.path, 'sub')))).toContain('this is a folder, not a trace');
  });

  test('gzip data that is cut short or damaged is an error, also when bad rows are skipped', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index},m${(index * 7919) % 1000}\n`);
    const packed = gzipSync(`arrival_s,architecture\n${lines.join('')}`);
    const short = join(folder.path, 'short.csv.gz');
    writeFileSync(short, packed.subarray(0, packed.length - 2000));
    expect(await messageOf(allRows(short, { badRows: 'skip' }))).toContain('the gzip data ends too early');
    const damaged = join(folder.path, 'damaged.csv.gz');
    writeFileSync(damaged, packed.fill(0xff, packed.length - 4000, packed.length - 2000));
    expect(await messageOf(allRows(damaged, { badRows: 'skip' }))).toContain('the gzip data is damaged');
  });

  test('a quote that is never closed is an error with its line', async () => {
    const path = folder.file('quote.csv', ['arrival_s,architecture', '1,a', '2,"b', '3,c']);
    expect(await messageOf(allRows(path, { badRows: 'skip' }))).toMatch(/quote\.csv:\d: this is not CSV; found Quote/);
  });

  test('a row without an end does not fill the memory', async () => {
    const path = join(folder.path, 'endless.csv');
    writeFileSync(path, `arrival_s,architecture\n1,"${'x'.repeat(3_000_000)}`);
    expect(await messageOf(allRows(path))).toMatch(/endless\.csv:\d: the row does not end; found more than 1048576/);
    writeFileSync(path, '{"t": 1}\n'.padEnd(3_000_000, 'x'));
    const columns = { time: 't', timeUnit: 's' } as const;
    expect(await messageOf(allRows(path, { columns }))).toMatch(/endless\.csv:2: the row does not end/);
  });

  test('a file left early is closed', async () => {
    const path = folder.file('long.csv', ['arrival_s', ...Array.from({ length: 100_000 }, (_, index) => `${index}`)]);
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let times = 0; times < 20; times += 1) await allRows(path, { limit: 3 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open()).toBeLessThan(before + 5);
  });
});
