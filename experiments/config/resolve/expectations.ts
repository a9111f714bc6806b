/**
 * Reads `expect:` and checks every name in it. An entry is a comparison of policy sets or says who answers under one;
 * its keys tell which. It judges the words only; whether an expectation holds is known after the run.
 */
import type { ValuePath } from '../../../backends/index.ts';
import type { MetricName } from '../../../core/index.ts';
import { APPLICATION_METRICS, metricNamed } from '../../../core/index.ts';
import type { ConfigReader, Read } from '../config-reader.ts';
import type {
  ComparisonExpectationConfig,
  ExpectationConfig,
  GridAxis,
  GridPoint,
  ServedByExpectationConfig,
} from '../experiment-config.ts';
import { comparisonShape, comparisonWords, expectWords, servedByShape, servedByWords } from '../schema/expect.ts';
import { oneOf } from '../shape-errors.ts';
import type { PolicySetNames } from './expectation-names.ts';
import { checkApplication, checkSet, checkVariants, namesAt, readAt } from './expectation-names.ts';

export type { PolicySetNames } from './expectation-names.ts';

export interface ExpectationSurroundings {
  readonly sets: PolicySetNames;
  readonly axes: readonly GridAxis[];
  /** The points that could be resolved. */
  readonly points: readonly GridPoint[];
}

/** The keys of one form that the other does not have. */
const COMPARISON_KEYS = Object.keys(comparisonShape).filter((key) => !Object.hasOwn(servedByShape, key));
const SERVED_BY_KEYS = Object.keys(servedByShape).filter((key) => !Object.hasOwn(comparisonShape, key));
const FORM_KEYS = [...COMPARISON_KEYS, ...SERVED_BY_KEYS];

/** The expectations that could be read; all of them unless the reader has errors. */
export function readExpectations(reader: ConfigReader, around: ExpectationSurroundings): ExpectationConfig[] {
  const entries = reader.entries(['expect'], expectWords.what);
  if (entries.length === 0 && Array.isArray(reader.at(['expect']))) reader.refuse(['expect'], expectWords.what);
  return entries.flatMap((path) => readExpectation(reader, path, around) ?? []);
}

function readExpectation(
  reader: ConfigReader,
  path: ValuePath,
  around: ExpectationSurroundings,
): ExpectationConfig | undefined {
  const formed = Object.keys(reader.at(path) ?? {}).filter((key) => FORM_KEYS.includes(key));
  const isServedBy = formed.length > 0 && SERVED_BY_KEYS.includes(formed[0]);
  const intruder = formed.find((key) => SERVED_BY_KEYS.includes(key) !== isServedBy);
  if (intruder === undefined)
    return isServedBy ? readServedBy(reader, path, around) : readComparison(reader, path, around);
  reader.fail([...path, intruder], {
    code: 'CONFIG_VALUE',
    message: `does not go with ${formed[0]}`,
    found: formed.join(', '),
    expected: `either ${COMPARISON_KEYS.join(', ')}, or ${SERVED_BY_KEYS.join(', ')}`,
    next: 'write two expectations of the same claim',
  });
  return undefined;
}

function readComparison(
  reader: ConfigReader,
  path: ValuePath,
  { sets, axes, points }: ExpectationSurroundings,
): ComparisonExpectationConfig | undefined {
  const entry = reader.readKeys(comparisonShape, path, comparisonWords.what);
  const { claim, metric, better, direction, paper = null, application = null } = entry;
  const says = sentence(entry.says);
  const thanAt = singles(reader, [...path, 'than_at'], readAt(reader, [...path, 'than_at'], entry.than_at ?? {}, axes));
  const than = thanOf(reader, path, { better, than: entry.than, isElsewhere: entry.than_at !== undefined });
  if (better !== undefined) checkSet(reader, [...path, 'better'], better, sets);
  const other = entry.than_at === undefined ? better : undefined;
  checkThan(reader, [...path, 'than'], { better: other, than: than ?? [] }, sets);
  const at = readAt(reader, [...path, 'at'], entry.at ?? {}, axes);
  if (application !== null) {
    checkApplicationMetric(reader, path, metric);
    checkApplication(reader, [...path, 'application'], application, points);
  }
  checkTolerance(reader, path, entry);
  if (claim === undefined || says === undefined || metric === undefined || direction === undefined) return undefined;
  if (better === undefined || than === undefined) return undefined;
  const tolerance = entry.tolerance ?? null;
  const sides = { better, than, thanAt };
  return { kind: 'comparison', claim, says, metric, ...sides, direction, tolerance, paper, at, application };
}

/** What it is compared with: the sets that are named, or the same set at another grid point. */
function thanOf(
  reader: ConfigReader,
  path: ValuePath,
  {
    better,
    than,
    isElsewhere,
  }: {
    readonly better: string | undefined;
    readonly than: string | readonly string[] | undefined;
    readonly isElsewhere: boolean;
  },
): readonly string[] | undefined {
  if (than !== undefined) return typeof than === 'string' ? [than] : than;
  if (isElsewhere) return better === undefined ? undefined : [better];
  // A wrong value has been told by its shape, and so has an entry that is no map.
  if (reader.at([...path, 'than']) === undefined && typeof reader.at(path) === 'object') {
    reader.refuse([...path, 'than'], 'the policy set it is compared with, or than_at for another grid point');
  }
  return undefined;
}

/** A grid point has one value of each parameter. */
function singles(
  reader: ConfigReader,
  path: ValuePath,
  at: Readonly<Record<string, readonly (string | number)[]>>,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(at).flatMap(([parameter, values]) => {
      if (values.length > 1) reader.refuse([...path, parameter], 'one value: it is compared with one grid point');
      return values.slice(0, 1).map((value) => [parameter, value] as const);
    }),
  );
}

function readServedBy(
  reader: ConfigReader,
  path: ValuePath,
  { sets, axes, points }: ExpectationSurroundings,
): ServedByExpectationConfig | undefined {
  const entry = reader.readKeys(servedByShape, path, servedByWords.what);
  const { claim, policy, share: sharePercent, application = null } = entry;
  const says = sentence(entry.says);
  const servedBy = typeof entry.served_by === 'string' ? [entry.served_by] : entry.served_by;
  if (policy !== undefined) checkSet(reader, [...path, 'policy'], policy, sets);
  checkVariants(reader, [...path, 'served_by'], servedBy ?? [], points);
  const at = readAt(reader, [...path, 'at'], entry.at ?? {}, axes);
  if (application !== null) checkApplication(reader, [...path, 'application'], application, points);
  if (sharePercent === 0) {
    reader.refuse([...path, 'share'], 'a percentage above 0 and up to 100: every share is at least 0');
  }
  if (claim === undefined || says === undefined || policy === undefined) return undefined;
  if (servedBy === undefined || sharePercent === undefined) return undefined;
  return { kind: 'served-by', claim, says, policy, servedBy, sharePercent, at, application };
}

/** A sentence over several lines of YAML is one sentence. */
function sentence(says: string | undefined): string | undefined {
  return says?.trim().replaceAll(/\s+/g, ' ');
}

function checkThan(
  reader: ConfigReader,
  path: ValuePath,
  { better, than }: { readonly better: string | undefined; readonly than: readonly string[] },
  sets: PolicySetNames,
): void {
  for (const [index, { name, place }] of namesAt(reader, path, than).entries()) {
    checkSet(reader, place, name, sets);
    if (name === better) reader.refuse(place, 'another policy set than better');
    else if (than.indexOf(name) !== index) reader.refuse(place, 'each policy set once');
  }
}

function checkApplicationMetric(reader: ConfigReader, path: ValuePath, metric: MetricName | undefined): void {
  const judged: readonly MetricName[] = APPLICATION_METRICS;
  if (metric !== undefined && !judged.includes(metric)) {
    reader.refuse([...path, 'metric'], `a metric that exists for each application, ${oneOf(judged)}`);
  }
}

function checkTolerance(
  reader: ConfigReader,
  path: ValuePath,
  { direction, metric, tolerance }: Read<typeof comparisonShape>,
): void {
  const isEqual = direction === 'equal';
  if (isEqual && reader.at([...path, 'tolerance']) === undefined) {
    reader.refuse([...path, 'tolerance'], 'how far apart equals may lie: a share, or points for metrics in percent');
  }
  if (direction !== undefined && !isEqual && tolerance !== undefined) {
    reader.refuse([...path, 'tolerance'], `no tolerance: ${direction} needs none, only equal does`);
  }
  const isShare = metric !== undefined && metricNamed(metric).unit !== '%';
  if (isEqual && isShare && tolerance !== undefined && tolerance >= 1) {
    reader.refuse([...path, 'tolerance'], `a share above 0 and below 1 for ${metric}, such as 0.05`);
  }
}
