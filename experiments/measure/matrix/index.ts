/** The fidelity matrix: many cells, each live and simulated in the same minutes. */
export type { MatrixConfig } from './matrix-config.ts';
export { loadMatrix } from './load-matrix.ts';
export { cellsOfMatrix, runMatrix } from './run-matrix.ts';
export type { MatrixOptions, MatrixProgress, MatrixRecord } from './run-matrix.ts';
export type { MatrixBasis, MatrixPair } from './scenario-turn.ts';
