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
export type ModeName = (typeof MODES)[number];

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
