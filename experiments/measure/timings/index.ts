/** Init and handle times of models, part by part, side by side over models, hardware, threads and precisions. */
export { compareTimings } from './compare-timings.ts';
export type { ComparedResult } from './compare-timings.ts';
export { loadTimingsConfig } from './load-timings-config.ts';
export type { TimingsOverrides } from './load-timings-config.ts';
export { runTimings } from './run-timings.ts';
export type { TimingsOptions, TimingsProgress } from './run-timings.ts';
export type { TimingsConfig } from './timings-config.ts';
