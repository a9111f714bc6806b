/**
 * INFaaS as the paper describes it (Romero, Li, Yadwadkar, Kozyrakis, USENIX ATC 2021): instance states, GETVARIANT,
 * the model autoscaler with its heuristic or its integer program, and the rules for machines, over one shared state.
 * What the released code does instead is the policy `infaas`. Capacity is reckoned with batches as large as the
 * objective allows, so it wants a batching policy that forms them.
 *
 * The paper itself was not at hand: its rules, and the section numbers given in these files, are those of public notes
 * that quote it. What the notes leave open is decided here.
 */
import { definePolicy } from '../../policy.ts';
import { NEVER, milliseconds, seconds } from '../../time.ts';
import { Failover } from '../infaas/failover.ts';
import { LATENCY_SHARE } from '../selection/candidates.ts';
import { ProblemBuilder, standing } from './build-problem.ts';
import { Demand } from './demand.ts';
import { leastLoadedDispatch } from './dispatch.ts';
import { GetVariant, TIES } from './get-variant.ts';
import { InstanceMonitor } from './instance-monitor.ts';
import { MACHINE_PERIOD_NS, MachineRules } from './machine-rules.ts';
import { Mitigation } from './mitigation.ts';
import { LAMBDA_PER_SECOND, MODEL_PERIOD_NS, ModelAutoscaler, SCALERS } from './model-autoscaler.ts';
import { Machines, instancePlacement } from './placement.ts';
import { Transition } from './transition.ts';

export const infaasPaper = definePolicy({
  name: 'infaas-paper',
  summary: 'INFaaS by the paper: GETVARIANT over instance states, replicate or upgrade by cost, rules for machines.',
  source: 'Romero et al., INFaaS, USENIX ATC 2021, as public notes quote it',
  families: ['selection', 'dispatch', 'placement', 'model-scaling', 'machine-scaling'],
  // Capacity is reckoned with batches.
  companions: { batching: 'work-conserving' },
  usesSolver: true,
  options: {
    tie: {
      kind: 'choice',
      choices: TIES,
      default: 'closest-to-slo',
      doc: 'Which of several active variants answers: the one closest to the latency objective, or the cheapest.',
    },
    latencyShare: LATENCY_SHARE,
    packing: {
      kind: 'flag',
      default: false,
      doc: 'Whether a new instance goes to the fullest machine below 80 % utilisation, instead of the least used.',
    },
    contention: {
      kind: 'number',
      default: 1.5,
      minimum: 1,
      doc: 'How many times the profiled execution time an instance must take to count as interfered with.',
    },
    scaler: {
      kind: 'choice',
      choices: SCALERS,
      default: 'greedy',
      doc: 'How numbers of instances are found: by the heuristic, every period, or by the integer program.',
    },
    period: {
      kind: 'duration',
      default: MODEL_PERIOD_NS,
      minimum: milliseconds(1),
      doc: 'How often the model autoscaler decides; the length of its time slot.',
    },
    slack: {
      kind: 'number',
      default: 1.05,
      minimum: 1,
      doc: 'Throughput over load below which an architecture is in danger.',
    },
    lambda: {
      kind: 'number',
      default: LAMBDA_PER_SECOND,
      minimum: 0,
      doc: 'What a second of loading costs against running, per second: larger means fewer changes.',
    },
    idle: {
      kind: 'duration',
      default: seconds(30),
      minimum: 0,
      doc: 'How long an architecture must be without queries before its last worker is drained.',
    },
    ilpPeriod: {
      kind: 'duration',
      default: seconds(10),
      minimum: milliseconds(1),
      doc: 'How often the integer program is solved.',
    },
    solveTime: {
      kind: 'duration',
      default: seconds(1),
      minimum: 0,
      doc: 'Time from solving the integer program until its plan takes effect.',
    },
    gap: {
      kind: 'number',
      default: 0.001,
      minimum: 0,
      maximum: 1,
      doc: 'Relative gap to the optimum at which solving ends.',
    },
    nodes: { kind: 'count', default: 10_000, minimum: 1, doc: 'Nodes of the search tree at most.' },
    release: {
      kind: 'duration',
      default: seconds(30),
      minimum: 0,
      doc: 'How long a machine above the initial number must be empty before it is stopped; 0 keeps it.',
    },
  },
  create({ options, ...context }) {
    const { tie, latencyShare, packing, contention, slack, lambda } = options;
    const monitor = new InstanceMonitor(context, contention);
    const demand = new Demand(context);
    const machines = new Machines(context);
    const placement = instancePlacement(machines, packing);
    const transition = new Transition({ context, demand, placement });
    const failover = new Failover(context.fleet);
    const mitigation = new Mitigation(context, monitor, machines);
    const problems = new ProblemBuilder({
      context,
      demand,
      lambda,
      slack,
      planned: (variant) =>
        transition.isMoving(demand.architectureOf[variant])
          ? transition.planned(variant)
          : standing(context, variant, mitigation.extra(variant)),
    });
    const limits = { relativeGap: options.gap, nodesMax: options.nodes };
    const ilp = { periodNs: options.ilpPeriod, solveNs: options.solveTime, limits };
    const variants = new GetVariant({
      context,
      monitor,
      demand,
      tie,
      latencyShare,
      isRetiring: (variant) => transition.isRetiring(variant),
      hasRoom: (variant) => machines.hasRoom(variant),
    });
    const models = new ModelAutoscaler({
      context,
      monitor,
      demand,
      problems,
      transition,
      mitigation,
      failover,
      idleNs: options.idle,
      ilp: options.scaler === 'ilp' ? ilp : undefined,
    });
    const releaseNs = options.release === 0 ? NEVER : options.release;
    const rules = new MachineRules({ context, monitor, failover, releaseNs });
    return {
      selection: { select: (slot, now) => variants.select(slot, now) },
      dispatch: leastLoadedDispatch(context, monitor),
      placement,
      'model-scaling': { periodNs: options.period, decide: (now) => models.decide(now) },
      'machine-scaling': { periodNs: MACHINE_PERIOD_NS, decide: (now) => rules.decide(now) },
    };
  },
});
