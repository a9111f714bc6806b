/**
 * Reads INFaaS's model config: one `key value` a line, as its profiler writes it. Knows keys, ranges and lines; what the
 * values mean for a variant is `infaas-draft`. Invariant: a config that was read has every key that its maximum batch
 * demands, each in its range; all mistakes of a text are told together.
 */
import { meantName, nearestNames } from '../../backends/index.ts';
import { nameProblem } from './names.ts';
import { TextProblems } from './text-problem.ts';

export interface InfaasConfig {
  readonly parname: string;
  readonly varname: string;
  readonly filename: string | undefined;
  readonly dataset: string;
  readonly task: string;
  readonly framework: InfaasFramework;
  readonly inputdim: number;
  readonly maxbatch: number;
  readonly loadlatMs: number;
  /** Latencies by batch, ascending. */
  readonly inflatMs: ReadonlyMap<number, number>;
  readonly accuracy: number;
  readonly compsize: number | undefined;
  readonly peakmemory: number;
  /** `file:line` of `varname`. */
  readonly place: string;
}

/** What INFaaS's frameworks are here, and what they run on. `onnx` and `onnxruntime` are ours, and the same. */
export const INFAAS_FRAMEWORKS = {
  pytorch: { framework: 'pytorch', runsOn: 'cpu' },
  'tensorflow-cpu': { framework: 'tensorflow', runsOn: 'cpu' },
  'gnmt-nvpy-cpu': { framework: 'gnmt-nvpy', runsOn: 'cpu' },
  onnx: { framework: 'onnxruntime', runsOn: 'cpu' },
  onnxruntime: { framework: 'onnxruntime', runsOn: 'cpu' },
  'tensorflow-gpu': { framework: 'tensorflow', runsOn: 'gpu' },
  tensorrt: { framework: 'tensorrt', runsOn: 'gpu' },
  caffe2: { framework: 'caffe2', runsOn: 'gpu' },
  'gnmt-nvpy-gpu': { framework: 'gnmt-nvpy', runsOn: 'gpu' },
  inferentia: { framework: 'neuron', runsOn: 'inferentia' },
} as const;
export type InfaasFramework = keyof typeof INFAAS_FRAMEWORKS;

/** The largest batch that means "on the CPU" to INFaaS. */
export const CPU_MAX_BATCH = 128;

type Kind = 'name' | 'file' | 'framework' | 'whole' | 'latency' | 'percent' | 'amount';

const KEYS: Readonly<Record<string, Kind>> = {
  parname: 'name',
  varname: 'name',
  filename: 'file',
  dataset: 'name',
  task: 'name',
  framework: 'framework',
  inputdim: 'whole',
  maxbatch: 'whole',
  loadlat: 'amount',
  inflatb1: 'latency',
  inflatb4: 'latency',
  inflatb8: 'latency',
  inflatb16: 'latency',
  inflatb32: 'latency',
  inflatb64: 'latency',
  accuracy: 'percent',
  compsize: 'whole',
  peakmemory: 'amount',
};
const OPTIONAL = ['filename', 'compsize', 'inflatb16', 'inflatb32', 'inflatb64'];
const EXPECTED: Readonly<Record<Kind, string>> = {
  name: 'a name of letters, digits, ".", "_" and "-"',
  file: "a file's name without a path",
  framework: `one of ${Object.keys(INFAAS_FRAMEWORKS).join(', ')}`,
  whole: 'a whole number from 1',
  latency: 'a latency in milliseconds, above 0',
  percent: 'an accuracy from 0 to 100',
  amount: 'a number, 0 or more',
};
/** Beyond this a figure is a slip: 1e15 ms are thirty thousand years, 1e15 bytes a petabyte. */
const LARGEST = 1e15;
/** A config has eighteen keys. */
const MOST_CHARACTERS = 65_536;

interface Said {
  readonly value: string;
  readonly line: number;
}

/**
 * Reads a config.
 * @param file the name that places begin with.
 * @param checkFile what is wrong with the model's file, said by throwing, is told with the config's own mistakes.
 * @throws ServingErrors INFAAS_CONFIG, and what `checkFile` throws.
 */
export function readInfaasConfig(
  text: string,
  file: string,
  checkFile: (filename: string | undefined) => void = () => undefined,
): InfaasConfig {
  const problems = new TextProblems(file, 'INFAAS_CONFIG');
  if (text.length > MOST_CHARACTERS) {
    problems.add(0, {
      message: 'the config is too long',
      found: `${text.length} characters`,
      expected: `at most ${MOST_CHARACTERS}`,
    });
    problems.throwAny();
  }
  const said = linesOf(text, problems);
  checkValues(said, problems);
  checkPresence(said, problems);
  const filename = said.get('filename')?.value;
  if (filename === undefined || fits('file', filename)) problems.adopt(() => checkFile(filename));
  problems.throwAny();
  const number = (key: string): number => Number(said.get(key)?.value);
  const name = (key: string): string => said.get(key)?.value ?? '';
  const batches = [1, 4, 8, 16, 32, 64].filter((batch) => said.has(`inflatb${batch}`));
  return {
    parname: name('parname'),
    varname: name('varname'),
    filename,
    dataset: name('dataset'),
    task: name('task'),
    framework: name('framework') as InfaasFramework, // `checkValues` has seen to it.
    inputdim: number('inputdim'),
    maxbatch: number('maxbatch'),
    loadlatMs: number('loadlat'),
    inflatMs: new Map(batches.map((batch) => [batch, number(`inflatb${batch}`)])),
    accuracy: number('accuracy'),
    compsize: said.has('compsize') ? number('compsize') : undefined,
    peakmemory: number('peakmemory'),
    place: problems.place(said.get('varname')?.line ?? 0),
  };
}

function linesOf(text: string, problems: TextProblems): Map<string, Said> {
  const said = new Map<string, Said>();
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const written = raw.trim();
    if (written === '' || written.startsWith('#')) continue;
    const [, key, value] = /^(\S+)\s*(.*)$/.exec(written) ?? [];
    const before = said.get(key);
    if (!Object.hasOwn(KEYS, key)) {
      const known = Object.keys(KEYS);
      problems.add(line, {
        message: `unknown key ${brief(key)}`,
        ...meantName(key, known),
        expected: nearestNames(key, known),
      });
    } else if (before !== undefined) {
      problems.add(line, { message: `${key} is given twice`, found: `the first in line ${before.line}` });
    } else if (value === '') {
      problems.add(line, { message: `${key} has no value`, expected: EXPECTED[KEYS[key]] });
      said.set(key, { value: '', line });
    } else {
      said.set(key, { value, line });
    }
  }
  return said;
}

function checkValues(said: ReadonlyMap<string, Said>, problems: TextProblems): void {
  for (const [key, { value, line }] of said) {
    if (value === '' || fits(KEYS[key], value)) continue;
    problems.add(line, {
      message: `${key} cannot be used`,
      found: brief(value),
      expected: EXPECTED[KEYS[key]],
      ...(KEYS[key] === 'framework' ? meantName(value, Object.keys(INFAAS_FRAMEWORKS)) : {}),
    });
  }
  const framework = said.get('framework')?.value ?? '';
  const maxbatch = said.get('maxbatch');
  if (maxbatch === undefined || !Object.hasOwn(INFAAS_FRAMEWORKS, framework)) return;
  const { runsOn } = INFAAS_FRAMEWORKS[framework as InfaasFramework]; // The line above has seen to it.
  if (Number(maxbatch.value) === CPU_MAX_BATCH && runsOn !== 'cpu' && framework !== 'caffe2') {
    problems.add(maxbatch.line, {
      message: `maxbatch ${CPU_MAX_BATCH} means a CPU variant, and framework ${framework} does not run on the CPU`,
      next: 'name a framework of the CPU, or the true maximum batch',
    });
  }
}

/** The table must reach its measured anchors up to the maximum batch; placeholders beyond it are not asked for. */
function checkPresence(said: ReadonlyMap<string, Said>, problems: TextProblems): void {
  const maxbatch = Number(said.get('maxbatch')?.value ?? 1);
  for (const [key, kind] of Object.entries(KEYS)) {
    if (said.has(key) || OPTIONAL.includes(key)) continue;
    const batch = key.startsWith('inflatb') ? Number(key.slice('inflatb'.length)) : 1;
    if (batch > maxbatch) continue;
    problems.add(0, { message: `${key} is missing`, expected: EXPECTED[kind] });
  }
}

function fits(kind: Kind, value: string): boolean {
  const number = /^\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$|^\.\d+$/.test(value) ? Number(value) : Number.NaN;
  switch (kind) {
    case 'name':
      return nameProblem('model', value) === undefined;
    case 'file':
      return !/[/\\\p{Cc}]/u.test(value) && value !== '..' && value !== '.';
    case 'framework':
      return Object.hasOwn(INFAAS_FRAMEWORKS, value);
    case 'whole':
      return Number.isInteger(number) && number >= 1 && number <= 65_536;
    case 'latency':
      return number > 0 && number <= LARGEST;
    case 'percent':
      return number >= 0 && number <= 100;
    case 'amount':
      return number >= 0 && number <= LARGEST;
  }
}

function brief(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}
