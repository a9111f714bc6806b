/**
 * Phases: other processes one after the other. Each phase starts its process afresh and draws from a stream of its
 * own, so changing one phase leaves the others as they were. What would arrive after a phase's end is dropped.
 */
import type { Nanos } from '../../core/index.ts';
import { NEVER } from '../../core/index.ts';
import type { OpenArrivals, PhasesArrivals } from '../arrival-spec.ts';
import type { ArrivalDefinition, ArrivalProcess } from './process.ts';

/** @param definitionOf the definition of any process, phases included. */
export function phasesArrivals(
  definitionOf: (spec: OpenArrivals) => ArrivalDefinition<OpenArrivals>,
): ArrivalDefinition<PhasesArrivals> {
  return {
    doc: 'Other processes one after the other: warm up, step, pause.',
    check(spec, checks) {
      if (spec.phases.length === 0) checks.fail('phases', spec.phases, 'at least one phase');
      for (const [index, phase] of spec.phases.entries()) {
        const inPhase = checks.in(`phases[${index}]`);
        inPhase.duration('durationNs', phase.durationNs);
        definitionOf(phase.arrivals).check(phase.arrivals, inPhase.in('arrivals'));
      }
    },
    meanRateRps(spec, durationNs) {
      let leftNs = durationNs;
      let arrivals = 0;
      for (const phase of spec.phases) {
        const lastsNs = Math.min(phase.durationNs, leftNs);
        if (lastsNs === 0) break;
        // A ramp inside a phase takes the whole phase, even when the run ends before it.
        const full = withRampLength(phase.arrivals, phase.durationNs);
        arrivals += definitionOf(full).meanRateRps(full, lastsNs) * lastsNs;
        leftNs -= lastsNs;
      }
      return arrivals / durationNs;
    },
    create(spec, context) {
      let index = -1;
      let startNs: Nanos = 0;
      let endNs: Nanos = 0;
      let process: ArrivalProcess | null = null;
      return {
        next() {
          for (;;) {
            if (process !== null) {
              const atNs = startNs + process.next();
              if (atNs < endNs) return atNs;
              process = null;
            }
            if (index + 1 >= spec.phases.length) return NEVER;
            index += 1;
            const phase = spec.phases[index];
            startNs = endNs;
            endNs += phase.durationNs;
            process = definitionOf(phase.arrivals).create(phase.arrivals, {
              streams: context.streams,
              name: `${context.name}/phase-${index}`,
              durationNs: phase.durationNs,
            });
          }
        },
      };
    },
  };
}

function withRampLength(spec: OpenArrivals, durationNs: Nanos): OpenArrivals {
  return spec.process === 'ramp' && spec.overNs === undefined ? { ...spec, overNs: durationNs } : spec;
}
