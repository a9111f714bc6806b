/** What `rehearse profile` prints when it is done: a table of the cells, loads, noise, warnings, and where all lies. */
import { relative } from 'node:path';
import type { MeasuredTime, Nanos, Profile } from '../core/index.ts';
import { formatBytes, toMilliseconds } from '../core/index.ts';
import type { ProfileOutcome, WrittenProfile } from '../experiments/measure/profile/index.ts';
import { SAMPLE_RULE, quantileOf, spreadText } from '../experiments/measure/profile/index.ts';
import { textTable } from './text-table.ts';
import type { TextRow } from './text-table.ts';

export function profileText(outcome: ProfileOutcome): string {
  const { profiles, noise, csv, samples, notes } = outcome;
  const cells = profiles.flatMap(cellRows);
  const loads = profiles.flatMap(({ variant, profile }) =>
    profile === undefined ? [] : [loadRow(variant.name, profile)],
  );
  const told = [
    ...notes,
    ...profiles.flatMap(({ variant, notes: own, pictures }) =>
      [...own, pictures].map((note) => `${variant.name}: ${note}`),
    ),
    ...noise.warnings.map((warning) => `Not to be trusted: ${warning}`),
  ];
  const files = [...profiles.flatMap(({ path }) => (path === undefined ? [] : [path])), csv, samples];
  return [
    cells.length > 0 ? `${textTable(cells)}Samples: ${SAMPLE_RULE}.\n\n` : '',
    loads.length > 0 ? `${textTable(loads)}\n` : '',
    `${noiseLine(outcome)}\n`,
    ...told.map((line) => `${line}\n`),
    ...files.map((path) => `${shown(path)}\n`),
  ].join('');
}

export function profileJson({ profiles, noise, environment, csv, samples }: ProfileOutcome): object {
  return {
    profiles: profiles.map(({ variant, path, profile, summary, notes, pictures }) => ({
      name: variant.name,
      threads: variant.threads,
      path: path ?? null,
      profile: profile ?? null,
      hostParts: summary.cells.map(({ kind, batch, idleNs, workers, hostParts }) => ({
        kind,
        batch,
        idleNs,
        workers,
        ...hostParts,
      })),
      pictures,
      notes,
    })),
    noise,
    environment,
    csv,
    samples,
  };
}

function cellRows({ variant, summary }: WrittenProfile): TextRow[] {
  return summary.cells.map(({ kind, batch, idleNs, workers, samples, row, hostParts }) => ({
    variant: variant.name,
    condition: kind === 'idle' ? `${toMilliseconds(idleNs)} ms idle` : kind === 'busy' ? 'busy' : `${workers} workers`,
    batch,
    samples,
    mean_ms: ms(row.meanNs),
    p50_ms: at(row, 0.5),
    p90_ms: at(row, 0.9),
    p99_ms: at(row, 0.99),
    host_p50_ms: at(row.host, 0.5),
    host_p99_ms: at(row.host, 0.99),
    pack_ms: ms(hostParts.packNs),
    hop_ms: ms(hostParts.hopNs),
    hand_out_ms: ms(hostParts.handOutNs),
  }));
}

function loadRow(variant: string, profile: Profile): TextRow {
  const { loadNs, loadParts, peakMemoryBytes, referenceNs = 0, colocated = [] } = profile;
  return {
    variant,
    load_ms: ms(loadNs),
    process_ms: ms(loadParts?.processNs ?? 0),
    read_ms: ms(loadParts?.readNs ?? 0),
    create_ms: ms(loadParts?.createNs ?? 0),
    first_run_ms: ms(loadParts?.firstRunNs ?? 0),
    peak_memory: formatBytes(Math.round(peakMemoryBytes / 1e6) * 1e6),
    slowdown: colocated.map(({ workers, slowdown }) => `${workers} workers ${slowdown}`).join(', '),
    kernel_ms: ms(referenceNs),
  };
}

function noiseLine({ noise }: ProfileOutcome): string {
  const { shares } = noise;
  const busy =
    shares === undefined
      ? ''
      : `; others took ${shares.othersPercent.toFixed(1)} % of a core, steal ${shares.stealPercent.toFixed(1)} %`;
  return `Noise: ${spreadText(noise)}${busy}.`;
}

/** '' where the samples do not carry the quantile. */
function at(time: MeasuredTime | undefined, probability: number): number | string {
  const valueNs = quantileOf(time, probability);
  return valueNs === undefined ? '' : ms(valueNs);
}

function ms(valueNs: Nanos): number {
  return Number(toMilliseconds(valueNs).toPrecision(4));
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
