/** Solvers for policies that plan by optimisation. */
export { loadSolver } from './solver.ts';
