/** Reads `rollouts:` and checks that each replaces a variant that serves by one that can serve the same queries. */
import type { ValuePath } from '../../../backends/index.ts';
import type { Catalogue } from '../../../core/index.ts';
import { ROLLOUTS_MAX, useCaseName } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { RolloutConfig } from '../experiment-config.ts';
import { hiddenVariants } from '../hidden-variants.ts';
import { pathText } from '../value-path.ts';
import { ROLLOUTS_WHAT, rolloutShape, rolloutWords } from '../schema/rollouts.ts';

const PATH = ['rollouts'];

/** The rollouts that could be read; all of them unless the reader has errors. */
export function readRollouts(reader: ConfigReader, catalogue: Catalogue | undefined): RolloutConfig[] {
  const entries = reader.entries(PATH, ROLLOUTS_WHAT);
  if (entries.length > ROLLOUTS_MAX) reader.refuse(PATH, ROLLOUTS_WHAT);
  const placed = entries.flatMap((path) => {
    const { at: atNs, from, to, patience: patienceNs } = reader.readKeys(rolloutShape, path, rolloutWords.what);
    if (atNs === undefined || from === undefined || to === undefined || patienceNs === undefined) return [];
    return [{ path, rollout: { atNs, from, to, patienceNs } }];
  });
  if (catalogue !== undefined) for (const each of placed) checkNames(reader, each, catalogue);
  checkOrder(reader, placed);
  checkWorkers(reader, placed);
  return placed.map(({ rollout }) => rollout);
}

interface PlacedRollout {
  readonly path: ValuePath;
  readonly rollout: RolloutConfig;
}

function checkNames(reader: ConfigReader, { path, rollout }: PlacedRollout, catalogue: Catalogue): void {
  const known = catalogue.variants.map(({ name }) => name);
  for (const key of ['from', 'to'] as const) {
    if (!known.includes(rollout[key])) {
      reader.unknownName([...path, key], 'selected variant', { name: rollout[key], known });
    }
  }
  const [from, to] = [rollout.from, rollout.to].map((name) => catalogue.variants[catalogue.variantNamed(name)]);
  if (from === undefined || to === undefined) return;
  if (from === to) return reader.refuse([...path, 'to'], 'another variant than from');
  const wanted = useCaseName(from.useCase);
  if (useCaseName(to.useCase) !== wanted) {
    reader.fail([...path, 'to'], {
      code: 'CONFIG_ROLLOUT',
      message: 'cannot take the place of from',
      found: `${to.name}, which serves ${useCaseName(to.useCase)}`,
      expected: `a variant that serves ${wanted}`,
    });
  } else if (to.maxBatch < from.maxBatch) {
    reader.note([...path, 'to'], `${to.name} takes smaller batches than ${from.name}: larger queries are rejected`);
  }
}

/** By time: a variant that was replaced can be replaced again only after it was rolled back to. */
function checkOrder(reader: ConfigReader, placed: readonly PlacedRollout[]): void {
  const gone = new Set<string>();
  for (const { path, rollout } of placed.toSorted((a, b) => a.rollout.atNs - b.rollout.atNs)) {
    if (gone.has(rollout.from)) reader.refuse([...path, 'from'], 'a variant that no earlier rollout has replaced');
    gone.add(rollout.from);
    gone.delete(rollout.to);
  }
}

/** A version that is still to be rolled out has no workers at the start: they would serve nobody. */
function checkWorkers(reader: ConfigReader, placed: readonly PlacedRollout[]): void {
  const places = workerMaps(reader);
  const hidden = hiddenVariants(placed.map(({ rollout }) => rollout));
  for (const { path, rollout } of placed) {
    if (rollout.from === rollout.to || !hidden.has(rollout.to)) continue;
    for (const place of places) {
      if (reader.at([...place, rollout.to]) === undefined) continue;
      reader.fail([...path, 'to'], {
        code: 'CONFIG_ROLLOUT',
        message: 'has workers at the start already',
        found: pathText([...place, rollout.to]),
        expected: 'a variant that serves only from the rollout on',
        next: `leave it out of ${pathText(place)}`,
      });
    }
  }
}

/** Where workers of the start may be asked for: in the fleet, and in that of each policy set. */
function workerMaps(reader: ConfigReader): ValuePath[] {
  const sets = reader.at(['policies']);
  const fleets = Array.isArray(sets) ? sets.map((_, index): ValuePath => ['policies', index, 'fleet']) : [];
  return [['fleet'], ...fleets].map((fleet) => [...fleet, 'workers']);
}
