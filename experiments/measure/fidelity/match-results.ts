/**
 * Two results as cells to compare: those of the same policy and parameters, runs paired by their seed. What it leaves
 * aside it says in its notes.
 */
import type { CellResult, ReplicationResult } from '../../../core/index.ts';
import { ServingError, parameterLabel } from '../../../core/index.ts';
import type { PlacedResult } from './check-comparable.ts';
import { checkComparable } from './check-comparable.ts';
import type { FidelityCellInput } from './compare-cell.ts';
import type { ConfigDifference } from './config-differences.ts';

export interface MatchedResults {
  readonly cells: readonly FidelityCellInput[];
  readonly notes: readonly string[];
}

export interface ResultPair {
  readonly simulated: PlacedResult;
  readonly live: PlacedResult;
  /** Load of every cell in percent of capacity, where it is known. */
  readonly loadPercent?: number | undefined;
}

/** Differing keys that one note names. */
const NAMED_MAX = 6;

/** @throws ServingError FIDELITY_... when the two are not of the same requests under the same policies. */
export function matchResults({ simulated, live, loadPercent }: ResultPair): MatchedResults {
  const ofTheSimulation = checkComparable(simulated, live);
  const { cells, notes } = matchedCells(simulated, live);
  if (cells.length === 0) {
    throw new ServingError({
      code: 'FIDELITY_NO_PAIRS',
      place: live.folder,
      message: 'no run of the live result has a simulated counterpart',
      found: `${labelsOf(live)} live, ${labelsOf(simulated)} simulated`,
      expected: 'the same policies, parameters and replications',
      next: 'run both from the same config',
    });
  }
  return {
    cells: cells.map((cell) => ({ ...cell, loadPercent })),
    notes: [...notes, ...simulationNotes(ofTheSimulation), ...programNotes(simulated, live)],
  };
}

/** Something said of a cell; what is said of several cells is written once. */
interface CellNote {
  readonly note: string;
  readonly label: string;
}

function matchedCells({ result: simulated }: PlacedResult, { result: live }: PlacedResult): MatchedResults {
  const counterparts = new Map(simulated.cells.map((cell) => [keyOf(cell), cell]));
  const cells: FidelityCellInput[] = [];
  const notes: CellNote[] = [];
  for (const cell of live.cells) {
    const { label } = cell;
    const other = counterparts.get(keyOf(cell));
    counterparts.delete(keyOf(cell));
    if (other === undefined) {
      notes.push({ note: 'not compared, since it is in the live result only', label });
      continue;
    }
    const pairs = pairedBySeed(other.replications, cell.replications);
    const paired = pairs.live.length;
    notes.push(...unpairedNotes(paired, { simulated: other, live: cell }).map((note) => ({ note, label })));
    if (paired > 0) cells.push({ label, group: groupOf(cell, live.name), ...pairs });
  }
  for (const { label } of counterparts.values()) {
    notes.push({ note: 'not compared, since it is in the simulated result only', label });
  }
  return { cells, notes: merged(notes) };
}

/** Policies at one grid point belong together. */
function groupOf({ parameters }: CellResult, name: string): string {
  const values = Object.entries(parameters).map(([path, value]) => `${parameterLabel(path)} = ${value}`);
  return values.length === 0 ? name : values.join(', ');
}

function keyOf({ policy, parameters }: CellResult): string {
  return JSON.stringify([policy, Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

function pairedBySeed(
  simulated: readonly ReplicationResult[],
  live: readonly ReplicationResult[],
): Pick<FidelityCellInput, 'simulated' | 'live'> {
  const bySeed = new Map(simulated.map((run) => [run.seed, run]));
  const pairs = live.flatMap((run) => {
    const partner = bySeed.get(run.seed);
    return partner === undefined ? [] : [[partner, run] as const];
  });
  return { simulated: pairs.map(([run]) => run), live: pairs.map(([, run]) => run) };
}

function unpairedNotes(
  paired: number,
  { simulated, live }: { readonly simulated: CellResult; readonly live: CellResult },
): string[] {
  const [simulations, runs] = [simulated.replications.length, live.replications.length];
  const notes: string[] = [];
  if (runs > paired) notes.push(`${runs - paired} of ${runs} live runs have no simulated run of their seed`);
  if (simulations > paired && paired === 1) {
    notes.push(
      `of ${simulations} simulated runs the one with the seed of the live run is compared; ` +
        'simulate with --replications 1 for an interval of the difference over parts of the run',
    );
  }
  if (simulations > paired && paired > 1) {
    notes.push(`of ${simulations} simulated runs the ${paired} with the seeds of the live runs are compared`);
  }
  return notes;
}

function merged(notes: readonly CellNote[]): string[] {
  const labels = new Map<string, string[]>();
  for (const { note, label } of notes) labels.set(note, [...(labels.get(note) ?? []), label]);
  return [...labels].map(([note, cells]) => `${note} (${cells.join(', ')})`);
}

function simulationNotes(differences: readonly ConfigDifference[]): string[] {
  if (differences.length === 0) return [];
  const named = differences
    .slice(0, NAMED_MAX)
    .map(({ path, simulated, live }) => `${path}: ${simulated}, not ${live}`);
  return [`the simulation was run with other settings of its own than the live config has: ${named.join('; ')}`];
}

function programNotes({ result: simulated }: PlacedResult, { result: live }: PlacedResult): string[] {
  const [a, b] = [simulated.environment, live.environment];
  if (a.rehearse === b.rehearse && a.node === b.node) return [];
  return [`simulated with Rehearse ${a.rehearse} on Node ${a.node}, live with ${b.rehearse} on ${b.node}`];
}

function labelsOf({ result }: PlacedResult): string {
  return result.cells.length === 0 ? 'nothing' : result.cells.map(({ label }) => label).join(', ');
}
