/** Autoscaler type 3, the default: INFaaS. Every architecture on a machine is decided by itself. */
import type { VariantIndex } from '../../../catalogue/variant.ts';
import { decideArchitecture } from './decision.ts';
import { fastestOf, ladderOf } from './ladder.ts';
import type { Scaler } from './scale-request.ts';
import type { ScalingView } from './scaling-view.ts';

export function infaasScaler(view: ScalingView): Scaler {
  const { facts, machines } = view.state;
  const tops = facts.architectures.map((architecture) => fastestOf(view, architecture));
  return (machine, running) => {
    const machineKind = machines.kindOf(machine);
    const byArchitecture = new Map<number, VariantIndex[]>();
    for (const variant of running) {
      const architecture = facts.architecture[variant];
      byArchitecture.set(architecture, [...(byArchitecture.get(architecture) ?? []), variant]);
    }
    return [...byArchitecture].flatMap(([architecture, its]) => {
      const top = tops[architecture];
      // An architecture whose variants all take longer than the limit is left alone.
      if (top.length === 0) return [];
      const ladder = ladderOf(view, top, its, machineKind);
      return decideArchitecture(view, { machine, machineKind, running: its, ladder });
    });
  };
}
