/** Whether times may be believed: valid, or invalid with the reasons and what to change. Pure. */
import { quantile } from 'simple-statistics';
import type {
  Problem,
  TimingsCell,
  TimingsPhase,
  TimingsPhaseName,
  TimingsResult,
  Verdict,
} from '../../../core/index.ts';
import { TIMINGS_PHASES, TIMINGS_PARTS, formatDuration, milliseconds, timingsUnits } from '../../../core/index.ts';
import { isGeneratorLate } from '../../run/punctuality.ts';
import { isAutocorrelated } from '../../statistics/index.ts';
import type { TimingsConfig } from './timings-config.ts';

/** Fewer fresh processes than this say little about a beginning, whatever percentile is asked for. */
const PROCESSES_MIN = 20;

type Draft = Pick<TimingsResult, 'complete' | 'rules' | 'noise' | 'cells' | 'micro'>;

export function timingsVerdict(draft: Draft, config: TimingsConfig): Verdict {
  const problems = [
    ...(draft.complete ? [] : [interrupted(draft)]),
    ...noisy(draft),
    ...fewProcesses(config),
    ...joined(
      draft.cells.flatMap((cell) => cellProblems(cell, draft, config)),
      draft.cells.length,
    ),
  ];
  return { valid: problems.length === 0, problems, notes: notesOf(draft, config) };
}

function interrupted({ cells }: Draft): Problem {
  const done = TIMINGS_PHASES.flatMap((name) => {
    const all = cells.flatMap((cell) => cell[name] ?? []);
    const units = all.reduce((sum, each) => sum + each.units, 0);
    const wanted = all.reduce((sum, each) => sum + each.unitsWanted, 0);
    return wanted === 0 ? [] : [`${units} of ${wanted} ${name === 'init' ? 'processes' : 'turns'}`];
  });
  const after = done.length === 0 ? 'before anything was measured' : `after ${done.join(' and ')}`;
  const message = `the run was interrupted ${after}`;
  return { code: 'TIMINGS_INTERRUPTED', message, advice: 'run it again; what was finished is here' };
}

function noisy({ noise: { spreadPercent, limitPercent, othersPercent, stealPercent } }: Draft): Problem[] {
  if (spreadPercent === null || spreadPercent <= limitPercent) return [];
  const [found, limit] = [spreadPercent, limitPercent].map((percent) => percent.toFixed(0));
  const taken = (othersPercent ?? 0) + (stealPercent ?? 0);
  const by = othersPercent === null ? '' : `; others took ${taken.toFixed(0)} % of one core`;
  const message = `the machine was noisy: times of the reference kernel spread by ${found} % (p10 to p90), the limit is ${limit} %${by}`;
  return [{ code: 'TIMINGS_NOISY', message, advice: 'end what else runs on the machine, and run it again' }];
}

function fewProcesses({ measure, init: { processes } }: TimingsConfig): Problem[] {
  if (!measure.includes('init') || processes >= PROCESSES_MIN) return [];
  const message = `init was taken in ${processes} processes of each model and setting`;
  return [{ code: 'TIMINGS_FEW_PROCESSES', message, advice: `set init.processes to ${PROCESSES_MIN} or more` }];
}

interface CellProblem extends Problem {
  readonly label: string;
}

/** The same problem of several cells is told once. @param cells there are. */
function joined(problems: readonly CellProblem[], cells: number): Problem[] {
  const groups = new Map<string, CellProblem[]>();
  for (const problem of problems) {
    const key = `${problem.code} ${problem.message}`;
    groups.set(key, [...(groups.get(key) ?? []), problem]);
  }
  return [...groups.values()].map((group) => {
    const [{ code, message, advice }] = group;
    return { code, message: `${labelsInWords(group, cells)}: ${message}`, advice };
  });
}

function labelsInWords(labelled: readonly { readonly label: string }[], cells: number): string {
  if (cells > 1 && labelled.length === cells) return 'all models and settings';
  return labelled.map(({ label }) => label).join('; ');
}

function cellProblems(cell: TimingsCell, draft: Draft, config: TimingsConfig): CellProblem[] {
  const problems: CellProblem[] = [];
  const tell = (code: string, message: string, advice: string): void => {
    problems.push({ label: cell.label, code, message, advice });
  };
  for (const name of TIMINGS_PHASES) {
    const phase = cell[name];
    if (phase === null || (!draft.complete && phase.units < phase.unitsWanted)) continue;
    const failed = Object.entries(phase.failed);
    if (failed.length > 0) {
      const reasons = failed.map(([reason, count]) => `${count} by ${reason}`).join(', ');
      tell(
        'TIMINGS_FAILED',
        `${name === 'init' ? 'processes failed' : 'requests were not answered'}: ${reasons}`,
        'mend what the reasons name; times are of the others',
      );
    }
    const short = shortages(name, phase);
    if (short !== '') tell('TIMINGS_FEW_SAMPLES', `${name}: ${short}`, adviceFor(name));
  }
  const late = cell.handle?.samples.partsMs['late'] ?? [];
  const lateP99Ms = late.length === 0 ? 0 : quantile([...late], 0.99);
  if (isGeneratorLate({ count: late.length, p99Ns: milliseconds(lateP99Ms) })) {
    const message = `the generator fell behind: 1 % of the requests were issued ${lateP99Ms.toFixed(0)} ms or more too late`;
    const every = formatDuration(config.handle.everyNs);
    tell('TIMINGS_GENERATOR_LATE', message, `send them less often than every ${every}, or leave this process a core`);
  }
  return problems;
}

/** Percentiles that a process or a request cannot give; what batches cannot is a dash in the table and a note. */
function shortages(name: TimingsPhaseName, { parts }: TimingsPhase): string {
  const own = TIMINGS_PARTS[name].find(({ sampleOf }) => sampleOf !== 'batch')?.name;
  const part = parts.find((each) => each.part === own);
  const missing = part?.percentiles.filter(({ estimate }) => estimate === null) ?? [];
  return missing
    .map(({ percent, needed }) => `p${percent} needs ${needed} samples, there are ${part?.samples ?? 0}`)
    .join('; ');
}

function adviceFor(name: TimingsPhaseName): string {
  return name === 'init'
    ? 'raise init.processes, or leave the percentile out of init.percentiles'
    : 'raise handle.requests, or leave the percentile out of handle.percentiles';
}

function notesOf({ cells, rules, noise }: Draft, config: TimingsConfig): string[] {
  const { measure, subjects, handle } = config;
  const lastBatch = (handle.requests / handle.turns) % handle.batch;
  const told: readonly (readonly [applies: boolean, note: string])[] = [
    [measure.includes('init'), 'model files were read before, so the page cache was warm'],
    [
      subjects.some(({ source }) => source.kind === 'zoo'),
      'networks of the zoo have seeded weights: they are untrained, and their answers mean nothing',
    ],
    [
      measure.includes('handle') && subjects.some(({ images }) => images.kind === 'synthetic'),
      'synthetic images are smooth noise of a size, not photographs',
    ],
    [noise.spreadPercent === null, 'too few times of the reference kernel to say how noisy the machine was'],
    [
      measure.includes('handle') && lastBatch !== 0,
      `the last batch of every turn has ${lastBatch} of ${handle.batch} requests, which wait for the whole delay`,
    ],
  ];
  return [
    ...told.flatMap(([applies, note]) => (applies ? [note] : [])),
    ...batchNotes(cells),
    ...TIMINGS_PHASES.flatMap((phase) => intervalNotes(phase, cells, rules.unitsMin)),
  ];
}

/** Percentiles that requests have and batches, being fewer, have not. */
function batchNotes(cells: readonly TimingsCell[]): string[] {
  const shared = TIMINGS_PARTS.handle.filter(({ sampleOf }) => sampleOf === 'batch');
  const notes = new Set<string>();
  for (const { handle } of cells) {
    const missing = (handle?.parts ?? [])
      .filter(({ part }) => shared.some(({ name }) => name === part))
      .flatMap(({ percentiles, samples }) =>
        percentiles.flatMap(({ percent, estimate, needed }) =>
          estimate === null ? [`p${percent} needs ${needed} batches, there are ${samples}`] : [],
        ),
      );
    const labels = shared.map(({ label }) => `"${label}"`).join(' and ');
    if (missing.length > 0) notes.add(`a batch shares its ${labels}: ${[...new Set(missing)].join('; ')}`);
  }
  return [...notes];
}

/** What the intervals of a phase do not tell. */
function intervalNotes(name: TimingsPhaseName, cells: readonly TimingsCell[], unitsMin: number): string[] {
  const units = name === 'init' ? 'processes' : 'turns';
  const few: TimingsCell[] = [];
  const alike: TimingsCell[] = [];
  for (const cell of cells) {
    const phase = cell[name];
    if (phase === null || phase.parts.length === 0) continue;
    if (phase.units < unitsMin) few.push(cell);
    else if (isAutocorrelated(centres(name, phase))) alike.push(cell);
  }
  return [
    ...(few.length === 0
      ? []
      : [`fewer than ${unitsMin} ${units} give no intervals: ${labelsInWords(few, cells.length)}`]),
    ...(alike.length === 0
      ? []
      : [
          `neighbouring ${units} resemble each other, so intervals are somewhat too narrow: ${labelsInWords(alike, cells.length)}`,
        ]),
  ];
}

/** The median of each process or turn, of the part that matters most. */
function centres(name: TimingsPhaseName, { samples }: TimingsPhase): number[] {
  const part = TIMINGS_PARTS[name].find((info) => info.name === (name === 'init' ? 'init' : 'infer'));
  return part === undefined ? [] : timingsUnits(part, samples).map((times) => quantile(times, 0.5));
}
