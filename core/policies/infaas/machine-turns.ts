/**
 * How the round-robin modes choose a machine, which stand for systems without load awareness: every request to the next
 * machine (mode 2), or every variant to one machine, given out in turn among those of its hardware (modes 3 and 7).
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { DecisionMode } from './decision-mode.ts';
import type { MachineChoice } from './machine-choice.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU } from './variant-facts.ts';

/** What the machine must offer: a ready replica; any way to serve the variant; that, with the variant's hardware. */
type TurnRule = 'hosts' | 'serves' | 'serves its kind';

/** Where the turn for every request is kept, beside those of the three kinds of hardware. */
const ANY_KIND = 3;

export class MachineTurns {
  private readonly state: InfaasState;
  private readonly mode: DecisionMode;
  private readonly choice: MachineChoice;
  /** The machine that had the last turn, by kind of hardware and for all. */
  private readonly last = new Int32Array(ANY_KIND + 1).fill(NONE);
  private readonly machineOf: Int32Array;
  private readonly generationOf: Int32Array;

  constructor(state: InfaasState, mode: DecisionMode, choice: MachineChoice) {
    const variants = state.context.catalogue.variants.length;
    this.state = state;
    this.mode = mode;
    this.choice = choice;
    this.machineOf = new Int32Array(variants).fill(NONE);
    this.generationOf = new Int32Array(variants);
  }

  /** The next machine that can serve the variant, or `NONE`. */
  next(variant: VariantIndex): MachineId {
    return this.turn(variant, ANY_KIND, 'serves');
  }

  /**
   * The machine of the variant, given out at its first use: the next of its hardware that runs it already, else the
   * next that can. Given out anew when the machine is gone, or no longer can; in mode 7 also when the variant is
   * overloaded there.
   */
  mapped(variant: VariantIndex): MachineId {
    const { state, choice } = this;
    const { generation } = state.context.fleet.machines;
    const known = this.machineOf[variant];
    const isThere =
      known !== NONE &&
      state.machines.isUp(known) &&
      generation[known] === this.generationOf[variant] &&
      choice.serves(variant, known);
    const isOverloaded = isThere && this.mode.remaps && state.isFlagged(variant, known);
    if (isThere && !isOverloaded) return known;
    const machine = this.give(variant, isOverloaded);
    this.machineOf[variant] = machine;
    if (machine !== NONE) this.generationOf[variant] = generation[machine];
    return machine;
  }

  private give(variant: VariantIndex, isOverloaded: boolean): MachineId {
    const kind = this.state.facts.kind[variant];
    const running = isOverloaded ? NONE : this.turn(variant, kind, 'hosts');
    if (running !== NONE) return running;
    const alike = this.turn(variant, kind, 'serves its kind');
    // CPU variants go to machines with accelerators where there are no others.
    return alike === NONE && kind === ON_CPU ? this.turn(variant, kind, 'serves') : alike;
  }

  /** The first machine behind the last one, in the order of their numbers, that will do. */
  private turn(variant: VariantIndex, turn: number, rule: TurnRule): MachineId {
    const { up } = this.state.context.fleet.machines;
    let first: MachineId = NONE;
    for (let i = 0; i < up.length; i += 1) {
      const machine = up.at(i);
      if (first !== NONE && machine <= this.last[turn]) continue;
      if (!this.suits(variant, machine, rule)) continue;
      if (machine > this.last[turn]) {
        this.last[turn] = machine;
        return machine;
      }
      first = machine;
    }
    if (first !== NONE) this.last[turn] = first;
    return first;
  }

  private suits(variant: VariantIndex, machine: MachineId, rule: TurnRule): boolean {
    if (rule === 'hosts') return this.choice.hosts(variant, machine);
    const { machines, facts } = this.state;
    if (rule === 'serves its kind' && machines.kindOf(machine) !== facts.kind[variant]) return false;
    return this.choice.serves(variant, machine);
  }
}
