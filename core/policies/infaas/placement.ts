/**
 * Where a new replica goes: on the machine that dispatch chose for a request, or the next by the same rule when that is
 * full by now. Before machines have been measured, for the workers an experiment starts with: the first with room, for
 * CPU variants one without accelerators where there is one.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { MachineChoice } from './machine-choice.ts';
import { SHARED } from './machine-book.ts';
import type { Starts } from './starts.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU } from './variant-facts.ts';

export class InfaasPlacement {
  private readonly state: InfaasState;
  private readonly choice: MachineChoice;
  private readonly starts: Starts;

  constructor(state: InfaasState, choice: MachineChoice, starts: Starts) {
    this.state = state;
    this.choice = choice;
    this.starts = starts;
  }

  place(variant: VariantIndex): MachineId {
    const { state, starts } = this;
    state.machines.follow();
    const asked = starts.claim(variant);
    if (asked !== NONE && state.context.fleet.machines.fits(asked, variant)) return asked;
    return state.machines.isMeasured ? this.choice.byUtilisation(variant, 'room') : this.first(variant);
  }

  private first(variant: VariantIndex): MachineId {
    const { machines, context, facts } = this.state;
    const { up } = context.fleet.machines;
    let first: MachineId = NONE;
    for (let i = 0; i < up.length; i += 1) {
      const machine = up.at(i);
      if (machines.slack[machine] !== SHARED || !context.fleet.machines.fits(machine, variant)) continue;
      if (machines.kindOf(machine) === facts.kind[variant]) return machine;
      if (facts.kind[variant] === ON_CPU && first === NONE) first = machine;
    }
    return first;
  }
}
