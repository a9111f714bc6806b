/** The objectives beyond latency that an experiment may set itself: by these names configs and results speak of them. */

/** What an experiment may ask of its policies: see `objectives:` of a config. */
export const OBJECTIVES = [
  'attainment',
  'p99_latency',
  'budget',
  'accuracy',
  'accuracy_floor',
  'memory',
  'energy',
  'battery',
  'throughput',
] as const;

export type ObjectiveName = (typeof OBJECTIVES)[number];
