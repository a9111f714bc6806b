/**
 * The model autoscaler of the release: on every machine an arbiter that decides once a second and daemons that carry
 * out what it asks, every 500 ms. Holds what each machine has in hand; the rules are in the files beside it.
 *
 * The policy module asks `tick` every 500 ms (`MODEL_SCALING_PERIOD_NS`), with the monitor's figures of the last whole
 * second: every second tick decides. A request made at a tick is carried out at the next one at the earliest, as a
 * daemon that sleeps finds it.
 */
import type { ModelScaling } from '../../../policy.ts';
import type { VariantIndex } from '../../../catalogue/variant.ts';
import type { MachineId } from '../../../tables/fleet.ts';
import { milliseconds } from '../../../time.ts';
import type { Nanos } from '../../../time.ts';
import type { AutoscalerName } from '../constants.ts';
import { MachineExecution } from './execution.ts';
import { individualScaler } from './individual.ts';
import { infaasScaler } from './infaas.ts';
import { noScaler } from './none.ts';
import type { Scaler } from './scale-request.ts';
import { ScalingView } from './scaling-view.ts';
import type { InfaasState } from '../state.ts';
import { staticScaler } from './static.ts';

/** How often `tick` is to be called. */
export const MODEL_SCALING_PERIOD_NS: Nanos = milliseconds(500);

/** The arbiter decides at every second tick. */
const TICKS_PER_DECISION = 2;

const SCALERS: Readonly<Record<AutoscalerName, (view: ScalingView) => Scaler>> = {
  none: () => noScaler,
  static: staticScaler,
  individual: individualScaler,
  infaas: infaasScaler,
};

export class InfaasModelAutoscaler {
  private readonly view: ScalingView;
  private readonly scaler: Scaler;
  private readonly executions = new Map<
    MachineId,
    { readonly generation: number; readonly execution: MachineExecution }
  >();
  private ticks = 0;

  constructor(state: InfaasState) {
    this.view = new ScalingView(state);
    this.scaler = SCALERS[this.view.autoscaler](this.view);
  }

  /** Carries out what was asked for; then, at every second call, decides anew. */
  tick(): readonly ModelScaling[] {
    this.ticks += 1;
    this.forgetLost();
    const { up } = this.view.state.context.fleet.machines;
    const changes: ModelScaling[] = [];
    for (let i = 0; i < up.length; i += 1) changes.push(...this.execution(up.at(i)).drain());
    if (this.ticks % TICKS_PER_DECISION !== 0) return changes;
    for (let i = 0; i < up.length; i += 1) this.decide(up.at(i));
    return changes;
  }

  private decide(machine: MachineId): void {
    const execution = this.execution(machine);
    for (const request of this.scaler(machine, this.running(machine))) execution.ask(request);
  }

  private running(machine: MachineId): VariantIndex[] {
    const { variants } = this.view.state.context.catalogue;
    return variants.flatMap(({ index }) => (this.view.replicas(index, machine) > 0 ? [index] : []));
  }

  /** What a machine has in hand; a machine that boots under an old number begins with nothing. */
  private execution(machine: MachineId): MachineExecution {
    const generation = this.view.state.context.fleet.machines.generation[machine];
    const known = this.executions.get(machine);
    if (known?.generation === generation) return known.execution;
    const execution = new MachineExecution(this.view, machine);
    this.executions.set(machine, { generation, execution });
    return execution;
  }

  private forgetLost(): void {
    const { up, generation: now } = this.view.state.context.fleet.machines;
    for (const [machine, { generation, execution }] of this.executions) {
      if (up.has(machine) && now[machine] === generation) continue;
      execution.abandon();
      this.executions.delete(machine);
    }
  }
}
