/** Control decisions are part of a run's digest: what was decided, about whom, when and why. */
import type { ControlDecision, Nanos } from '../core/index.ts';
import type { Digest } from './digest.ts';

export function digestDecision(digest: Digest, now: Nanos, decision: ControlDecision): void {
  digest.text(decision.kind);
  digest.integer(now);
  digest.word('variant' in decision ? decision.variant : decision.type);
  digest.word('machine' in decision ? decision.machine : -1);
  digest.text(decision.reason);
}
