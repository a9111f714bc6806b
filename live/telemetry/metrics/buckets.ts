/**
 * The edges of the histograms. Each edge is a series of every variant in use, and of each part of its requests, so they
 * are few: a small model on a warm worker takes tenths of a millisecond, a client seldom waits for longer than half a
 * minute.
 */

/** Seconds, for requests as a whole: steps 1-2-5, fine enough for a quantile within a factor of 1.6. */
export const DURATION_BUCKETS_S = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
] as const;

/** Seconds, for the parts of a request: which one dominates shows in steps 1-3 as well. */
export const PART_BUCKETS_S = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30] as const;

/** Seconds, for loading a model: reading, creating and warming up. */
export const LOAD_BUCKETS_S = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120] as const;

/** Inputs of a batch. */
export const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128] as const;

/**
 * Seconds, for HTTP requests: the edges that OpenTelemetry's HTTP conventions advise for
 * `http.server.request.duration`, with two more below them, because a small model answers within the first.
 */
export const HTTP_BUCKETS_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;
