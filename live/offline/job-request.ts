/**
 * What a job asks for, checked before it is accepted: a model that can run it, folders that it may use, files that the
 * model's handler takes. In INFaaS's words where it has some.
 */
import type { Handlers } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import type { ModelDirectory, ModelEntry } from '../service/index.ts';
import { inTime, reasonOf } from './file-failure.ts';
import { inputsOf } from './file-inputs.ts';
import { inputFolder, outputFolder } from './folders.ts';
import type { FolderRules } from './folders.ts';
import { fileNames, readPayload } from './input-files.ts';
import type { NewJob } from './job-record.ts';
import type { OfflineOptions } from './offline-options.ts';

export interface JobRequest {
  readonly application: string;
  /** Absolute paths, as the client wrote them. */
  readonly input: string;
  readonly output: string;
  /** One of the two is ''. */
  readonly architecture: string;
  readonly variant: string;
  /** Of the variant; '' for the default one. */
  readonly version: string;
}

export interface RequestParts {
  readonly directory: ModelDirectory;
  readonly handlers: Handlers;
  readonly options: OfflineOptions;
  readonly rules: FolderRules;
}

const CPU = 'cpu';
/** Files that are tried before a folder counts as one without inputs. */
const TRIED = 32;

/**
 * The job that is asked for; its output folder is there afterwards.
 * @throws ServingError OFFLINE_UNKNOWN_MODEL, OFFLINE_MODEL, OFFLINE_FOLDER, OFFLINE_INPUT.
 */
export async function checkedJob(request: JobRequest, parts: RequestParts): Promise<NewJob> {
  const { options, rules } = parts;
  const [model] = runnable(request, parts);
  const input = await inputFolder(request.input, rules);
  await requireInputs(input, model, parts);
  const output = await outputFolder(request.output, rules);
  if (output === input) {
    throw new ServingError({
      code: 'OFFLINE_FOLDER',
      message: 'the answers cannot go into the input folder',
      expected: 'an output folder of its own',
    });
  }
  const { application, architecture } = request;
  const variant = architecture === '' ? model.variants[0].definition.name : '';
  return { application, input, output, architecture, variant, batch: options.batch, attemptsMax: options.attemptsMax };
}

/** The variants that may run a job, at least one, the fastest first: the actors choose among them. */
function runnable({ architecture, variant, version }: JobRequest, { directory, options }: RequestParts): ModelEntry[] {
  if ((architecture === '') === (variant === '')) {
    throw refused('the job names no model, or two', { expected: 'either an architecture or a variant' });
  }
  const named =
    variant === ''
      ? directory.list().filter((entry) => isDefaultOf(entry, architecture))
      : [directory.find(variant, version)].filter((entry) => entry?.form === 'variant');
  if (named.length === 0) {
    throw new ServingError({
      code: 'OFFLINE_UNKNOWN_MODEL',
      message: `${variant === '' ? 'Parent model' : 'Model'} has not been registered`,
      found: `${JSON.stringify(architecture === '' ? variant : architecture)}${version === '' ? '' : `, version ${JSON.stringify(version)}`}`,
      next: 'see rehearse status for what is served',
    });
  }
  const { framework } = options;
  const known = named.filter((entry) => entry !== undefined);
  const fitting = known.filter(({ variants: [{ definition }] }) => {
    return definition.hardware === CPU && (framework === '' || definition.framework === framework);
  });
  if (fitting.length === 0) {
    const wanted = framework === '' ? 'for the CPU' : `with ${framework} framework for the CPU`;
    throw refused(`No model variant ${wanted}`, { expected: 'one: offline jobs run on nothing else' });
  }
  const emulated = fitting.find(({ variants: [{ definition }] }) => definition.artifact === undefined);
  if (emulated !== undefined) {
    const others = variant === '' && fitting.length > 1 ? { next: 'name a variant that has one' } : {};
    throw refused(`variant ${emulated.name} has no model file, so it has no answers`, others);
  }
  const firstNs = ({ variants: [{ definition }] }: ModelEntry): number => definition.profile.rows[0].meanNs;
  return fitting.sort((a, b) => firstNs(a) - firstNs(b));
}

function isDefaultOf({ form, isDefault, variants: [{ definition }] }: ModelEntry, architecture: string): boolean {
  return form === 'variant' && isDefault && definition.architecture === architecture;
}

/** Tries files until one suits the model. */
async function requireInputs(folder: string, model: ModelEntry, { handlers, options }: RequestParts): Promise<void> {
  let tried = 0;
  let first = '';
  for await (const file of fileNames(folder)) {
    const reading = readPayload(folder, file, options.fileMaxBytes);
    try {
      await inTime(
        reading.then((payload) => inputsOf(payload, model, handlers)),
        options.fileTimeoutMs,
      );
      return;
    } catch (error) {
      tried += 1;
      if (first === '') first = `${JSON.stringify(file)}: ${reasonOf(error)}`;
    }
    if (tried >= TRIED) break;
  }
  const which = tried >= TRIED ? `none of the first ${TRIED} files` : 'no file';
  throw new ServingError({
    code: 'OFFLINE_INPUT',
    message: `the input folder has ${which} that ${model.name} takes`,
    found: first === '' ? 'no files' : first,
    expected: 'files that hold one input each',
  });
}

function refused(message: string, parts: { readonly expected?: string; readonly next?: string }): ServingError {
  return new ServingError({ code: 'OFFLINE_MODEL', message, ...parts });
}
