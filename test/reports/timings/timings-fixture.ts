/** A made-up result of timings with every part, its times drawn from a seed: for tests of statistics and reports. */
import { Stream, TIMINGS_PARTS } from '../../../core/index.ts';
import type { TimingsPhase, TimingsPhaseName, TimingsResult, TimingsSamples } from '../../../core/index.ts';
import { samplesNeeded, summarisePhase } from '../../../experiments/measure/timings/summarise-phase.ts';

export interface FixtureChanges {
  /** All times are so many times as long. */
  readonly factor?: number;
  readonly processes?: number;
  readonly threads?: number;
  readonly seed?: string;
  /** Of the reference kernel. */
  readonly kernelMs?: number;
  readonly sha256?: string;
  readonly every?: string;
  readonly name?: string;
}

const PERCENTILES = { init: [50], handle: [50, 90] } as const;

export function timingsResult(changes: FixtureChanges = {}): TimingsResult {
  const { factor = 1, processes = 20, threads = 1, seed = 'fixture', kernelMs = 1, sha256 = 'a'.repeat(64) } = changes;
  const { every = '100 ms', name = 'made-up' } = changes;
  const rulesOf = (phase: TimingsPhaseName) =>
    PERCENTILES[phase].map((percent) => ({ percent, needed: samplesNeeded(percent) }));
  return {
    version: 1,
    kind: 'timings',
    name,
    question: 'Is it made up?',
    config: { name, handle: { every } },
    configHash: 'c'.repeat(64),
    seed: '1',
    command: 'npx rehearse timings made-up.yaml',
    environment: {
      rehearse: '0.1.0',
      node: 'v20.20.2',
      v8: '11.3',
      platform: 'linux x64',
      cpu: 'a processor',
      cores: 2,
      startedAt: '2026-01-02T03:04:05.000Z',
      wallS: 12,
    },
    stamp: { cpu: 'a processor', onnxruntime: '1.30.0' },
    complete: true,
    verdict: { valid: true, problems: [], notes: ['a note'] },
    rules: {
      percentiles: { init: rulesOf('init'), handle: rulesOf('handle') },
      confidence: 0.95,
      resamples: 2000,
      unitsMin: 10,
    },
    noise: {
      kernelMs: Array.from({ length: 12 }, () => kernelMs),
      spreadPercent: 5,
      limitPercent: 30,
      othersPercent: 3,
      stealPercent: null,
    },
    subjects: [
      {
        name: 'net fp32',
        model: 'net',
        precision: 'fp32',
        origin: 'zoo (untrained)',
        file: 'net.onnx',
        sha256,
        bytes: 1_000_000,
        handler: 'image-classifier',
        images: '100 synthetic JPEGs (seeded smooth noise), 32x32, 0.9 kB on average',
      },
    ],
    cells: [
      {
        cell: 0,
        label: 'net fp32',
        subject: 'net fp32',
        model: 'net',
        precision: 'fp32',
        hardware: 'cpu',
        threads,
        init: phaseOf('init', initSamples({ processes, factor, seed })),
        handle: phaseOf('handle', handleSamples({ turns: 10, batches: 2, batch: 4, factor, seed })),
      },
    ],
    micro: [
      {
        name: 'softmax',
        doc: '1000 logits',
        samples: 500,
        rounds: 10,
        roundsNeeded: 7,
        medianUs: 80,
        lowUs: 79,
        highUs: 81,
        p99Us: null,
        p99Needed: 662,
      },
    ],
  };
}

export function initSamples({ processes = 20, factor = 1, seed = 'init' }): TimingsSamples {
  const stream = new Stream(seed);
  const none = Array.from({ length: processes }, () => 0);
  return {
    unit: none.map((_, at) => at),
    batch: none,
    batchInputs: none.map(() => 1),
    partsMs: Object.fromEntries(
      TIMINGS_PARTS.init.map(({ name }, at) => [name, none.map(() => factor * (10 + at) * (1 + 0.1 * stream.unit()))]),
    ),
  };
}

/** Turns of full batches. */
export function handleSamples({ turns = 10, batches = 2, batch = 4, factor = 1, seed = 'handle' }): TimingsSamples {
  const stream = new Stream(seed);
  const requests = Array.from({ length: turns * batches * batch }, (_, at) => at);
  const batchTimes = Array.from({ length: turns * batches }, () => 1 + 0.1 * stream.unit());
  return {
    unit: requests.map((at) => Math.floor(at / (batches * batch))),
    batch: requests.map((at) => 1 + (Math.floor(at / batch) % batches)),
    batchInputs: requests.map(() => batch),
    partsMs: Object.fromEntries(
      TIMINGS_PARTS.handle.map(({ name, sampleOf }) => [
        name,
        requests.map((at) =>
          sampleOf === 'batch' ? factor * batchTimes[Math.floor(at / batch)] : factor * (5 + stream.unit()),
        ),
      ]),
    ),
  };
}

function phaseOf(phase: TimingsPhaseName, samples: TimingsSamples): TimingsPhase {
  const units = new Set(samples.unit).size;
  const parts = summarisePhase(phase, samples, { percentiles: PERCENTILES[phase], seed: 'fixture' });
  return { units, unitsWanted: units, failed: {}, samples, parts };
}
