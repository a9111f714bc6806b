// Whole simulated runs with INFaaS in all its families: two architectures on CPU and GPU machines, under queries by
// architecture, by use case and by variant.
import { describe, expect, test } from 'vitest';
import type { Arrival, PolicyChoice, QueryKind, RunRecord, Stream } from '../../../../core/index.ts';
import { NEVER, defaultsOf, milliseconds, seconds } from '../../../../core/index.ts';
import { AUTOSCALERS, MODES } from '../../../../core/policies/infaas/constants.ts';
import { infaas } from '../../../../core/policies/infaas/infaas.ts';
import type { InfaasOptions } from '../../../../core/policies/infaas/options.ts';
import type { SimulationPlan } from '../../../../sim/index.ts';
import { planOf } from '../../../fixtures/plans.ts';
import { decisionsOf, outcomesOf, rowsOf, simulate } from '../../../fixtures/runs.ts';
import { deterministic } from '../../../fixtures/services.ts';
import { PoissonWorkload } from '../../../fixtures/workloads.ts';

const A_CPU = 0;
const A_GPU = 1;
const B_CPU = 2;
const B_GPU = 3;

const kind = (asked: Partial<QueryKind>): QueryKind => ({
  application: 'default',
  useCase: '',
  architecture: '',
  variant: '',
  ...asked,
});
const KINDS = [
  kind({ architecture: 'a' }),
  kind({ architecture: 'b' }),
  kind({ useCase: 'test-none' }),
  kind({ variant: 'variant-1' }),
];
const OBJECTIVES_MS = [50, 400, NEVER];

const REQUESTS = 3000;

interface RunParts {
  readonly options?: Partial<InfaasOptions>;
  readonly requests?: number;
  readonly faults?: SimulationPlan['faults'];
  readonly fill?: (arrival: Arrival, stream: Stream) => void;
}

/** Every kind of query, with a tight, a loose or no objective. */
function anything(arrival: Arrival, stream: Stream): void {
  arrival.kind = stream.int(KINDS.length);
  const objective = OBJECTIVES_MS[stream.int(OBJECTIVES_MS.length)];
  arrival.latencyNs = objective === NEVER ? NEVER : milliseconds(objective);
  arrival.inputs = 1 + stream.int(2);
}

function run({ options = {}, requests = REQUESTS, faults = [], fill = anything }: RunParts = {}): RunRecord {
  const one: PolicyChoice = { definition: infaas, options: { ...defaultsOf(infaas.options), ...options } };
  const cpu = { service: deterministic(milliseconds(120)), maxBatch: 128, cores: 2, memoryBytes: 1e9 };
  const gpu = { maxBatch: 8, cores: 0.25, memoryBytes: 1e9, accelerators: 0.05, hardware: 'v100' };
  const plan = planOf({
    variants: [
      { ...cpu, architecture: 'a' },
      { ...gpu, architecture: 'a', service: deterministic(milliseconds(8)) },
      { ...cpu, architecture: 'b' },
      { ...gpu, architecture: 'b', service: deterministic(milliseconds(20)) },
    ],
    workers: [1, 0, 1, 0],
    machines: [
      { cores: 8, memoryBytes: 32e9, initial: 2 },
      {
        cores: 8,
        memoryBytes: 61e9,
        initial: 1,
        max: 3,
        bootNs: seconds(20),
        accelerator: { hardware: 'v100', count: 1, memoryBytes: 16e9 },
      },
    ],
    policies: {
      selection: one,
      dispatch: one,
      placement: one,
      'model-scaling': one,
      'machine-scaling': one,
      batching: 'fixed',
    },
    kinds: KINDS,
    serving: { monitorPeriodNs: seconds(1) },
    limits: { workersMax: 32, timeoutNs: seconds(60) },
    run: { faults },
  });
  return simulate(plan, new PoissonWorkload({ rateRps: 60, count: requests, seed: 'infaas', kinds: KINDS, fill }));
}

describe('a run under INFaaS', () => {
  test('drains with every request accounted for, the same way twice', () => {
    const [first, again] = [run(), run()];
    expect(first.ending).toBe('drained');
    expect(first.findings).toEqual([]);
    expect(first.serving.ledger.ended).toBe(REQUESTS);
    expect([again.digest, again.unseed]).toEqual([first.digest, first.unseed]);
  });

  test('sends tight objectives to GPUs and loose ones to CPUs', () => {
    const record = run({
      fill: (arrival, stream) => {
        arrival.kind = stream.int(2);
        arrival.latencyNs = milliseconds(stream.int(10) === 0 ? 400 : 50);
      },
    });
    const variantsFor = (objectiveMs: number): Set<number> =>
      new Set(
        rowsOf(record)
          .filter(({ objectiveNs }) => objectiveNs === milliseconds(objectiveMs))
          .map(({ variant }) => variant),
      );
    expect(variantsFor(50)).toEqual(new Set([A_GPU, B_GPU]));
    expect([...variantsFor(400)]).toEqual(expect.arrayContaining([A_CPU, B_CPU]));
  });

  test('starts the GPU variant once for the queries that wait for it', () => {
    const record = run({
      requests: 20,
      options: { autoscaler: 'none' },
      fill: (arrival) => {
        arrival.kind = 3;
        arrival.latencyNs = milliseconds(50);
      },
    });
    expect(decisionsOf(record).filter((decision) => decision.endsWith('wanted by dispatch'))).toHaveLength(1);
    expect(new Set(rowsOf(record).map(({ variant }) => variant))).toEqual(new Set([A_GPU]));
  });

  test.each(MODES.flatMap((mode) => AUTOSCALERS.map((autoscaler) => [mode, autoscaler] as const)))(
    'drains in mode %s with the autoscaler %s',
    (mode, autoscaler) => {
      const { ending, findings, serving } = run({ options: { mode, autoscaler }, requests: 600 });
      expect({ ending, findings, ended: serving.ledger.ended }).toEqual({
        ending: 'drained',
        findings: [],
        ended: 600,
      });
    },
  );

  test('drains with every bug of the release', () => {
    const bugs = Object.keys(infaas.options).filter((name) => name.startsWith('bug'));
    const options = Object.fromEntries(bugs.map((name) => [name, true]));
    const { ending, findings } = run({ options });
    expect({ ending, findings }).toEqual({ ending: 'drained', findings: [] });
  });

  test('drains when machines and workers are lost, and leaves no request waiting until it times out', () => {
    const record = run({
      faults: [
        { fault: 'worker-crash', times: { kind: 'random', meanBetweenNs: seconds(5) } },
        { fault: 'machine-loss', times: { kind: 'at', atNs: [seconds(20)] } },
      ],
    });
    const { ending, findings, serving } = record;
    expect({ ending, findings, ended: serving.ledger.ended }).toEqual({
      ending: 'drained',
      findings: [],
      ended: REQUESTS,
    });
    expect(outcomesOf(record)).not.toContain('failed timeout');
  });
});
