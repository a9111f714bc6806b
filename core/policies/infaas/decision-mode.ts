/** What the decision modes of the master differ in, as questions that the rules ask. */
import type { InfaasOptions } from './options.ts';

export interface DecisionMode {
  /** Any running variant will do, however loaded (mode 1). */
  readonly ignoresLoad: boolean;
  /** An overloaded GPU variant asks for a machine, and the least loaded machines are shuffled (modes 4, 5, 6). */
  readonly asksForMachines: boolean;
  /** Overloaded CPU variants are remembered, and GPUs preferred to CPUs (mode 5). */
  readonly remembersCpus: boolean;
  /** A machine is chosen even where the variant is overloaded (mode 6). */
  readonly ignoresFlagOnMachine: boolean;
  /** How the machine is chosen: by the usual rules, in turn (mode 2), or once for each variant (3 and 7). */
  readonly machines: 'by-load' | 'in-turn' | 'mapped';
  /** A mapping gives way where the variant is overloaded, and overloaded machines ask for another (mode 7). */
  readonly remaps: boolean;
}

export function decisionMode({ mode }: Pick<InfaasOptions, 'mode'>): DecisionMode {
  const isOne = (...names: readonly string[]): boolean => names.includes(mode);
  return {
    ignoresLoad: isOne('no-qps-latency'),
    asksForMachines: isOne('gpu-share-trigger', 'cpu-blacklist-check', 'gpu-share-trigger-skip-blacklist'),
    remembersCpus: isOne('cpu-blacklist-check'),
    ignoresFlagOnMachine: isOne('gpu-share-trigger-skip-blacklist'),
    machines: isOne('round-robin')
      ? 'in-turn'
      : isOne('round-robin-static', 'round-robin-dynamic')
        ? 'mapped'
        : 'by-load',
    remaps: isOne('round-robin-dynamic'),
  };
}
