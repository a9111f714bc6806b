/**
 * AlpaServe's placement of replicas (OSDI 2023). `beam`: Algorithm 1, which adds the replica that raises
 * the simulated attainment most, keeping the best few placements of each size. `fast`: its heuristic, which gives the
 * model with the most unserved requests a replica on the machine with the lowest utilisation that has room.
 *
 * Left out: groups of devices and parallelism within them (Algorithm 2); a group is one machine here. Unlike the paper,
 * both stop when every request of the trace is served or no replica serves more, since idle replicas cost memory here,
 * and the fast one passes over places where a replica serves nobody.
 */
import type { MachineOffer, Resources } from '../planning/machine-offers.ts';
import { NOTHING, isWithin, plus } from '../planning/machine-offers.ts';
import type { Cluster, Model, ModelTrace, Outcome, Replica } from './simulate.ts';
import { simulatePlacement } from './simulate.ts';

export interface PlacedModel extends Model {
  /** Index in the catalogue. */
  readonly variant: number;
  readonly need: Resources;
}

export interface PlacementProblem {
  readonly models: readonly PlacedModel[];
  readonly machines: readonly MachineOffer[];
  readonly trace: ModelTrace;
  /** Replicas at most. */
  readonly replicasMax: number;
}

interface Candidate {
  readonly replicas: readonly Replica[];
  readonly outcome: Outcome;
}

/** Algorithm 1. @param width placements kept of each size, at least 1; 1 is plain greedy. */
export function beamSearch(problem: PlacementProblem, width: number): readonly Replica[] {
  let best = evaluate(problem, []);
  let beam = [best];
  while (best.outcome.served < problem.trace.atNs.length) {
    const seen = new Set<string>();
    const next: Candidate[] = [];
    for (const { replicas } of beam) {
      for (const added of additions(problem, replicas)) {
        const larger = [...replicas, added];
        const key = shapeOf(problem, larger);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(evaluate(problem, larger));
      }
    }
    // The sort is stable: of equals, the one found first stays.
    beam = next.sort((a, b) => b.outcome.served - a.outcome.served).slice(0, width);
    if (beam.length === 0 || beam[0].outcome.served <= best.outcome.served) break;
    best = beam[0];
  }
  return best.replicas;
}

/** The fast heuristic. */
export function fastGreedy(problem: PlacementProblem): readonly Replica[] {
  let best = evaluate(problem, []);
  for (;;) {
    const next = firstBetter(problem, best);
    if (next === undefined) return best.replicas;
    best = next;
  }
}

/** The first addition that serves more: models by unserved requests, machines by busy time. */
function firstBetter(problem: PlacementProblem, from: Candidate): Candidate | undefined {
  const { unserved, busyNs } = from.outcome;
  const models = [...unserved.keys()]
    .filter((model) => unserved[model] > 0)
    .sort((a, b) => unserved[b] - unserved[a] || a - b);
  const open = additions(problem, from.replicas);
  for (const model of models) {
    const machines = open.filter((added) => added.model === model).map(({ machine }) => machine);
    for (const machine of machines.sort((a, b) => busyNs[a] - busyNs[b] || a - b)) {
      const next = evaluate(problem, [...from.replicas, { model, machine }]);
      if (next.outcome.served > from.outcome.served) return next;
    }
  }
  return undefined;
}

function evaluate(problem: PlacementProblem, replicas: readonly Replica[]): Candidate {
  return { replicas, outcome: simulatePlacement(clusterOf(problem), replicas, problem.trace) };
}

function clusterOf({ models, machines }: PlacementProblem): Cluster {
  return { models, accelerators: machines.map(({ accelerators }) => accelerators) };
}

/** The replicas that fit. Of machines that are equal, type and content, only the first. */
function additions(problem: PlacementProblem, replicas: readonly Replica[]): Replica[] {
  const { models, machines, replicasMax } = problem;
  if (replicas.length >= replicasMax) return [];
  const seen = new Set<string>();
  const fitting: Replica[] = [];
  for (const [machine, offer] of machines.entries()) {
    const key = columnOf(problem, replicas, machine);
    if (seen.has(key)) continue;
    seen.add(key);
    const used = replicas
      .filter((replica) => replica.machine === machine)
      .reduce((sum, { model }) => plus(sum, models[model].need), NOTHING);
    for (const [model, { variant, need }] of models.entries()) {
      if (offer.hosts[variant] === 1 && isWithin(plus(used, need), offer)) fitting.push({ model, machine });
    }
  }
  return fitting;
}

/** A machine's type, resources and content, in the order of placing. */
function columnOf({ machines }: PlacementProblem, replicas: readonly Replica[], machine: number): string {
  const { type, cores, memoryBytes, accelerators, deviceMemoryBytes } = machines[machine];
  const content = replicas.filter((replica) => replica.machine === machine).map(({ model }) => model);
  return `${type} ${cores} ${memoryBytes} ${accelerators} ${deviceMemoryBytes}: ${content.join(' ')}`;
}

/** Placements of one shape differ only in which of equal machines holds what. */
function shapeOf(problem: PlacementProblem, replicas: readonly Replica[]): string {
  return problem.machines
    .map((_, machine) => columnOf(problem, replicas, machine))
    .sort()
    .join('; ');
}
