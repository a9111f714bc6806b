/**
 * Proteus's allocation as an integer program: how many workers of each variant each machine holds, and which part of
 * each kind's demand each variant serves. Proteus (ASPLOS 2024, the resource manager's MILP) has one binary
 * per device and variant; devices of one machine are interchangeable, so their binaries are summed to one integer here,
 * which is the same program with less symmetry.
 */
import type { LinearColumn, LinearProgram, LinearRow } from '../../solver.ts';
import { devicesOf } from '../planning/machine-offers.ts';
import type { MachineOffer } from '../planning/machine-offers.ts';
import type { Offer, Problem } from './allocation.ts';
import { undominated } from './dominance.ts';

/** What to maximise: accuracy with a given load served (all of it when left out), or the load itself. */
export type Aim = { readonly maximise: 'accuracy'; readonly servedRps?: number } | { readonly maximise: 'load' };

/** Where the program's columns are. */
export interface Layout {
  readonly program: LinearProgram;
  /** Column of the number of workers, by machine and variant; -1 where the machine cannot hold the variant. */
  readonly workers: readonly Int32Array[];
  /** Column of the served rate in units of the total demand, by demand and position in its variants. */
  readonly served: readonly Int32Array[];
  readonly totalRps: number;
}

const RESOURCES = ['cores', 'memoryBytes', 'deviceMemoryBytes'] as const;

/** The program of a problem. Rates are in units of the total demand and resources in shares of the machine. */
export function buildProgram(problem: Problem, aim: Aim): Layout {
  const { offers, machines, demands } = problem;
  const totalRps = demands.reduce((sum, { rateRps }) => sum + rateRps, 0);
  const columns: LinearColumn[] = [];
  const add = (column: LinearColumn): number => columns.push(column) - 1;
  const useful = new Set(undominated(problem));
  const workers = machines.map((machine) =>
    Int32Array.from(offers, (offer, variant) => {
      const most = useful.has(variant) ? mostOn(machine, offer, variant) : 0;
      return most === 0 ? -1 : add({ cost: 0, lower: 0, upper: most, integer: true });
    }),
  );
  const served = demands.map(({ rateRps, variants }) =>
    Int32Array.from(variants, (variant) => {
      const worth = aim.maximise === 'load' ? 1 : offers[variant].accuracyPercent / 100;
      const upper = useful.has(variant) ? rateRps / totalRps : 0;
      return add({ cost: -worth, lower: 0, upper, integer: false });
    }),
  );
  const rows = [
    ...capacityRows(problem, { workers, served, totalRps }),
    ...demandRows(problem, { served, totalRps }, aim),
    ...machines.flatMap((machine, at) => resourceRows(machine, offers, workers[at])),
  ];
  return { program: { columns, rows }, workers, served, totalRps };
}

/** Most workers of a variant that an otherwise empty machine holds. */
function mostOn(machine: MachineOffer, offer: Offer, variant: number): number {
  if (machine.hosts[variant] === 0) return 0;
  const { need } = offer;
  const counts = RESOURCES.filter((resource) => need[resource] > 0).map((r) => machine[r] / need[r]);
  const devices = devicesOf(need);
  if (devices > 0) counts.push(machine.accelerators / devices);
  return counts.length === 0 ? 0 : Math.max(0, Math.floor(Math.min(...counts) + 1e-9));
}

/** What a variant serves is at most what its workers can. */
function capacityRows(
  { offers, demands }: Problem,
  { workers, served, totalRps }: Pick<Layout, 'workers' | 'served' | 'totalRps'>,
): LinearRow[] {
  return offers.flatMap(({ throughputRps }, variant) => {
    const rates = demands.flatMap(({ variants }, demand) => {
      const position = variants.indexOf(variant);
      return position < 0 ? [] : [[served[demand][position], 1] as const];
    });
    if (rates.length === 0) return [];
    const held = workers.flatMap((columns) =>
      columns[variant] < 0 ? [] : [[columns[variant], -throughputRps / totalRps] as const],
    );
    return [{ lower: -Infinity, upper: 0, terms: [...rates, ...held] }];
  });
}

/** Each demand is served in full, or at most in full with a total that is given or left to the aim. */
function demandRows(
  { demands }: Problem,
  { served, totalRps }: Pick<Layout, 'served' | 'totalRps'>,
  aim: Aim,
): LinearRow[] {
  const isFull = aim.maximise === 'accuracy' && aim.servedRps === undefined;
  const rows: LinearRow[] = demands.map(({ rateRps }, demand) => ({
    lower: isFull ? rateRps / totalRps : 0,
    upper: rateRps / totalRps,
    terms: Array.from(served[demand], (column) => [column, 1] as const),
  }));
  if (aim.maximise === 'load' || aim.servedRps === undefined) return rows;
  const all = served.flatMap((columns) => Array.from(columns, (column) => [column, 1] as const));
  return [...rows, { lower: aim.servedRps / totalRps, upper: Infinity, terms: all }];
}

/** The workers of a machine fit into it. */
function resourceRows(machine: MachineOffer, offers: readonly Offer[], columns: Int32Array): LinearRow[] {
  const row = (shareOf: (offer: Offer) => number): LinearRow[] => {
    const terms = offers.flatMap((offer, variant) => {
      const share = columns[variant] < 0 ? 0 : shareOf(offer);
      return share === 0 ? [] : [[columns[variant], share] as const];
    });
    return terms.length === 0 ? [] : [{ lower: -Infinity, upper: 1, terms }];
  };
  return [
    ...RESOURCES.flatMap((resource) => row(({ need }) => need[resource] / Math.max(machine[resource], 1e-9))),
    ...row(({ need }) => devicesOf(need) / Math.max(machine.accelerators, 1e-9)),
  ];
}
