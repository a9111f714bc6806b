/**
 * Judges a profile: what makes it unusable (problems, each with the path of the figure) and what is merely odd
 * (warnings). It reads no files and throws nothing; who asks turns a path into a place. Invariant: a profile
 * without problems can be made into a latency model for the batches it measured.
 */
import type { Profile, ProfileRow } from '../../core/index.ts';
import { formatDuration } from '../../core/index.ts';
import { quantileMeanNs } from './quantile-function.ts';

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
  const problems: ProfileProblem[] = [];
  const { rows } = profile;
  if (rows.length === 0) problems.push(problem(['rows'], 'the table is empty', 'no rows', 'at least one batch size'));
  for (const [index, row] of rows.entries()) {
    problems.push(...batchProblems(rows, index), ...rowProblems(row, ['rows', index]));
  }
  problems.push(
    ...wholeProblems(['load'], profile.loadNs, 0),
    ...wholeProblems(['peak_memory'], profile.peakMemoryBytes, 0),
    ...wholeProblems(['host_overhead'], profile.hostOverheadNs, 0),
  );
  return problems;
}

/**
 * What a user should look at though the profile can be used: a mean that falls by more than 5 % while the batch grows
 * (a disturbed measurement or a mistyped figure), and quantiles whose own mean is more than 10 % off the stated one (a heavy tail
 * that the quantiles cut off, or figures of two measurements).
 */
export function profileWarnings(profile: Profile): ProfileWarning[] {
  const warnings: ProfileWarning[] = [];
  for (const [index, row] of profile.rows.entries()) {
    const before = profile.rows[index - 1];
    if (before !== undefined && row.meanNs < before.meanNs * (1 - FALL_TOLERANCE)) {
      const [high, low] = [before, row].map(({ meanNs, batch }) => `${formatDuration(meanNs)} at batch ${batch}`);
      warnings.push({ path: ['rows', index], message: `the mean falls from ${high} to ${low}` });
    }
    const implied = quantileMeanNs(row);
    if (implied !== undefined && Math.abs(implied - row.meanNs) > MEAN_TOLERANCE * row.meanNs) {
      const stated = `the mean of batch ${row.batch} is ${formatDuration(row.meanNs)}`;
      const message = `${stated}, but its quantiles have a mean of ${formatDuration(Math.round(implied))}`;
      warnings.push({ path: ['rows', index], message });
    }
  }
  return warnings;
}

function batchProblems(rows: readonly ProfileRow[], index: number): ProfileProblem[] {
  const { batch } = rows[index];
  const path = ['rows', index, 'batch'];
  if (!Number.isSafeInteger(batch) || batch < 1) {
    return [problem(path, 'a batch size is no count of inputs', String(batch), 'a whole number from 1')];
  }
  const before = index === 0 ? 0 : rows[index - 1].batch;
  if (rows.slice(0, index).some((row) => row.batch === batch)) {
    return [problem(path, `batch ${batch} is in the table twice`, String(batch), 'each batch size once')];
  }
  if (batch < before) {
    return [problem(path, 'the rows are not in order', `batch ${batch} after ${before}`, 'ascending batch sizes')];
  }
  return [];
}

function rowProblems(row: ProfileRow, path: readonly (string | number)[]): ProfileProblem[] {
  const problems = wholeProblems([...path, 'mean'], row.meanNs, 1);
  for (const [index, sampleNs] of (row.samplesNs ?? []).entries()) {
    problems.push(...wholeProblems([...path, 'samples', index], sampleNs, 1));
  }
  if (row.samplesNs?.length === 0) {
    problems.push(problem([...path, 'samples'], 'there are no samples', 'an empty list', 'at least one'));
  }
  if (row.quantilesNs?.length === 0) {
    problems.push(problem([...path, 'quantiles'], 'there are no quantiles', 'an empty list', 'at least one'));
  }
  for (const [index, { probability, valueNs }] of (row.quantilesNs ?? []).entries()) {
    const here = [...path, 'quantiles', index];
    problems.push(...wholeProblems(here, valueNs, 1));
    if (!(probability >= 0 && probability <= 1)) {
      problems.push(problem(here, 'a quantile has no probability', String(probability), 'a probability from 0 to 1'));
    }
    const before = row.quantilesNs?.[index - 1];
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
