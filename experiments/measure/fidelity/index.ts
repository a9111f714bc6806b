/** Fidelity: simulated and live runs of the same requests side by side, and whether they agree within a stated bar. */
export type { FidelityBar } from '../../../core/index.ts';
export type { PlacedResult } from './check-comparable.ts';
export type { FidelityCellInput } from './compare-cell.ts';
export type { FidelityOptions } from './fidelity-of.ts';
export { DEFAULT_BAR, fidelityOf } from './fidelity-of.ts';
export type { MatchedResults, ResultPair } from './match-results.ts';
export { matchResults } from './match-results.ts';
