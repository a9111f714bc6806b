/** The parts of INFaaS that share one state, put together in the order in which they need each other. */
import type { PolicyContext } from '../../policy.ts';
import { decisionMode } from './decision-mode.ts';
import { InfaasDispatch } from './dispatch.ts';
import { MachineChoice } from './machine-choice.ts';
import { Monitor } from './monitor.ts';
import type { InfaasOptions } from './options.ts';
import { InfaasPlacement } from './placement.ts';
import { InfaasSelection } from './selection.ts';
import { Starts } from './starts.ts';
import { InfaasState } from './state.ts';

export interface InfaasParts {
  readonly state: InfaasState;
  readonly monitor: Monitor;
  readonly selection: InfaasSelection;
  readonly dispatch: InfaasDispatch;
  readonly placement: InfaasPlacement;
}

export function assemble(context: PolicyContext<InfaasOptions>): InfaasParts {
  const state = new InfaasState(context);
  const monitor = new Monitor(state);
  const selection = new InfaasSelection(state, monitor);
  const choice = new MachineChoice(state, decisionMode(state.options));
  const starts = new Starts(context.requests, context.catalogue.variants.length);
  const dispatch = new InfaasDispatch({ state, monitor, selection, choice, starts });
  return { state, monitor, selection, dispatch, placement: new InfaasPlacement(state, choice, starts) };
}
