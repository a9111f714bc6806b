/**
 * A replication's part of `requests.csv`, written by the thread that ran it: rows are many, and threads should not
 * pass them around. The parts are joined in plan order afterwards.
 */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import type { RunRecord } from '../../core/index.ts';
import { emptyRow, outcomeName, reasonName, toMilliseconds, toSeconds } from '../../core/index.ts';
import { unwritableScratch } from './write-results.ts';

/** Rows turned into text before they are written. */
const ROWS_PER_WRITE = 5000;

/** @throws ServingError OUTPUT_UNWRITABLE when the disk is full, or the folder is gone. */
export function writeRequestRows(path: string, record: RunRecord, run: RunNumbers): void {
  try {
    writeRows(path, record, run);
  } catch (cause) {
    throw cause instanceof Error && 'syscall' in cause ? unwritableScratch(path, cause) : cause;
  }
}

interface RunNumbers {
  readonly cell: number;
  readonly replication: number;
}

function writeRows(path: string, record: RunRecord, run: RunNumbers): void {
  const { plan, recorder } = record.serving;
  const { variants } = plan.catalogue;
  // Only names can need quoting; they are few, and the rest of a row is numbers, a hundred times faster by hand.
  const kinds = plan.kinds.map(({ application, useCase }) => fields(application, useCase));
  const served = variants.map(({ architecture, name }) => fields(architecture, name));
  const file = openSync(path, 'w');
  const row = emptyRow();
  try {
    let text = '';
    for (let at = 0; at < recorder.rows.length; at += 1) {
      recorder.rows.read(at, row);
      text +=
        `${run.cell},${run.replication},${row.ordinal},${kinds[row.kind]},${row.variant < 0 ? ',' : served[row.variant]},` +
        `${idOf(row.worker)},${idOf(row.machine)},${row.inputs},${row.batchInputs === 0 ? '' : row.batchInputs},` +
        `${row.objectiveNs < 0 ? '' : toMilliseconds(row.objectiveNs)},${toSeconds(row.scheduledNs)},` +
        `${toMilliseconds(row.queueNs)},${toMilliseconds(row.loadWaitNs)},${toMilliseconds(row.preprocessNs)},` +
        `${toMilliseconds(row.inferNs)},${toMilliseconds(row.postprocessNs)},${toMilliseconds(row.latencyNs)},` +
        `${outcomeName(row.outcome)},${row.reason === 0 ? '' : reasonName(row.reason)}\n`;
      if (at % ROWS_PER_WRITE === ROWS_PER_WRITE - 1) {
        appendFileSync(file, text);
        text = '';
      }
    }
    appendFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

function idOf(id: number): string {
  return id < 0 ? '' : String(id);
}

function fields(...names: string[]): string {
  return stringify([names], { record_delimiter: '' });
}
