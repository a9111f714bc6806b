/**
 * Judges a profile: what makes it unusable (problems, each with the path of the figure) and what is merely odd
 * (warnings). It reads no files and throws nothing; who asks turns a path into a place. Invariant: a profile
 * without problems can be made into a latency model for the batches it measured.
 */
import type { IdleRows, MeasuredTime, Profile, ProfileRow } from '../../core/index.ts';
import { formatDuration, quantileMeanNs } from '../../core/index.ts';

/** One unusable figure. */
export interface ProfileProblem {
  /** Where in the profile, as written in the catalogue's YAML: `['rows', 2, 'mean']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly found: string;
  readonly expected: string;
}

/** Something odd that does not keep a profile from being used. */
export interface ProfileWarning {
  /** As in `ProfileProblem`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A fall below this share of the mean is the noise of measuring; see `profileWarnings`. */
const FALL_TOLERANCE = 0.05;
/** Beyond this share of its mean a row's quantiles tell another story; see `profileWarnings`. */
const MEAN_TOLERANCE = 0.1;

/** Everything that makes a profile unusable; empty when it is sound. */
export function profileProblems(profile: Profile): ProfileProblem[] {
  const { loadParts } = profile;
  return [
    ...tableProblems(profile.rows, ['rows']),
    ...idleProblems(profile.afterIdle ?? []),
    ...wholeProblems(['load'], profile.loadNs, 0),
    ...(loadParts === undefined
      ? []
      : [
          ...wholeProblems(['load_parts', 'process'], loadParts.processNs, 0),
          ...wholeProblems(['load_parts', 'read'], loadParts.readNs, 0),
          ...wholeProblems(['load_parts', 'create'], loadParts.createNs, 0),
          ...wholeProblems(['load_parts', 'first_run'], loadParts.firstRunNs, 0),
        ]),
    ...wholeProblems(['peak_memory'], profile.peakMemoryBytes, 0),
    ...wholeProblems(['host_overhead'], profile.hostOverheadNs, 0),
    ...(profile.referenceNs === undefined ? [] : wholeProblems(['reference_kernel'], profile.referenceNs, 1)),
  ];
}

function tableProblems(rows: readonly ProfileRow[], path: readonly (string | number)[]): ProfileProblem[] {
  if (rows.length === 0) return [problem(path, 'the table is empty', 'no rows', 'at least one batch size')];
  return rows.flatMap((row, index) => {
    const here = [...path, index];
    const host = row.host === undefined ? [] : timeProblems(row.host, [...here, 'host'], 0);
    return [...batchProblems(rows, index, here), ...timeProblems(row, here, 1), ...host];
  });
}

function idleProblems(afterIdle: readonly IdleRows[]): ProfileProblem[] {
  return afterIdle.flatMap(({ idleNs, rows }, index) => {
    const path = ['after_idle', index];
    const beforeNs = index === 0 ? 0 : afterIdle[index - 1].idleNs;
    const found = `${formatDuration(idleNs)} after ${formatDuration(beforeNs)}`;
    const order =
      idleNs > beforeNs
        ? []
        : [problem([...path, 'idle'], 'the idle times do not ascend', found, 'ascending idle times above 0')];
    return [...order, ...tableProblems(rows, [...path, 'rows'])];
  });
}

/**
 * What a user should look at though the profile can be used: a mean that falls by more than 5 % while the batch grows
 * (a disturbed measurement or a mistyped figure), and quantiles whose own mean is more than 10 % off the stated one (a heavy tail
 * that the quantiles cut off, or figures of two measurements).
 */
export function profileWarnings({ rows, afterIdle = [] }: Profile): ProfileWarning[] {
  return [
    ...tableWarnings(rows, ['rows']),
    ...afterIdle.flatMap((idle, index) => tableWarnings(idle.rows, ['after_idle', index, 'rows'])),
  ];
}

function tableWarnings(rows: readonly ProfileRow[], path: readonly (string | number)[]): ProfileWarning[] {
  const warnings: ProfileWarning[] = [];
  for (const [index, row] of rows.entries()) {
    const here = [...path, index];
    const before = rows[index - 1];
    if (before !== undefined && row.meanNs < before.meanNs * (1 - FALL_TOLERANCE)) {
      const [high, low] = [before, row].map(({ meanNs, batch }) => `${formatDuration(meanNs)} at batch ${batch}`);
      warnings.push({ path: here, message: `the mean falls from ${high} to ${low}` });
    }
    const implied = quantileMeanNs(row);
    if (implied !== undefined && Math.abs(implied - row.meanNs) > MEAN_TOLERANCE * row.meanNs) {
      const stated = `the mean of batch ${row.batch} is ${formatDuration(row.meanNs)}`;
      const message = `${stated}, but its quantiles have a mean of ${formatDuration(Math.round(implied))}`;
      warnings.push({ path: here, message });
    }
  }
  return warnings;
}

function batchProblems(
  rows: readonly ProfileRow[],
  index: number,
  row: readonly (string | number)[],
): ProfileProblem[] {
  const { batch } = rows[index];
  const path = [...row, 'batch'];
  if (!Number.isSafeInteger(batch) || batch < 1) {
    return [problem(path, 'a batch size is no count of inputs', String(batch), 'a whole number from 1')];
  }
  const before = index === 0 ? 0 : rows[index - 1].batch;
  if (rows.slice(0, index).some((other) => other.batch === batch)) {
    return [problem(path, `batch ${batch} is in the table twice`, String(batch), 'each batch size once')];
  }
  if (batch < before) {
    return [problem(path, 'the rows are not in order', `batch ${batch} after ${before}`, 'ascending batch sizes')];
  }
  return [];
}

/** @param leastNs of each figure: an execution takes some time, the way to it may take none that can be measured. */
function timeProblems(
  { meanNs, samplesNs, quantilesNs }: MeasuredTime,
  path: readonly (string | number)[],
  leastNs: 0 | 1,
): ProfileProblem[] {
  const problems = wholeProblems([...path, 'mean'], meanNs, leastNs);
  for (const [index, sampleNs] of (samplesNs ?? []).entries()) {
    problems.push(...wholeProblems([...path, 'samples', index], sampleNs, leastNs));
  }
  if (samplesNs?.length === 0) {
    problems.push(problem([...path, 'samples'], 'there are no samples', 'an empty list', 'at least one'));
  }
  if (quantilesNs?.length === 0) {
    problems.push(problem([...path, 'quantiles'], 'there are no quantiles', 'an empty list', 'at least one'));
  }
  for (const [index, { probability, valueNs }] of (quantilesNs ?? []).entries()) {
    const here = [...path, 'quantiles', index];
    problems.push(...wholeProblems(here, valueNs, leastNs));
    if (!(probability >= 0 && probability <= 1)) {
      problems.push(problem(here, 'a quantile has no probability', String(probability), 'a probability from 0 to 1'));
    }
    const before = quantilesNs?.[index - 1];
    if (before !== undefined && (probability <= before.probability || valueNs < before.valueNs)) {
      const found = `p${100 * probability} of ${valueNs} ns after p${100 * before.probability} of ${before.valueNs} ns`;
      problems.push(problem(here, 'the quantiles do not ascend', found, 'ascending probabilities and values'));
    }
  }
  return problems;
}

function wholeProblems(path: readonly (string | number)[], value: number, minimum: 0 | 1): ProfileProblem[] {
  if (Number.isSafeInteger(value) && value >= minimum) return [];
  return [problem(path, 'the figure cannot be used', String(value), `a whole number from ${minimum}`)];
}

function problem(path: readonly (string | number)[], message: string, found: string, expected: string): ProfileProblem {
  return { path, message, found, expected };
}
