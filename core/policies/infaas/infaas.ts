/**
 * INFaaS as its authors released it: selection, dispatch, placement and both autoscalers over one state. Where a family
 * is left to another policy the others go on with what they see; the monitor then runs as they are asked.
 */
import { ServingError } from '../../errors.ts';
import type { MachineScalingPolicy, ModelScalingPolicy, PolicyContext } from '../../policy.ts';
import { definePolicy } from '../../policy.ts';
import { assemble } from './assembly.ts';
import { Failover } from './failover.ts';
import { InfaasMachineAutoscaler, MACHINE_SCALING_PERIOD_NS } from './machine-scaling.ts';
import { InfaasModelAutoscaler, MODEL_SCALING_PERIOD_NS } from './model-scaling/autoscaler.ts';
import type { Monitor } from './monitor.ts';
import { INFAAS_OPTIONS } from './options.ts';
import type { InfaasOptions } from './options.ts';
import type { InfaasState } from './state.ts';
import { ON_GPU, machineKind } from './variant-facts.ts';

export const infaas = definePolicy({
  name: 'infaas',
  summary: 'INFaaS as released: the running variant closest to the objective, on the machine with the fewest requests.',
  source: 'Romero, Li, Yadwadkar, Kozyrakis, USENIX ATC 2021; github stanford-mast/INFaaS, commit 4c5ff7b',
  families: ['selection', 'dispatch', 'placement', 'model-scaling', 'machine-scaling'],
  // The serving systems on its workers batch what waits.
  companions: { batching: 'work-conserving' },
  options: INFAAS_OPTIONS,
  create(context) {
    checkSlack(context);
    const { state, monitor, selection, dispatch, placement } = assemble(context);
    const failover = state.options.failover ? new Failover(context.fleet) : undefined;
    return {
      selection: { select: (slot, now) => selection.select(slot, now) },
      dispatch: {
        assign: (slot, variant, now) => dispatch.assign(slot, variant, now),
        cold: (slot, variant, now) => dispatch.cold(slot, variant, now),
        countsStarts: dispatch.countsStarts,
        // Else what a drained replica gives back would start the very variant that scaling gave up.
        reselects: true,
      },
      placement: { place: (variant) => placement.place(variant) },
      'model-scaling': modelScaling(state, monitor, failover),
      'machine-scaling': machineScaling(state, monitor, failover),
    };
  },
});

function modelScaling(state: InfaasState, monitor: Monitor, failover: Failover | undefined): ModelScalingPolicy {
  const autoscaler = new InfaasModelAutoscaler(state);
  return {
    periodNs: MODEL_SCALING_PERIOD_NS,
    decide(now) {
      monitor.upTo(now);
      const changes = autoscaler.tick();
      return failover === undefined ? changes : [...changes, ...failover.models()];
    },
  };
}

function machineScaling(state: InfaasState, monitor: Monitor, failover: Failover | undefined): MachineScalingPolicy {
  const autoscaler = new InfaasMachineAutoscaler(state);
  return {
    periodNs: MACHINE_SCALING_PERIOD_NS,
    decide(now) {
      monitor.upTo(now);
      const replaced = failover === undefined ? [] : failover.machines(now);
      const changes = autoscaler.decide(now);
      // What it removes is no loss.
      for (const { delta, machine } of changes) if (delta < 0 && machine !== undefined) failover?.expectGone(machine);
      return [...replaced, ...changes];
    },
  };
}

/** The release asks for fewer slack machines than there are GPU machines: some must serve everybody. */
function checkSlack({ options, catalogue, initial }: PolicyContext<InfaasOptions>): void {
  let gpus = 0;
  for (const [type, machines] of initial.machines) {
    if (machineKind(catalogue.machineTypes[type]) === ON_GPU) gpus += machines.initial;
  }
  if (options.slackGpu === 0 || options.slackGpu < gpus) return;
  throw new ServingError({
    code: 'POLICY_OPTION',
    message: 'policy "infaas" would leave no GPU machine for everybody',
    found: `slack_gpu ${options.slackGpu} of ${gpus} GPU machines at the start`,
    expected: 'fewer slack machines than GPU machines at the start',
    next: 'start more GPU machines, or lower slack_gpu',
  });
}
