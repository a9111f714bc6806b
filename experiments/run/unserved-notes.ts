/**
 * What could have been asked instead, for the queries that no variant fitted. No mistake in the run, but in the answer
 * it seems to give: rows of a trace may name what the catalogue does not have.
 */
import type { Asked, RunRecord } from '../../core/index.ts';
import { NEVER, formatDuration, homelessVariants, queryName, suggest, suggestionText } from '../../core/index.ts';

/** Kinds of query that are told one by one; of more, only how many there are. */
const KINDS_NAMED = 3;

/** One note a kind of query, the warm-up included. */
export function unservedNotes({ serving: { unserved, plan } }: Pick<RunRecord, 'serving'>): string[] {
  const kinds = unserved.all();
  const { catalogue, initial, limits } = plan;
  const homeless = homelessVariants(catalogue, initial.machines.keys(), limits.coreOvercommit ?? 1);
  const named = kinds.slice(0, KINDS_NAMED).map(({ first, servedBy, count }) => {
    const suggestion = suggest(catalogue, first, servedBy, homeless);
    const instead = suggestion === undefined ? 'the selection policy answered none' : suggestionText(first, suggestion);
    const { application } = first.kind;
    return `${queries(count)} of ${application} found no variant; the first asked for ${askedText(first)}; ${instead}`;
  });
  const others = kinds.slice(KINDS_NAMED);
  if (others.length === 0) return named;
  const count = others.reduce((sum, kind) => sum + kind.count, 0);
  return [...named, `${queries(count)} of ${others.length} more kinds found no variant either`];
}

function queries(count: number): string {
  return count === 1 ? '1 query' : `${count} queries`;
}

function askedText({ kind, inputs, latencyNs, accuracyPercent }: Asked): string {
  const objectives = [
    accuracyPercent === 0 ? '' : `${accuracyPercent} %`,
    latencyNs === NEVER ? '' : `within ${formatDuration(latencyNs)}`,
    inputs === 1 ? '' : `${inputs} inputs`,
  ].filter((part) => part !== '');
  return [queryName(kind) || 'anything', ...objectives].join(', ');
}
