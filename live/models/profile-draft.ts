/**
 * Reads a variant as our own catalogue states it, from a YAML file with exactly one, to be registered. The schema is the
 * catalogue's, and looser where a registration finds out by itself: the artifact's digest is checked where it is stated
 * and computed where it is not, and it lies in the folder that is registered with the file; a profile that is left out is
 * measured, resources that are left out are one core and the memory that was measured.
 */
import { basename } from 'node:path';
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { VariantDefinition } from '../../backends/index.ts';
import { parseYamlText, readDefinitions } from '../../backends/index.ts';
import { parseBoundedYaml } from './bounded-yaml.ts';
import { modelInFolder } from './model-folder.ts';
import type { DraftFile, ModelDraft } from './model-draft.ts';
import { checkedName } from './names.ts';

export interface ProfileDraftOptions {
  /** The name that places begin with. */
  readonly place: string;
  /** Folder that the model lies in; undefined for a variant of its table only. */
  readonly folder: string | undefined;
  /** Folders that models may lie in; anywhere when left out. */
  readonly roots?: readonly string[] | undefined;
}

/**
 * The variant of a text.
 * @throws ServingErrors CATALOGUE_*, ServingError PROFILE_FILE, MODEL_YAML, MODEL_FOLDER.
 */
export function readProfile(text: string, { place, folder, roots }: ProfileDraftOptions): ModelDraft {
  parseBoundedYaml(text, place);
  const yaml = parseYamlText(text, place);
  if (yaml.errors.length > 0) throw new ServingErrors(yaml.errors);
  const { value, artifact } = withoutArtifact(yaml.value);
  const { complete, isMeasured, hasMemory } = withStandIns(value);
  const read = readDefinitions(complete, { locate: yaml.locate, folder: folder ?? '.' });
  if (read.errors.length > 0) throw new ServingErrors(read.errors);
  if (read.variants.length !== 1) {
    throw new ServingError({
      code: 'PROFILE_FILE',
      place,
      message: 'a file that is registered defines one variant',
      found: `${read.variants.length} variants`,
      next: 'write each variant into a file of its own',
    });
  }
  const [definition] = read.variants;
  const { notes, ...file } = fileOf(artifact, { place: yaml.locate(['variants', 0, 'artifact']), folder, roots });
  const draft = { ...draftOf(definition), ...file, notes: [...read.warnings, ...notes] };
  if (!isMeasured) return draft;
  return { ...draft, profile: undefined, memoryBytes: hasMemory ? draft.memoryBytes : undefined };
}

function draftOf(definition: VariantDefinition): ModelDraft {
  const { resources, inputs, outputs, origin } = definition;
  const { useCase, architecture, framework, hardware, precision, maxBatch, accuracyPercent, profile } = definition;
  return {
    name: checkedName('model', definition.name, origin.place),
    version: checkedName('version', definition.version, origin.place),
    useCase,
    architecture,
    framework,
    hardware,
    precision,
    maxBatch,
    accuracyPercent,
    profile,
    origin,
    cores: resources.cores,
    accelerators: resources.accelerators,
    memoryBytes: resources.memoryBytes,
    inputs: inputs.length > 0 ? inputs : undefined,
    outputs: outputs.length > 0 ? outputs : undefined,
    handler: definition.handler,
    labels: definition.labels,
    notes: [],
  };
}

/** So that what is there is judged by the catalogue's schema; no figure of them is used. */
const NO_PROFILE = {
  source: 'measured at registration',
  load: '1 ms',
  peak_memory: '1 MB',
  host_overhead: '0 us',
  rows: [{ batch: 1, mean: '1 ms' }],
};
const NO_RESOURCES = { cores: 1 };

/** The value with stand-ins for the profile and the resources of its one variant, where those are left out. */
function withStandIns(value: unknown): {
  readonly complete: unknown;
  readonly isMeasured: boolean;
  readonly hasMemory: boolean;
} {
  const variant = onlyVariant(value);
  if (variant === undefined) return { complete: value, isMeasured: false, hasMemory: true };
  const { resources } = variant;
  return {
    complete: { ...Object(value), variants: [{ profile: NO_PROFILE, resources: NO_RESOURCES, ...variant }] },
    isMeasured: !('profile' in variant),
    hasMemory: typeof resources === 'object' && resources !== null && 'memory' in resources,
  };
}

/** Undefined unless there is exactly one, and it is a map. */
function onlyVariant(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || !('variants' in value)) return undefined;
  if (!Array.isArray(value.variants) || value.variants.length !== 1) return undefined;
  const [variant] = value.variants as readonly unknown[];
  if (typeof variant !== 'object' || variant === null || Array.isArray(variant)) return undefined;
  return { ...variant };
}

/** What the file says of its artifact; nothing of it is checked yet. */
interface StatedArtifact {
  readonly path?: unknown;
  readonly sha256?: unknown;
}

function withoutArtifact(value: unknown): { readonly value: unknown; readonly artifact: StatedArtifact | undefined } {
  const { artifact, ...rest } = onlyVariant(value) ?? {};
  if (typeof artifact !== 'object' || artifact === null) return { value, artifact: undefined };
  return { value: { ...Object(value), variants: [rest] }, artifact };
}

interface FilePlace {
  readonly place: string;
  readonly folder: string | undefined;
  readonly roots: readonly string[] | undefined;
}

function fileOf(
  artifact: StatedArtifact | undefined,
  { place, folder, roots }: FilePlace,
): { readonly file: DraftFile | undefined; readonly notes: readonly string[] } {
  const { path, sha256 } = artifact ?? {};
  if (path !== undefined && typeof path !== 'string') throw refusal(place, 'path of the artifact is no text');
  if (sha256 !== undefined && (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))) {
    throw refusal(place, 'sha256 of the artifact is no digest of 64 lower-case hexadecimal digits');
  }
  if (folder === undefined) {
    return {
      file: undefined,
      notes: artifact === undefined ? [] : ['the artifact is left out: its table alone serves'],
    };
  }
  // The catalogue's paths start from the file that defines them; a model lies directly in the folder it comes with.
  const filename = path === undefined ? undefined : basename(path);
  const notes =
    filename === path ? [] : [`the artifact is looked for as ${JSON.stringify(filename)} in the model's folder`];
  return { file: { path: modelInFolder(folder, { filename, roots }), sha256 }, notes };
}

function refusal(place: string, message: string): ServingError {
  return new ServingError({ code: 'PROFILE_FILE', place, message });
}
