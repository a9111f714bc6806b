/**
 * Constants of INFaaS as released (Romero, Li, Yadwadkar, Kozyrakis, USENIX ATC 2021; github stanford-mast/INFaaS,
 * commit 4c5ff7b). Each is a fact of that code, named after what it does there. Times in milliseconds where the
 * original compares milliseconds.
 */

/** Decision modes of the master (queryfe_server.cc, start_infaas.sh). */
export const MODES = [
  'all',
  'no-qps-latency',
  'round-robin',
  'round-robin-static',
  'gpu-share-trigger',
  'cpu-blacklist-check',
  'gpu-share-trigger-skip-blacklist',
  'round-robin-dynamic',
] as const;

/** Autoscaler types of the workers (autoscaler.h). */
export const AUTOSCALERS = ['none', 'static', 'individual', 'infaas'] as const;
export type AutoscalerName = (typeof AUTOSCALERS)[number];

/** The markers that stand for hardware inside the released policy: a largest batch of 128 means a CPU variant. */
export const CPU_MARKER = 128;
/** Above it a variant counts as one for CPUs, below it as one for accelerators; itself as neither. */
export const ACCELERATOR_BELOW = 64;

/** An SLO above this is loose: variants that are faster than it are skipped. Milliseconds. */
export const LOOSE_SLO_MS = 100;
/** At and below this SLO the architecture search skips CPU variants. Milliseconds. */
export const TIGHT_SLO_MS = 50;
/** Batch that the predicted latency of an accelerator variant is taken at, at most. */
export const MAX_ONLINE_BATCH = 32;
/** What the catalogue calls AWS Inferentia; every other accelerator counts as a GPU. */
export const INFERENTIA = 'inferentia';

/** Utilisation that machines without the accelerator carry, in percent, so that they are sorted last. */
export const WITHOUT_ACCELERATOR = 101;
/** How long an overloaded machine gets no requests by load. */
export const EXECUTOR_BLACKLIST_NS = 2_000_000_000;

/** Periods of the monitors of instances and of machines. */
export const MONITOR_PERIOD_NS = 1_000_000_000;
export const UTILISATION_PERIOD_NS = 2_500_000_000;

/** Cost of looking at one candidate, as the authors reckon, in milliseconds, and the share of the SLO it may take. */
export const CANDIDATE_MS = 0.6;
export const DECISION_SHARE = 0.15;
/** Candidates that are looked at in any case. */
export const CANDIDATES_MIN = 3;
/** Answers that the cache of a use case keeps. */
export const CACHE_SIZE = 5;
/** Variants that the architecture search looks at first, the fastest first. */
export const FASTEST = 5;
/** Added to the score of a candidate that is not loaded, in milliseconds: any that is loaded comes first. */
export const COLD_PENALTY_MS = 1000;
/** The score that a candidate had to beat in the release. */
export const SCORE_CEILING = 1e5;
/** With this probability a query goes to the overloaded instance instead of its replacement. */
export const SKIP_BLACKLIST_PROBABILITY = 0.1;

/** Arrivals closer together than this count towards the two limits below. */
export const BURST_GAP_NS = 1_000_000_000;
/** Consecutive dispatches to a machine after which it is blacklisted. */
export const MACHINE_BURST = 200;
/** Consecutive queries of a GPU variant after which it gets a slack machine of its own. */
export const MODEL_BURST = 100;
/** How many machines the dispatcher looks at: by requests, by CPU utilisation, by that of an accelerator. */
export const LEAST_QPS = 3;
export const LEAST_CPU = 15;
export const LEAST_ACCELERATOR = 10;
