/**
 * Counts requests and batches as they end. Labels are names of the catalogue, applications up to a bound, and closed
 * sets of codes, never what a client wrote. The counters of a variant are there, at zero, from its installation on, its
 * histograms and the less common ends of its requests from its first load or request on: most of a large catalogue is
 * never used, and a scrape should not be made of it. All go when the variant has gone. On the path of a request: it
 * counts and returns.
 */
import type { Counter, Histogram } from 'prom-client';
import { toSeconds } from '../../../core/index.ts';
import type { BatchEnd, QueryEnd, ServiceObserver, WorkerCrash } from '../../service/index.ts';
import { BoundedNames } from './bounded-names.ts';
import { BATCH_BUCKETS, DURATION_BUCKETS_S, LOAD_BUCKETS_S, PART_BUCKETS_S } from './buckets.ts';
import type { Families } from './families.ts';

const OF_VARIANT = ['variant', 'version'] as const;
const OF_PART = [...OF_VARIANT, 'part'] as const;
const OF_REQUEST = ['application', 'model', ...OF_VARIANT, 'outcome', 'reason'] as const;
const OF_OBJECTIVE = ['application', 'model', 'met'] as const;
const PARTS = ['preprocess', 'infer', 'postprocess'] as const;

type VariantLabels = Readonly<Record<(typeof OF_VARIANT)[number], string>>;
type PartLabels = Readonly<Record<(typeof OF_PART)[number], string>>;
type RequestLabels = Readonly<Record<(typeof OF_REQUEST)[number], string>>;
type ObjectiveLabels = Readonly<Record<(typeof OF_OBJECTIVE)[number], string>>;

/** The outcome-and-reason pairs that a variant shows from its first use on: the commonest reason of each outcome. */
const FIRST_ENDS = [
  ['served', 'none'],
  ['late', 'deadline-missed'],
  ['rejected', 'queue-full'],
  ['expired', 'deadline-passed'],
  ['failed', 'execution-failed'],
  ['cancelled', 'client-cancelled'],
] as const;

const CAUSES: readonly WorkerCrash['cause'][] = ['crashed', 'timeout', 'memory', 'load-failed'];

/** The label sets of one variant, made once: prom-client hashes them, nobody copies them. */
interface VariantSeries {
  readonly labels: VariantLabels;
  readonly parts: Readonly<Record<(typeof PARTS)[number], PartLabels>>;
  readonly batches: Readonly<Record<'ok' | 'failed', VariantLabels & { readonly result: string }>>;
  readonly requests: Map<string, RequestLabels>;
  /** Loaded or asked for: everything is shown of it. */
  isUsed: boolean;
}

export interface RegisteredVariant {
  readonly name: string;
  readonly version: string;
}

export class RequestMetrics implements ServiceObserver {
  private readonly requests: Counter<(typeof OF_REQUEST)[number]>;
  private readonly objectives: Counter<(typeof OF_OBJECTIVE)[number]>;
  private readonly inputs: Counter<(typeof OF_VARIANT)[number]>;
  private readonly batches: Counter<(typeof OF_VARIANT)[number] | 'result'>;
  private readonly crashes: Counter<'variant' | 'cause'>;
  private readonly retries: Counter;
  private readonly duration: Histogram<(typeof OF_VARIANT)[number]>;
  private readonly loadWait: Histogram<(typeof OF_VARIANT)[number]>;
  private readonly queue: Histogram<(typeof OF_VARIANT)[number]>;
  private readonly compute: Histogram<(typeof OF_PART)[number]>;
  private readonly batchSize: Histogram<(typeof OF_VARIANT)[number]>;
  private readonly loads: Histogram<(typeof OF_VARIANT)[number]>;
  private readonly applications: BoundedNames;
  private readonly series = new Map<string, VariantSeries>();
  private readonly objectiveSeries = new Map<string, ObjectiveLabels>();

  /** @param applicationsMost applications with series of their own; the others are counted as `other`. */
  constructor({ counter, histogram }: Families, applicationsMost: number) {
    this.applications = new BoundedNames(applicationsMost);
    this.requests = counter('rehearse_requests_total', 'Requests that ended, by outcome and its reason', OF_REQUEST);
    this.objectives = counter(
      'rehearse_objective_requests_total',
      'Requests with a latency objective, by whether it was met; those whose client left are not counted',
      OF_OBJECTIVE,
    );
    this.inputs = counter('rehearse_inputs_total', 'Inputs of requests that were answered', OF_VARIANT);
    this.batches = counter('rehearse_batches_total', 'Batches that were executed', [...OF_VARIANT, 'result'] as const);
    this.crashes = counter(
      'rehearse_engine_crashes_total',
      'Workers that died though nobody wanted them to, or could not load their model',
      ['variant', 'cause'],
    );
    this.retries = counter('rehearse_query_retries_total', 'Queries that were tried once more because a worker died');
    const times = (
      name: string,
      help: string,
      buckets: readonly number[] = PART_BUCKETS_S,
    ): Histogram<(typeof OF_VARIANT)[number]> => histogram(name, help, buckets, OF_VARIANT);
    const whole = 'From arrival to answer, of answered requests';
    this.duration = times('rehearse_request_duration_seconds', whole, DURATION_BUCKETS_S);
    this.loadWait = times('rehearse_request_load_wait_seconds', 'Part of it spent waiting for a worker to load');
    this.queue = times('rehearse_request_queue_seconds', 'Part of it spent in queues');
    this.compute = histogram(
      'rehearse_request_compute_seconds',
      'Part of it spent in the batch that the request was part of',
      PART_BUCKETS_S,
      OF_PART,
    );
    this.batchSize = histogram('rehearse_batch_inputs', 'Inputs of executed batches', BATCH_BUCKETS, OF_VARIANT);
    this.loads = histogram(
      'rehearse_load_duration_seconds',
      'Loads of workers that ended well',
      LOAD_BUCKETS_S,
      OF_VARIANT,
    );
  }

  queryEnded(end: QueryEnd): void {
    const application = this.applications.of(end.application);
    const series = this.used(end.variant, end.version);
    this.requests.inc(requestLabels(series, application, end));
    if (end.objectiveNs >= 0 && end.outcome !== 'cancelled')
      this.objectives.inc(this.objectiveLabels(application, end));
    if (end.outcome !== 'served' && end.outcome !== 'late') return;
    const { labels, parts } = series;
    this.inputs.inc(labels, end.inputs);
    this.duration.observe(labels, toSeconds(end.latencyNs));
    this.loadWait.observe(labels, toSeconds(end.loadWaitNs));
    this.queue.observe(labels, toSeconds(end.queueNs));
    this.compute.observe(parts.preprocess, toSeconds(end.preprocessNs));
    this.compute.observe(parts.infer, toSeconds(end.inferNs));
    this.compute.observe(parts.postprocess, toSeconds(end.postprocessNs));
  }

  batchEnded({ variant, version, inputs, ok }: BatchEnd): void {
    const { labels, batches } = this.used(variant, version);
    this.batches.inc(batches[ok ? 'ok' : 'failed']);
    this.batchSize.observe(labels, inputs);
  }

  loaded(variant: string, version: string, loadNs: number): void {
    this.loads.observe(this.used(variant, version).labels, toSeconds(loadNs));
  }

  crashed({ variant, version, cause }: WorkerCrash): void {
    this.used(variant, version);
    this.crashes.inc({ variant, cause });
  }

  retried(): void {
    this.retries.inc();
  }

  /** Shows a variant's series from now on, at zero where nothing happened yet. */
  show({ name, version }: RegisteredVariant): void {
    this.seriesOf(name, version);
  }

  /** Shows all series of a variant from now on: it has workers, or something waits for one. */
  use({ name, version }: RegisteredVariant): void {
    this.used(name, version);
  }

  /** Forgets every series of variants and of models that are not known any more. */
  keepOnly(known: {
    readonly hasVariant: (name: string, version: string) => boolean;
    readonly hasModel: (name: string) => boolean;
  }): void {
    for (const [key, series] of this.series) {
      const { variant, version } = series.labels;
      if (variant !== '' && !known.hasVariant(variant, version)) {
        this.forget(key, series);
        continue;
      }
      for (const [requestKey, labels] of series.requests) {
        if (known.hasModel(labels.model)) continue;
        this.requests.remove(labels);
        series.requests.delete(requestKey);
      }
    }
    for (const [key, labels] of this.objectiveSeries) {
      if (known.hasModel(labels.model)) continue;
      this.objectives.remove(labels);
      this.objectiveSeries.delete(key);
    }
  }

  private forget(key: string, series: VariantSeries): void {
    this.series.delete(key);
    for (const labels of series.requests.values()) this.requests.remove(labels);
    for (const labels of Object.values(series.batches)) this.batches.remove(labels);
    for (const labels of Object.values(series.parts)) this.compute.remove(labels);
    const { variant } = series.labels;
    // Versions share them.
    const isLast = [...this.series.values()].every(({ labels }) => labels.variant !== variant);
    if (isLast) for (const cause of CAUSES) this.crashes.remove({ variant, cause });
    for (const metric of [this.inputs, ...this.variantHistograms()]) metric.remove(series.labels);
  }

  private variantHistograms(): Histogram<(typeof OF_VARIANT)[number]>[] {
    return [this.duration, this.loadWait, this.queue, this.batchSize, this.loads];
  }

  private seriesOf(variant: string, version: string): VariantSeries {
    const key = keyOf(variant, version);
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const labels = { variant, version };
    const series: VariantSeries = {
      labels,
      parts: {
        preprocess: { ...labels, part: 'preprocess' },
        infer: { ...labels, part: 'infer' },
        postprocess: { ...labels, part: 'postprocess' },
      },
      batches: { ok: { ...labels, result: 'ok' }, failed: { ...labels, result: 'failed' } },
      requests: new Map(),
      isUsed: false,
    };
    this.series.set(key, series);
    if (variant !== '') this.zero(series);
    return series;
  }

  /** A variant that something happens to. */
  private used(variant: string, version: string): VariantSeries {
    const series = this.seriesOf(variant, version);
    if (!series.isUsed && variant !== '') this.zeroRest(series);
    series.isUsed = true;
    return series;
  }

  private zero(series: VariantSeries): void {
    const application = this.applications.of('default');
    const [[outcome, reason]] = FIRST_ENDS;
    this.requests.inc(requestLabels(series, application, { model: series.labels.variant, outcome, reason }), 0);
    this.inputs.inc(series.labels, 0);
    this.batches.inc(series.batches.ok, 0);
  }

  private zeroRest(series: VariantSeries): void {
    const application = this.applications.of('default');
    const { variant } = series.labels;
    for (const [outcome, reason] of FIRST_ENDS) {
      this.requests.inc(requestLabels(series, application, { model: variant, outcome, reason }), 0);
    }
    this.batches.inc(series.batches.failed, 0);
    for (const cause of CAUSES) this.crashes.inc({ variant, cause }, 0);
    for (const histogram of this.variantHistograms()) histogram.zero(series.labels);
    for (const labels of Object.values(series.parts)) this.compute.zero(labels);
  }

  private objectiveLabels(application: string, { model, outcome }: QueryEnd): ObjectiveLabels {
    const met = outcome === 'served' ? 'true' : 'false';
    const key = `${application}\n${model}\n${met}`;
    let labels = this.objectiveSeries.get(key);
    if (labels === undefined) {
      labels = { application, model, met };
      this.objectiveSeries.set(key, labels);
    }
    return labels;
  }
}

function requestLabels(
  { labels, requests }: VariantSeries,
  application: string,
  { model, outcome, reason }: Pick<QueryEnd, 'model' | 'outcome' | 'reason'>,
): RequestLabels {
  const key = `${application}\n${model}\n${outcome}\n${reason}`;
  let found = requests.get(key);
  if (found === undefined) {
    found = { application, model, ...labels, outcome, reason };
    requests.set(key, found);
  }
  return found;
}

/** What a variant's series are kept under. */
export function keyOf(variant: string, version: string): string {
  return `${variant}\n${version}`;
}
