/**
 * From an entry of `models` to the subjects that are timed: its source looked up, its images found. Complaints go to
 * the config's reader, so that all mistakes of a file are told at once.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import type { ValuePath } from '../../../backends/index.ts';
import { ZOO_NETWORKS, builtInHandlers, bundledCatalogue } from '../../../backends/index.ts';
import type { ConfigReader } from '../../config/config-reader.ts';
import { fileProblem } from '../../config/parse-yaml.ts';
import type { ModelEntry } from './schema.ts';
import type { ImagesConfig, ModelSource, SubjectConfig } from './timings-config.ts';

/** Different synthetic images unless the config says otherwise: decoding must not profit from one cached picture. */
const IMAGES = 100;
const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.gif'];
const DEFAULT_HANDLER = 'image-classifier';
/** Names do not depend on the limits. */
const HANDLERS = builtInHandlers({ maxPixels: 1, maxSeconds: 1 }).map(({ name }) => name);
const SOURCES = ['network', 'file', 'variant'] as const;

interface Source {
  /** Its name unless the entry gives one. */
  readonly name: string;
  readonly sources: readonly ModelSource[];
  readonly handler?: string | undefined;
}

/** The subjects of an entry, one for each precision; none when it cannot be used. */
export function resolveModel(reader: ConfigReader, path: ValuePath, entry: ModelEntry): SubjectConfig[] {
  const found = sourceOf(reader, path, entry);
  const images = imagesOf(reader, [...path, 'images'], entry.images);
  if (entry.handler !== undefined && !HANDLERS.includes(entry.handler)) {
    reader.unknownName([...path, 'handler'], 'handler', { name: entry.handler, known: HANDLERS });
  }
  if (found === undefined || images === undefined) return [];
  const model = entry.name ?? found.name;
  const handler = entry.handler ?? found.handler ?? DEFAULT_HANDLER;
  const place = reader.locate(path);
  return found.sources.map((source) => {
    const name = source.kind === 'zoo' ? `${model} ${source.precision}` : model;
    return { name, model, place, source, handler, images };
  });
}

function sourceOf(reader: ConfigReader, path: ValuePath, entry: ModelEntry): Source | undefined {
  const named = SOURCES.filter((key) => entry[key] !== undefined);
  if (named.length !== 1) {
    const found = named.length === 0 ? 'none of them' : named.join(' and ');
    const message = 'names no single model';
    reader.fail(path, { code: 'CONFIG_VALUE', message, found, expected: 'one of network, file and variant' });
    return undefined;
  }
  const { network, file, variant, precisions } = entry;
  if (network === undefined && precisions !== undefined) {
    reader.refuse([...path, 'precisions'], 'precisions beside a network only: a file has the one it has');
  }
  if (network !== undefined) return networkOf(reader, [...path, 'network'], { network, precisions });
  if (file !== undefined) return fileOf(reader, [...path, 'file'], file);
  return variant === undefined ? undefined : variantOf(reader, [...path, 'variant'], variant);
}

function networkOf(
  reader: ConfigReader,
  path: ValuePath,
  { network, precisions = ['fp32'] }: Pick<ModelEntry, 'precisions'> & { readonly network: string },
): Source | undefined {
  if (!ZOO_NETWORKS.includes(network)) {
    reader.unknownName(path, 'network of the zoo', { name: network, known: ZOO_NETWORKS });
    return undefined;
  }
  const sources = [...new Set(precisions)].map((precision) => ({ kind: 'zoo', network, precision }) as const);
  return { name: network, sources };
}

function fileOf(reader: ConfigReader, path: ValuePath, file: string): Source | undefined {
  const absolute = resolve(reader.folder, file);
  try {
    if (statSync(absolute).isFile()) {
      const name = basename(absolute, extname(absolute));
      return { name, sources: [{ kind: 'file', path: absolute }] };
    }
    reader.fail(path, { code: 'CONFIG_FILE', message: 'is no file', found: 'a folder', expected: 'an ONNX file' });
  } catch (cause) {
    const found = `${file}: ${fileProblem(cause)}`;
    reader.fail(path, { code: 'CONFIG_FILE', message: 'cannot be read', found, expected: 'an ONNX file', cause });
  }
  return undefined;
}

function variantOf(reader: ConfigReader, path: ValuePath, name: string): Source | undefined {
  const { variants } = bundledCatalogue({ picks: [[name]], names: [] });
  const executable = variants.filter(({ artifact }) => artifact !== undefined);
  const variant = variants.find((each) => each.name === name);
  if (variant?.artifact === undefined) {
    if (variant === undefined) reader.unknownName(path, 'variant', { name, known: variants.map((each) => each.name) });
    else {
      const expected = `a variant with a model file, such as ${executable[0]?.name ?? 'fmnist-linear-fp32'}`;
      reader.fail(path, { code: 'CONFIG_VALUE', message: 'can only be simulated', found: name, expected });
    }
    return undefined;
  }
  const { artifact, precision, labels, handler, origin } = variant;
  const file = resolve(origin.folder, artifact.path);
  return { name, handler, sources: [{ kind: 'catalogue', path: file, sha256: artifact.sha256, precision, labels }] };
}

function imagesOf(reader: ConfigReader, path: ValuePath, images: ModelEntry['images']): ImagesConfig | undefined {
  const { width, height, count = IMAGES, folder } = images;
  if (folder !== undefined) {
    if (width === undefined && height === undefined && images.count === undefined) {
      return folderOf(reader, [...path, 'folder'], folder);
    }
    reader.refuse(path, 'either a folder, or width and height');
    return undefined;
  }
  if (width === undefined || height === undefined) {
    reader.refuse(path, 'width and height of synthetic images, or a folder');
    return undefined;
  }
  return { kind: 'synthetic', width, height, count };
}

function folderOf(reader: ConfigReader, path: ValuePath, written: string): ImagesConfig | undefined {
  const folder = resolve(reader.folder, written);
  const expected = 'a folder with JPEG, PNG, WebP or GIF images';
  try {
    const names = readdirSync(folder).filter((name) => IMAGE_ENDINGS.includes(extname(name).toLowerCase()));
    const files = names.toSorted().map((name) => join(folder, name));
    if (files.length > 0) return { kind: 'folder', folder, files };
    const found = `no image in ${written}`;
    reader.fail(path, { code: 'CONFIG_VALUE', message: 'has nothing to send', found, expected });
  } catch (cause) {
    const problem =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR' ? 'a file' : fileProblem(cause);
    const found = `${written}: ${problem}`;
    reader.fail(path, { code: 'CONFIG_FILE', message: 'cannot be read', found, expected, cause });
  }
  return undefined;
}
