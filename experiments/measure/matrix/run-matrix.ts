/**
 * Runs a fidelity matrix: in each round and for each scenario a profile, the capacity and a calibration, then every
 * cell live and simulated, all within the same minutes, since a machine's speed drifts by more than what is judged. The
 * reference kernel is timed before and after each live run, and the tables are scaled by it.
 */
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
  /** False when it was interrupted. */
  readonly complete: boolean;
}

/** @throws ServingError MATRIX_NO_CAPACITY; what live runs, profiles and fits throw. */
export async function runMatrix(config: MatrixConfig, options: MatrixOptions = {}): Promise<MatrixRecord> {
  const { scenarios, rounds, arrivals, loadsPercent } = config;
  const bases: MatrixBasis[] = [];
  const pairs: MatrixPair[] = [];
  const total = rounds * scenarios.length * arrivals.length * loadsPercent.length;
  const isOver = (): boolean => options.signal?.aborted === true;
  const kernel = await ReferenceKernel.start();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const scenario of scenarios) {
        if (isOver()) return { bases, pairs, complete: false };
        const turn = new ScenarioTurn({ config, scenario, round, kernel, signal: options.signal });
        const tell = (label: string): void => options.onProgress?.({ finished: pairs.length, total, label });
        const basis = await turn.prepare(tell);
        bases.push(basis);
        for (const cell of turn.cells()) {
          if (isOver()) return { bases, pairs, complete: false };
          tell(`${scenario.name}, ${cell.arrivals.name} at ${cell.loadPercent} %, round ${round + 1}`);
          const pair = await turn.run(cell);
          // What was interrupted is no pair.
          if (pair.live.ending !== 'interrupted') pairs.push(pair);
        }
      }
    }
    return { bases, pairs, complete: pairs.length === total };
  } finally {
    await kernel.close();
  }
}

/** The pairs as cells of a comparison, in the order of the matrix. */
export function cellsOfMatrix(config: MatrixConfig, { pairs }: MatrixRecord): readonly FidelityCellInput[] {
  return config.scenarios.flatMap(({ name }) =>
    config.arrivals.flatMap((arrivals) =>
      config.loadsPercent.flatMap((loadPercent) => {
        const own = pairs.filter(
          (pair) => pair.scenario === name && pair.arrivals === arrivals.name && pair.loadPercent === loadPercent,
        );
        if (own.length === 0) return [];
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
