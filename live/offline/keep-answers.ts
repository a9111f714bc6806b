/**
 * Keeps the answers of a batch: written beside, flushed, renamed into place, the folder flushed, and only then noted.
 * A file whose answer cannot be made or named fails alone; a folder that cannot be written fails the batch.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Handlers, TensorValue } from '../../backends/index.ts';
import type { ModelEntry } from '../service/index.ts';
import { FileFailure, codeOf, reasonOf } from './file-failure.ts';
import { answerOf } from './file-inputs.ts';
import { isStill } from './folders.ts';
import type { JobStore } from './job-store.ts';
import type { OpenJob } from './open-job.ts';
import { flushFolder, outputName, writeOutput } from './outputs.ts';

export interface AnsweredBatch {
  /** Of the files in the job. */
  readonly numbers: readonly number[];
  /** Outputs of the model, for each of them. */
  readonly answers: readonly (readonly TensorValue[])[];
  readonly model: ModelEntry;
  readonly handlers: Handlers;
  readonly store: JobStore;
}

/** Troubles of one file's name, not of the folder. */
const OWN_TROUBLES = new Set(['ENAMETOOLONG', 'EISDIR', 'EILSEQ', 'EINVAL']);
/** A disk that is full may have room again soon. */
const TROUBLE_PAUSE_MS = 500;

/** @throws what keeps the folder from being written, after a pause; answers that were written are noted nevertheless. */
export async function keepAnswers(job: OpenJob, batch: AnsweredBatch): Promise<void> {
  const numbers = batch.numbers.filter((number) => job.isWaiting(number));
  const work = writeAll(job, batch, new Set(numbers));
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  for (const number of numbers) job.writing.set(number, settled);
  try {
    await work;
    job.outputTroubles = 0;
  } catch (error) {
    job.outputTroubles += 1;
    for (const number of numbers) job.writing.delete(number);
    await delay(TROUBLE_PAUSE_MS * job.outputTroubles);
    throw error;
  } finally {
    for (const number of numbers) job.writing.delete(number);
  }
}

async function writeAll(job: OpenJob, batch: AnsweredBatch, wanted: ReadonlySet<number>): Promise<void> {
  const { output } = job.record;
  if (!(await isStill(output))) throw new FileFailure('it is not there any more, or something else is');
  const results = await Promise.allSettled(
    batch.numbers.map(async (number, at) => (wanted.has(number) ? writeOne(job, batch, at) : undefined)),
  );
  await flushFolder(output);
  for (const result of results) {
    if (result.status === 'fulfilled' && result.value !== undefined) {
      job.end(result.value.number, 'done', { output: result.value.name });
    }
  }
  const broken = results.find((result) => result.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}

/** Undefined when the file failed. @throws what is wrong with the folder. */
async function writeOne(
  job: OpenJob,
  { numbers, answers, model, handlers, store }: AnsweredBatch,
  at: number,
): Promise<{ readonly number: number; readonly name: string } | undefined> {
  const number = numbers[at];
  const { id, ordinal, output: folder, architecture, variant } = job.record;
  const file = store.fileOf(ordinal, number);
  try {
    const answer = await answerOf(answers[at], model, handlers);
    const ran = { variant: model.name, version: model.version };
    await writeOutput(
      { folder, job: id, item: number, file },
      { model: architecture === '' ? variant : architecture, ...ran, answer },
    );
    return { number, name: outputName(file) };
  } catch (error) {
    const code = codeOf(error);
    const isSystems = code !== '' && /^E[A-Z0-9]+$/.test(code);
    if (isSystems && !OWN_TROUBLES.has(code)) throw error;
    job.end(number, 'failed', { reason: isSystems ? `its answer cannot be written (${code})` : reasonOf(error) });
    return undefined;
  }
}
