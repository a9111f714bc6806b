// `rehearse catalogue`: what it lists, and what it says to names that nothing has.
import { describe, expect, test } from 'vitest';
import { bundledCatalogue } from '../../backends/index.ts';
import { textTable } from '../../cli/text-table.ts';
import { inProcess } from './in-process.ts';

type Row = Readonly<Record<string, string | number>>;

async function rows(...flags: readonly string[]): Promise<readonly Row[]> {
  const { status, stdout, stderr } = await inProcess(['catalogue', ...flags, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  // What is printed is checked by each test.
  return JSON.parse(stdout) as readonly Row[];
}

const { variants, machineTypes } = bundledCatalogue();

describe('without a filter', () => {
  test('there is one row for each architecture, and together they have every variant', async () => {
    const listed = await rows();
    expect(listed.map(({ architecture }) => architecture)).toEqual([
      ...new Set(variants.map(({ architecture }) => architecture)),
    ]);
    expect(listed.reduce((sum, row) => sum + Number(row['variants']), 0)).toBe(variants.length);
    expect(listed.find(({ architecture }) => architecture === 'resnet50')).toEqual({
      architecture: 'resnet50',
      use_case: 'classification-imagenet-224',
      variants: 9,
      accuracy_percent: 71.2,
      cpu_batch_1_ms: 250,
      inferentia_batch_1_ms: 22,
      v100_batch_1_ms: 3.686,
    });
  });

  test('the table has a head and columns that line up', async () => {
    const { stdout } = await inProcess(['catalogue']);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^architecture +use_case +variants +accuracy_percent +cpu_batch_1_ms/);
    const end = head.indexOf('variants') + 'variants'.length;
    for (const line of lines) expect(line.slice(0, end)).toMatch(/^\S+ +classification-\S+ +\d+$/);
  });
});

describe('a filter', () => {
  test('gives one row for each variant, with times, speed, load, memory and where its figures come from', async () => {
    const listed = await rows('--architecture', 'resnet50', '--hardware', 'v100');
    expect(listed).toHaveLength(6);
    expect(listed.find(({ variant }) => variant === 'resnet50-tensorrt-b8')).toEqual({
      variant: 'resnet50-tensorrt-b8',
      hardware: 'v100',
      max_batch: 8,
      accuracy_percent: 71.2,
      batch_1_ms: 3.686,
      full_batch_ms: 12.07,
      inputs_per_s: 662.8,
      load_s: 1.146,
      memory_mb: 92.28,
      figures: 'synthesised',
    });
  });

  test('says which figures were measured', async () => {
    const listed = await rows('--architecture', 'resnet8');
    expect(listed.map(({ figures }) => figures)).toEqual(['measured', 'measured', 'measured']);
  });

  test('by use case takes one input size, or all', async () => {
    const [every, one] = [
      await rows('--use-case', 'classification-imagenet'),
      await rows('--use-case', 'classification-imagenet-299'),
    ];
    expect(every).toHaveLength(variants.filter(({ useCase }) => useCase.dataset === 'imagenet').length);
    expect(new Set(one.map(({ variant }) => String(variant).split('-')[0]))).toEqual(new Set(['inception']));
  });
});

test('machine types are listed with size and both prices', async () => {
  const listed = await rows('--machines');
  expect(listed).toHaveLength(machineTypes.length);
  expect(listed.find(({ machine }) => machine === 'p3.2xlarge')).toEqual({
    machine: 'p3.2xlarge',
    cores: 8,
    memory_gb: 61,
    accelerator: '1 v100',
    on_demand_usd_per_h: 3.06,
    reserved_usd_per_h: 2.088,
    idle_watts: 64.6,
    busy_watts: 359.4,
  });
});

describe('a name that nothing has ends with 2 and the nearest one:', () => {
  test.each([
    [
      ['--architecture', 'resnet51'],
      'unknown architecture "resnet51"; did you mean "resnet50"? expected one of resnet50, ',
      'more (see: rehearse catalogue)',
    ],
    [
      ['--use-case', 'classification-imagnet'],
      'unknown use case "classification-imagnet"; ',
      '"classification-imagenet"?',
    ],
    [['--hardware', 'v10'], 'unknown hardware "v10"; did you mean "v100"? expected one of ', 'cpu, inferentia, v100\n'],
    [['--hardware', 'gpu'], 'unknown hardware "gpu"; did you mean "v100"?', 'cpu, inferentia, v100\n'],
    [['--architecture', 'resnet8', '--hardware', 'GPU'], 'unknown hardware "GPU"; expected one of cpu\n', ''],
    [['--architecture', 'resnet8', '--hardware', 'v100'], 'unknown hardware "v100"; expected one of cpu', 'cpu'],
    [
      ['--machines', '--hardware', 'cpu'],
      "option '--machines' cannot be used with option '--hardware <name>'",
      '--help',
    ],
  ])('%j', async (flags, begin, end) => {
    const { status, stdout, stderr } = await inProcess(['catalogue', ...flags]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(begin);
    expect(stderr).toContain(end);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

test('a table sets numbers to the right, words to the left and leaves out what a row lacks', () => {
  const table = textTable([
    { name: 'a', count: 1 },
    { name: 'long', count: 10, note: 'yes' },
  ]);
  expect(table).toBe('name  count  note\na         1\nlong     10  yes\n');
});
