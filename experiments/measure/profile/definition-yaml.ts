/**
 * A measured variant as the catalogue and `rehearse model register` read it: one YAML file with one variant, under a head
 * of comments that says on what and how it was measured. Pure but for paths being made relative.
 */
import { dirname, relative, sep } from 'node:path';
import { Document, isMap, isSeq, visit } from 'yaml';
import type { Nanos, Profile, ProfileRow } from '../../../core/index.ts';
import { formatBytes, formatDuration, toMilliseconds } from '../../../core/index.ts';
import type { DescribedModel } from './models.ts';
import type { NoiseReport } from './noise.ts';
import { spreadText } from './noise.ts';
import { SAMPLE_RULE } from './sample-rule.ts';
import type { VariantSummary } from './summarise.ts';

export interface DefinitionParts {
  /** With the number of threads where there are several. */
  readonly name: string;
  readonly model: DescribedModel;
  readonly threads: number;
  readonly profile: Profile;
  readonly summary: VariantSummary;
  /** What decoding and encoding take, or that they are not in the table. */
  readonly pictures: string;
  readonly noise: NoiseReport;
  /** Absolute path of the file that the text will be in. */
  readonly path: string;
  /** What makes it again. */
  readonly command: string;
  /** Where the table ends before what was asked, and other things a reader must know. */
  readonly notes: readonly string[];
}

/** Written on one line each. */
const ONE_LINE = new Set(['use_case', 'resources', 'quantiles', 'samples', 'host', 'load_parts', 'labels']);
const ONE_LINE_LISTS = new Set(['inputs', 'outputs', 'colocated']);

/** The text of the file. */
export function definitionYaml(parts: DefinitionParts): string {
  const document = new Document({ variants: [variantOf(parts)] });
  visit(document, {
    Pair(_, pair) {
      const { key, value } = pair;
      const name = String(key);
      if (ONE_LINE.has(name) && (isMap(value) || isSeq(value))) value.flow = true;
      if (ONE_LINE_LISTS.has(name) && isSeq(value)) for (const item of value.items) if (isMap(item)) item.flow = true;
    },
  });
  return `${head(parts)}\n${document.toString({ lineWidth: 0, flowCollectionPadding: true })}`;
}

function variantOf({ name, model, threads, profile, path }: DefinitionParts): object {
  const memoryBytes = Math.ceil(profile.peakMemoryBytes / 1e6) * 1e6;
  return {
    name,
    use_case: model.useCase,
    architecture: model.architecture,
    framework: model.framework,
    hardware: model.hardware,
    precision: model.precision,
    max_batch: profile.rows[profile.rows.length - 1].batch,
    accuracy_percent: model.accuracyPercent,
    resources: {
      cores: threads,
      memory: formatBytes(memoryBytes),
      ...(model.hardware === 'cpu' ? {} : { accelerators: 1 }),
    },
    ...(model.inputs.length > 0 ? { inputs: model.inputs } : {}),
    ...(model.outputs.length > 0 ? { outputs: model.outputs } : {}),
    artifact: {
      path: relative(dirname(path), model.file).split(sep).join('/'),
      sha256: model.sha256,
      size: `${model.bytes} B`,
    },
    ...(model.handler === undefined ? {} : { handler: model.handler }),
    ...(model.labels === undefined ? {} : { labels: model.labels }),
    profile: profileText(profile, memoryBytes),
  };
}

function profileText(profile: Profile, memoryBytes: number): object {
  const { source, loadNs, loadParts, hostOverheadNs, rows, afterIdle, colocated, referenceNs, environment } = profile;
  return {
    source,
    load: short(loadNs),
    ...(loadParts === undefined
      ? {}
      : {
          load_parts: {
            process: short(loadParts.processNs),
            read: short(loadParts.readNs),
            create: short(loadParts.createNs),
            first_run: short(loadParts.firstRunNs),
          },
        }),
    peak_memory: formatBytes(memoryBytes),
    host_overhead: short(hostOverheadNs),
    rows: rows.map(rowText),
    ...(afterIdle === undefined
      ? {}
      : { after_idle: afterIdle.map((idle) => ({ idle: formatDuration(idle.idleNs), rows: idle.rows.map(rowText) })) }),
    ...(colocated === undefined ? {} : { colocated }),
    ...(referenceNs === undefined ? {} : { reference_kernel: short(referenceNs) }),
    ...(environment === undefined ? {} : { environment }),
  };
}

function rowText({ batch, host, ...time }: ProfileRow): object {
  return { batch, ...timeText(time), ...(host === undefined ? {} : { host: timeText(host) }) };
}

function timeText({ meanNs, quantilesNs, samplesNs }: Omit<ProfileRow, 'batch' | 'host'>): object {
  if (samplesNs !== undefined) return { mean: short(meanNs), samples: samplesNs.map(short) };
  if (quantilesNs === undefined) return { mean: short(meanNs) };
  const quantiles = quantilesNs.map(({ probability, valueNs }) => [percentile(probability), short(valueNs)]);
  return { mean: short(meanNs), quantiles: Object.fromEntries(quantiles) as object };
}

function percentile(probability: number): string {
  return `p${Number((100 * probability).toPrecision(6))}`;
}

/** Four significant digits: more would be noise. */
function short(durationNs: Nanos): string {
  return formatDuration(Math.round(Number(durationNs.toPrecision(4))));
}

/** The parts of the host's time at the smallest and the largest batch. */
function hostLines({ cells }: VariantSummary): readonly string[] {
  const busy = cells.filter(({ kind }) => kind === 'busy');
  return [...new Set([busy[0], busy[busy.length - 1]])].map(({ batch, hostParts: { packNs, hopNs, handOutNs } }) => {
    const parts = `pack ${short(packNs)}, hop to the engine and back ${short(hopNs)}, hand out ${short(handOutNs)}`;
    return `host at batch ${batch}, medians: ${parts}`;
  });
}

function head({ name, model, threads, profile, summary, pictures, noise, command, notes }: DefinitionParts): string {
  const { environment = {}, referenceNs = 0 } = profile;
  const machine = `${environment['cpu']}, ${environment['cores']} cores, Node ${environment['node']}, ONNX Runtime ${environment['onnxruntime']}`;
  const lines = [
    `The latency table of ${name} (${threads} thread${threads === 1 ? '' : 's'}), measured by: ${command}`,
    '',
    `Measured ${environment['date']} on ${machine}; reference kernel ${toMilliseconds(referenceNs).toFixed(4)} ms.`,
    'Times of other days and machines are compared after dividing each by its reference kernel.',
    '',
    'rows: batches back to back, in ONNX Runtime; host: the way to the engine process and back, as a live run takes it.',
    '  Both normalised by the reference kernel around their own block; raw samples lie in profile-samples.jsonl.',
    ...hostLines(summary).map((line) => `  ${line}`),
    `  ${pictures}`,
    `  Sample sizes: ${SAMPLE_RULE}.`,
    'after_idle: the same after the worker had nothing to do for that long.',
    'load: from the start of a process to the first answer; median of the processes. peak_memory: of the whole process.',
    '  first_run: the first runs: one input, then two, where the model batches.',
    'accuracy_percent: as stated by who asked for the profile; it is not measured here.',
    `Noise: ${spreadText(noise)}.`,
    ...noise.warnings.map((warning) => `NOT TO BE TRUSTED: ${warning}.`),
    ...[...model.notes, ...notes].map((note) => `Note: ${note}.`),
  ];
  return `${lines.map((line) => (line === '' ? '#' : `# ${line}`)).join('\n')}\n`;
}
