/**
 * Runs a fidelity matrix: in each round and for each scenario a profile, the capacity and a calibration, then every
 * cell live and simulated, all within the same minutes, since a machine's speed drifts by more than what is judged.
 */
import { ServingError, ServingErrors } from '../../../core/index.ts';
import type { FidelityCellInput } from '../fidelity/index.ts';
import { ReferenceKernel } from '../reference-kernel.ts';
import type { MatrixConfig } from './matrix-config.ts';
import { ScenarioTurn } from './scenario-turn.ts';
import type { MatrixBasis, MatrixPair } from './scenario-turn.ts';

export interface MatrixProgress {
  readonly finished: number;
  readonly total: number;
  readonly label: string;
}

export interface MatrixOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: MatrixProgress) => void) | undefined;
}

export interface MatrixRecord {
  readonly bases: readonly MatrixBasis[];
  readonly pairs: readonly MatrixPair[];
  /** False when it was interrupted, or something failed. */
  readonly complete: boolean;
  /** Scenarios that could not be carried on in a round, and why. */
  readonly failures: readonly string[];
}

/**
 * What a live run, a profile or a fit fails with ends the turn of its scenario alone, and is told among the failures.
 * @throws ServingError when the reference kernel cannot be started.
 */
export async function runMatrix(config: MatrixConfig, options: MatrixOptions = {}): Promise<MatrixRecord> {
  const { scenarios, rounds, arrivals, loadsPercent } = config;
  const bases: MatrixBasis[] = [];
  const pairs: MatrixPair[] = [];
  const failures: string[] = [];
  const total = rounds * scenarios.length * arrivals.length * loadsPercent.length;
  const isOver = (): boolean => options.signal?.aborted === true;
  const take = async (turn: ScenarioTurn, name: string, round: number): Promise<void> => {
    const tell = (label: string): void => options.onProgress?.({ finished: pairs.length, total, label });
    bases.push(await turn.prepare(tell));
    for (const cell of turn.cells()) {
      if (isOver()) return;
      tell(`${name}, ${cell.arrivals.name} at ${cell.loadPercent} %, round ${round + 1}`);
      const pair = await turn.run(cell);
      // What was interrupted is no pair.
      if (pair.live.ending !== 'interrupted') pairs.push(pair);
    }
  };
  const kernel = await ReferenceKernel.start();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const scenario of scenarios) {
        if (isOver()) return { bases, pairs, complete: false, failures };
        const turn = new ScenarioTurn({ config, scenario, round, kernel, signal: options.signal });
        try {
          await take(turn, scenario.name, round);
        } catch (error) {
          if (isOver() && error === options.signal?.reason) return { bases, pairs, complete: false, failures };
          if (!(error instanceof ServingError || error instanceof ServingErrors)) throw error;
          // An interrupted profile or run has too little to go on with, which is no news.
          if (!isOver()) failures.push(`${scenario.name}, round ${round + 1}: ${error.message}`);
        }
      }
    }
    return { bases, pairs, complete: pairs.length === total, failures };
  } finally {
    await kernel.close();
  }
}

/** The pairs as cells of a comparison, in the order of the matrix; cells without pairs cannot be judged. */
export function cellsOfMatrix(config: MatrixConfig, { pairs }: MatrixRecord): readonly FidelityCellInput[] {
  return config.scenarios.flatMap(({ name }) =>
    config.arrivals.flatMap((arrivals) =>
      config.loadsPercent.flatMap((loadPercent) => {
        const own = pairs.filter(
          (pair) => pair.scenario === name && pair.arrivals === arrivals.name && pair.loadPercent === loadPercent,
        );
        return {
          label: `${arrivals.name} at ${loadPercent} %`,
          group: name,
          loadPercent,
          simulated: own.map(({ simulated }) => simulated),
          live: own.map(({ live }) => live),
        };
      }),
    ),
  );
}
