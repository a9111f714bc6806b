/**
 * What the flags of `rehearse load` ask for: settings, and a system under test. Everything that is wrong is told at
 * once, flags that the scenario or the system does not know among it: a setting without effect would mislead.
 */
import { ServingErrors, seconds } from '../core/index.ts';
import type { Nanos } from '../core/index.ts';
import { isLoadGenSeed } from '../traces/index.ts';
import { DATASETS, SCENARIOS, SCENARIO_NAMES, defaultSettings } from '../experiments/measure/loadgen/index.ts';
import type { Dataset, LoadSettings, Scenario } from '../experiments/measure/loadgen/index.ts';
import { parseShape } from '../experiments/measure/profile/index.ts';
import { FlagReader, TIMER_MAX_NS, flagText } from './load-flags.ts';
import type { FlagName, LoadFlags } from './load-flags.ts';

export type RequestedSystem =
  | {
      readonly kind: 'variant';
      readonly variant: string;
      readonly workers: number;
      /** 0 for the variant's own. */
      readonly maxBatch: number;
      readonly threads: number | undefined;
      readonly catalogueFiles: readonly string[];
    }
  | { readonly kind: 'config'; readonly file: string; readonly policy: string | undefined }
  | {
      readonly kind: 'server';
      readonly url: URL;
      readonly model: string;
      readonly version: string | undefined;
      readonly dataset: Dataset;
      readonly shapes: ReadonlyMap<string, readonly number[]>;
      readonly form: 'auto' | 'binary' | 'json';
      readonly connections: number;
      readonly timeoutNs: Nanos;
      readonly headers: Readonly<Record<string, string>>;
    };

export interface LoadRequest {
  readonly settings: LoadSettings;
  readonly system: RequestedSystem;
  readonly simulate: boolean;
}

const SYSTEMS = ['variant', 'config', 'url'] as const;
const CONNECTIONS = 256;
const CONNECTIONS_MAX = 16_384;
const TIMEOUT_NS = seconds(10);

/** Flags that only some systems know. */
const OF_SYSTEM: Readonly<Record<(typeof SYSTEMS)[number], readonly FlagName[]>> = {
  variant: ['workers', 'maxBatch', 'threads', 'catalogue'],
  config: ['policy'],
  url: ['model', 'modelVersion', 'dataset', 'shape', 'tensors', 'connections', 'timeout', 'header'],
};

/** Settings that only some scenarios know. */
const OF_SCENARIOS: readonly { readonly flags: readonly FlagName[]; readonly of: readonly Scenario[] }[] = [
  { flags: ['targetQps'], of: ['server', 'offline'] },
  { flags: ['targetLatency', 'scheduleSeed'], of: ['server'] },
  { flags: ['percentile'], of: ['server', 'single-stream', 'multi-stream'] },
  { flags: ['samplesPerQuery'], of: ['multi-stream', 'offline'] },
];

/** @throws ServingErrors CLI_OPTION with everything that is wrong. */
export function loadRequest(flags: LoadFlags): LoadRequest {
  const reader = new FlagReader(withShortScenario(flags));
  const settings = readSettings(reader);
  const system = readSystem(reader, flags);
  if (flags.simulate === true) {
    for (const name of ['url', 'threads'] as const) {
      if (reader.has(name)) reader.refuse('simulate', { found: `with ${flagText(name)}`, expected: 'one of the two' });
    }
  }
  const isUnlabelled = system?.kind === 'server' && system.dataset === 'synthetic';
  if (isUnlabelled && settings.minAccuracyPercent > 0) {
    reader.refuse('minAccuracy', {
      found: 'made-up inputs, which have no labels',
      expected: '--dataset fashion-mnist',
    });
  }
  if (reader.errors.length > 0 || system === undefined) throw new ServingErrors(reader.errors);
  return { settings, system, simulate: flags.simulate === true };
}

/** LoadGen's spelling is understood as well. */
function withShortScenario(flags: LoadFlags): LoadFlags {
  const short = SCENARIOS.find((scenario) => SCENARIO_NAMES[scenario] === flags.scenario);
  return short === undefined ? flags : { ...flags, scenario: short };
}

function readSettings(reader: FlagReader): LoadSettings {
  if (!reader.has('scenario'))
    reader.refuse('scenario', { found: 'nothing', expected: `one of ${SCENARIOS.join(', ')}` });
  const wrongBefore = reader.errors.length;
  const scenario = reader.choice('scenario', 'server', SCENARIOS);
  const given = defaultSettings(scenario);
  if (reader.errors.length === wrongBefore && reader.has('scenario')) requireKnown(reader, scenario);
  const minDurationNs = reader.duration('minDuration', given.minDurationNs, 0);
  const maxDurationNs = reader.duration('maxDuration', given.maxDurationNs);
  if (maxDurationNs > 0 && maxDurationNs < minDurationNs) {
    reader.refuse('maxDuration', { found: 'less than --min-duration', expected: 'at least as much' });
  }
  const minQueryCount = reader.count('minQueries', given.minQueryCount, 1);
  const maxQueryCount = reader.count('maxQueries', given.maxQueryCount, 1);
  if (maxQueryCount > 0 && maxQueryCount < minQueryCount) {
    reader.refuse('maxQueries', { found: 'less than --min-queries', expected: 'at least as many' });
  }
  return {
    scenario,
    targetQps: reader.rate('targetQps', given.targetQps),
    targetLatencyNs: reader.duration('targetLatency', given.targetLatencyNs),
    targetLatencyPercentile: reader.percentile('percentile', given.targetLatencyPercentile),
    minDurationNs,
    maxDurationNs,
    minQueryCount,
    maxQueryCount,
    samplesPerQuery: reader.count('samplesPerQuery', given.samplesPerQuery, 1, 65_536),
    scheduleSeed: reader.seed('scheduleSeed', given.scheduleSeed, isLoadGenSeed),
    sampleIndexSeed: reader.seed('sampleIndexSeed', given.sampleIndexSeed, isLoadGenSeed),
    allowErrors: reader.percent('allowErrors', given.allowErrors * 100) / 100,
    minAccuracyPercent: reader.percent('minAccuracy', given.minAccuracyPercent),
  };
}

function requireKnown(reader: FlagReader, scenario: Scenario): void {
  for (const { flags, of } of OF_SCENARIOS) {
    for (const name of of.includes(scenario) ? [] : flags.filter((each) => reader.has(each))) {
      reader.refuse(name, { found: `--scenario ${scenario}`, expected: `the scenario ${of.join(' or ')}` });
    }
  }
  if (reader.has('targetQps') || (scenario !== 'server' && scenario !== 'offline')) return;
  const what = scenario === 'server' ? 'the rate to offer' : 'the samples a second that are expected';
  reader.refuse('targetQps', { found: 'nothing', expected: `${what}, such as 100` });
}

function readSystem(reader: FlagReader, flags: LoadFlags): RequestedSystem | undefined {
  const named = SYSTEMS.filter((name) => reader.has(name));
  if (named.length !== 1) {
    const found = named.length === 0 ? 'none of them' : named.map(flagText).join(' and ');
    reader.refuse('variant', { found, expected: 'one of --variant, --config and --url: what is put under load' });
    return undefined;
  }
  const [kind] = named;
  for (const other of SYSTEMS.filter((name) => name !== kind)) {
    for (const name of OF_SYSTEM[other].filter((each) => reader.has(each))) {
      reader.refuse(name, { found: `with ${flagText(kind)}`, expected: `${flagText(other)}, which it belongs to` });
    }
  }
  if (kind === 'variant') {
    const threads = reader.count('threads', 0, 1, 1024);
    return {
      kind,
      variant: flags.variant ?? '',
      workers: reader.count('workers', 1, 1, 1024),
      maxBatch: reader.count('maxBatch', 0, 1),
      threads: threads === 0 ? undefined : threads,
      catalogueFiles: flags.catalogue ?? [],
    };
  }
  return kind === 'config' ? { kind, file: flags.config ?? '', policy: flags.policy } : readServer(reader, flags);
}

function readServer(reader: FlagReader, flags: LoadFlags): RequestedSystem | undefined {
  const url = reader.url('url');
  if (flags.model === undefined)
    reader.refuse('model', { found: 'nothing', expected: 'the name of a model of the server' });
  const shapes = reader.each('shape', parseShape);
  const headers = reader.pairs('header', ':', 'a header, such as "Authorization: Bearer KEY"', /^[\t\x20-\x7e]+$/);
  const options = {
    dataset: reader.choice('dataset', 'synthetic', DATASETS),
    form: reader.choice('tensors', 'auto', ['auto', 'binary', 'json']),
    connections: reader.count('connections', CONNECTIONS, 1, CONNECTIONS_MAX),
    timeoutNs: reader.duration('timeout', TIMEOUT_NS, 1, TIMER_MAX_NS),
  };
  if (url === undefined) return undefined;
  return {
    kind: 'server',
    url,
    model: flags.model ?? '',
    version: flags.modelVersion,
    shapes: new Map(shapes.map(({ input, extents }) => [input, extents])),
    headers: Object.fromEntries(headers),
    ...options,
  };
}
