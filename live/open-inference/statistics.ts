/**
 * Counts queries and batches per model in Triton's terms, every field of them: its load generator gives up when one is
 * missing. A variant counts what it served, whatever name was asked; a virtual model counts what was asked of it, and
 * of a batch that others shared its share.
 */
import type { Nanos } from '../../core/index.ts';
import type { BatchEnd, ModelEntry, QueryEnd, ServiceObserver } from '../service/index.ts';

export interface StatisticDuration {
  count: number;
  ns: Nanos;
}

export interface BatchStatistics {
  batch_size: number;
  compute_input: StatisticDuration;
  compute_infer: StatisticDuration;
  compute_output: StatisticDuration;
}

const STAGES = [
  'success',
  'fail',
  'queue',
  'compute_input',
  'compute_infer',
  'compute_output',
  'cache_hit',
  'cache_miss',
] as const;

export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970; 0 before the first. */
  readonly last_inference: number;
  /** Inputs served. */
  readonly inference_count: number;
  /** Batches executed. */
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<(typeof STAGES)[number], Readonly<StatisticDuration>>>;
  readonly response_stats: Readonly<Record<string, never>>;
  /** Ascending by size. */
  readonly batch_stats: readonly Readonly<BatchStatistics>[];
  readonly memory_usage: readonly never[];
}

export class Statistics implements ServiceObserver {
  private readonly counters = new Map<string, Counters>();
  private readonly nowMs: () => number;

  /** @param nowMs milliseconds since 1970. */
  constructor(nowMs: () => number = Date.now) {
    this.nowMs = nowMs;
  }

  queryEnded(end: QueryEnd): void {
    const { model, variant, version } = end;
    if (variant !== '') this.of(variant, version).query(end, this.nowMs());
    // Of a virtual model, or never given a variant: then the version is not known either.
    if (model !== variant) this.of(model, '').asked(end, this.nowMs());
  }

  batchEnded(end: BatchEnd): void {
    if (end.ok) this.of(end.variant, end.version).batch(end, 1);
  }

  /** @returns the model's counts, all zero before its first query. */
  read({ name, version, form, isDefault }: CountedModel): ModelStatistics {
    const asked = this.counters.get(keyOf(name, ''));
    if (form !== 'variant') return { name, version, ...(asked ?? new Counters()).read() };
    const own = this.counters.get(keyOf(name, version)) ?? new Counters();
    return { name, version, ...own.read(isDefault ? asked : undefined) };
  }

  /** Keeps the counts of these models only. */
  keepOnly(models: readonly CountedModel[]): void {
    const kept = new Set(models.flatMap(({ name, version }) => [keyOf(name, version), keyOf(name, '')]));
    for (const key of this.counters.keys()) if (!kept.has(key)) this.counters.delete(key);
  }

  private of(name: string, version: string): Counters {
    const key = keyOf(name, version);
    const known = this.counters.get(key);
    if (known !== undefined) return known;
    const counters = new Counters();
    this.counters.set(key, counters);
    return counters;
  }
}

type CountedModel = Pick<ModelEntry, 'name' | 'version' | 'form' | 'isDefault'>;

function keyOf(name: string, version: string): string {
  return `${name}\n${version}`;
}

type Work = Pick<QueryEnd, 'preprocessNs' | 'inferNs' | 'postprocessNs'>;

class Counters {
  private lastMs = 0;
  private inputs = 0;
  private executions = 0;
  private readonly stages = Object.fromEntries(STAGES.map((stage) => [stage, { count: 0, ns: 0 }])) as Record<
    (typeof STAGES)[number],
    StatisticDuration
  >;
  private readonly batches = new Map<number, BatchStatistics>();

  query(end: QueryEnd, nowMs: number): void {
    const { success, fail, queue, compute_input: input, compute_infer: infer, compute_output: output } = this.stages;
    if (end.outcome !== 'served' && end.outcome !== 'late') return add(fail, end.latencyNs);
    this.lastMs = nowMs;
    this.inputs += end.inputs;
    add(success, end.latencyNs);
    add(queue, end.queueNs + end.loadWaitNs);
    add(input, end.preprocessNs);
    add(infer, end.inferNs);
    add(output, end.postprocessNs);
  }

  asked(end: QueryEnd, nowMs: number): void {
    this.query(end, nowMs);
    if (end.batchInputs > 0) this.batch({ ...end, inputs: end.batchInputs }, end.inputs / end.batchInputs);
  }

  /** @param share of the batch that is this model's, 0 to 1. */
  batch({ inputs, preprocessNs, inferNs, postprocessNs }: Work & { readonly inputs: number }, share: number): void {
    this.executions += share;
    const known = this.batches.get(inputs);
    const batch = known ?? {
      batch_size: inputs,
      compute_input: { count: 0, ns: 0 },
      compute_infer: { count: 0, ns: 0 },
      compute_output: { count: 0, ns: 0 },
    };
    if (known === undefined) this.batches.set(inputs, batch);
    add(batch.compute_input, preprocessNs, share);
    add(batch.compute_infer, inferNs, share);
    add(batch.compute_output, postprocessNs, share);
  }

  /** @param refused counters whose failures are counted in. */
  read(refused?: Counters): Omit<ModelStatistics, 'name' | 'version'> {
    const batches = [...this.batches.values()].sort((a, b) => a.batch_size - b.batch_size);
    const stages = STAGES.map((stage) => {
      const { count, ns } = this.stages[stage];
      const more = stage === 'fail' ? refused?.stages.fail : undefined;
      return [stage, { count: count + (more?.count ?? 0), ns: ns + (more?.ns ?? 0) }] as const;
    });
    return {
      last_inference: this.lastMs,
      inference_count: this.inputs,
      execution_count: Math.round(this.executions),
      // Made of exactly the stages.
      inference_stats: Object.fromEntries(stages) as ModelStatistics['inference_stats'],
      response_stats: {},
      batch_stats: batches.map((batch) => ({
        batch_size: batch.batch_size,
        compute_input: whole(batch.compute_input),
        compute_infer: whole(batch.compute_infer),
        compute_output: whole(batch.compute_output),
      })),
      memory_usage: [],
    };
  }
}

function add(duration: StatisticDuration, ns: Nanos, share = 1): void {
  duration.count += share;
  duration.ns += ns * share;
}

/** Shares add up to integers but for rounding. */
function whole({ count, ns }: StatisticDuration): StatisticDuration {
  return { count: Math.round(count), ns: Math.round(ns) };
}
