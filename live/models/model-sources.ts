/**
 * Where models may come from when a client names them: files of the operator's store by their bare names, and URLs that
 * the operator allowed. Nothing is ever put into the store. Messages and cases are TorchServe's (its `allowed_urls`, its
 * ModelNotFoundException and DownloadArchiveException), so that its clients understand them; they name no path.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ServingError } from '../../core/index.ts';
import { AllowedUrls } from './allowed-urls.ts';
import { shownName } from './archive-entry.ts';
import type { DownloadOptions } from './download.ts';
import { download } from './download.ts';
import { isWithin } from './model-folder.ts';

export interface SourceOptions extends DownloadOptions {
  /** Absolute path of the folder with archives and models; undefined where there is none. */
  readonly store: string | undefined;
  /** Patterns of URLs, see `AllowedUrls`; none allows none. */
  readonly allowedUrls: readonly string[];
  /** Told why a download failed, which its client is not. */
  readonly note?: ((text: string) => void) | undefined;
}

export interface FoundModel {
  /** Absolute path of the file. */
  readonly path: string;
  /** Its name in the store or at the end of its URL. */
  readonly file: string;
}

/** A name that can stand in a store: an archive's or a model's. */
const BARE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;
const ENDINGS = ['.mar', '.onnx'];

export class ModelSources {
  private readonly options: SourceOptions;
  private readonly allowedUrls: AllowedUrls;

  /** @throws ServingError MODEL_SOURCE_PATTERN. */
  constructor(options: SourceOptions) {
    this.options = options;
    this.allowedUrls = new AllowedUrls(options.allowedUrls);
  }

  /**
   * The file that a client names.
   *
   * @param url a file's name in the store, or an http(s) URL.
   * @param folder of its own, for what has to be fetched; nothing is written elsewhere.
   * @param signal breaks a download off.
   * @throws ServingError MODEL_SOURCE_NOT_FOUND, _NOT_ALLOWED, _NO_STORE (404 to TorchServe's clients), _DOWNLOAD (400),
   * _EXISTS.
   */
  async find(url: string, folder: string, signal?: AbortSignal): Promise<FoundModel> {
    if (url === '') throw refused('NOT_FOUND', 'empty url');
    if (leadsUp(url)) throw refused('NOT_ALLOWED', `Relative path is not allowed in url: ${told(url)}`);
    return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(url) ? this.fetched(url, folder, signal) : this.stored(url);
  }

  private stored(name: string): FoundModel {
    if (/[/\\]/.test(name)) throw refused('NOT_ALLOWED', `Relative path is not allowed in url: ${told(name)}`);
    const { store } = this.options;
    if (store === undefined) throw refused('NO_STORE', 'Model store has not been configured.');
    const path = join(store, name);
    // A link of the operator's may stay within the store: volumes of orchestrators are made of such.
    const isModel =
      isModelFile(name) && statSync(path, { throwIfNoEntry: false })?.isFile() === true && isWithin(store, path);
    if (!isModel) throw refused('NOT_FOUND', `Model not found at: ${told(name)}`);
    return { path: realpathSync(path), file: name };
  }

  private async fetched(text: string, folder: string, signal: AbortSignal | undefined): Promise<FoundModel> {
    const url = this.allowedUrls.allowed(text);
    if (url === undefined) throw refused('NOT_ALLOWED', `Given URL ${told(text)} does not match any allowed URL(s)`);
    const file = url.pathname.split('/').at(-1) ?? '';
    if (!isModelFile(file)) {
      throw refused('NOT_FOUND', `Model not found at: ${told(text)}`);
    }
    const { store, note } = this.options;
    // As TorchServe has it: what lies in the store is named by its name, not by where it once came from.
    if (store !== undefined && existsSync(join(store, file))) {
      throw new ServingError({ code: 'MODEL_SOURCE_EXISTS', message: `Model file already exists ${file}` });
    }
    const path = join(folder, file);
    try {
      await download(url, path, { ...this.options, signal });
      return { path, file };
    } catch (cause) {
      note?.(`download of ${told(text)}: ${cause instanceof Error ? cause.message : String(cause)}`);
      const message = `Failed to download archive from: ${told(text)}`;
      throw new ServingError({ code: 'MODEL_SOURCE_DOWNLOAD', message, cause });
    }
  }
}

/** Whether a file's name is one of an archive or a model. */
export function isModelFile(name: string): boolean {
  return BARE_NAME.test(name) && ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}

/** Whether a name or URL goes up, as it stands or decoded. */
function leadsUp(url: string): boolean {
  return url.includes('\0') || /\.\.|%(?:25)*(?:2e|2f|5c|00)/i.test(url);
}

/** What a client sent, as an answer and a log may repeat it. */
function told(url: string): string {
  const text = url.length > 200 ? `${url.slice(0, 197)}...` : url;
  return /^[\u0021-\u007e]*$/.test(text) ? text : shownName(text);
}

function refused(problem: 'NOT_FOUND' | 'NOT_ALLOWED' | 'NO_STORE', message: string): ServingError {
  return new ServingError({ code: `MODEL_SOURCE_${problem}`, message });
}
