/**
 * AlpaServe (Li et al., OSDI 2023): placement by simulation. Taken from the paper: the search for a placement of
 * replicas under the memory of the devices whose simulated share of requests in time is highest, by beam search or by
 * the fast heuristic; the simulator; dispatch to the shortest queue and refusal of what could not end in time. It is
 * the paper as remembered, without section numbers, as they could not be checked.
 *
 * Left out: model parallelism over several devices, and so the search for groups; batching, which the paper adds as an
 * extension, is whatever batching policy is chosen. A model is a variant, picked by the selection policy. The traffic
 * is what arrived while the initial workers served; without its admission the policy sees none and places for an
 * assumed load of equal Poisson streams. A request for a model that the placement leaves out is refused.
 */
import { definePolicy } from '../../policy.ts';
import { seconds } from '../../time.ts';
import { placeByTarget } from '../planning/target.ts';
import type { MachineTarget } from '../planning/target.ts';
import { Placer } from './placer.ts';
import { inTimeOnly, shortestGroup } from './shortest-group.ts';

export const alpaserve = definePolicy({
  name: 'alpaserve',
  summary: 'Replicas are placed where a simulation of the recent traffic serves most requests in time.',
  source: 'AlpaServe (Li et al., OSDI 2023)',
  families: ['admission', 'dispatch', 'placement', 'model-scaling'],
  // The paper's extension in its simplest form.
  companions: { batching: 'work-conserving' },
  options: {
    search: {
      kind: 'choice',
      choices: ['fast', 'beam'],
      default: 'fast',
      doc: 'How placements are searched: the heuristic, or the beam search of Algorithm 1, which takes longer.',
    },
    beam: { kind: 'count', default: 1, minimum: 1, doc: 'Placements that the beam search keeps of each size.' },
    watch: {
      kind: 'duration',
      default: seconds(10),
      minimum: 0,
      doc: 'Time from the start until the first placement, in which the traffic is watched.',
    },
    replan: { kind: 'duration', default: 0, minimum: 0, doc: 'Time between placements; 0 places once.' },
    history: { kind: 'duration', default: seconds(60), minimum: 1e6, doc: 'How far back the traffic counts.' },
    requestsMax: {
      kind: 'count',
      default: 2000,
      minimum: 1,
      doc: 'Requests that are simulated at most; the latest count.',
    },
    sloScale: {
      kind: 'number',
      default: 5,
      minimum: 1,
      doc: 'Objective assumed for requests without one, in executions of their own.',
    },
    assumedRps: { kind: 'number', default: 100, minimum: 0.001, doc: 'Requests per second assumed before any came.' },
    margin: { kind: 'duration', default: 0, minimum: 0, doc: 'Time added to every predicted end: network, variance.' },
    period: {
      kind: 'duration',
      default: seconds(1),
      minimum: 1e6,
      doc: 'How often the fleet is compared with the placement.',
    },
  },
  firstPlan: ({ watch }) => ({ afterNs: watch, option: 'watch' }),
  create(context) {
    const placer = new Placer(context);
    const targets = (): readonly MachineTarget[] => placer.targets;
    return {
      admission: inTimeOnly(context, context.options.margin, (slot, variant, now) => placer.note(slot, variant, now)),
      dispatch: shortestGroup(context, targets),
      placement: placeByTarget(context, targets),
      'model-scaling': { periodNs: context.options.period, decide: (now) => placer.decide(now) },
    };
  },
});
