/**
 * Squishy bin packing (Nexus, SOSP 2019, section 4.1 and Algorithm 1): how many nodes serve a set of sessions, and in
 * which batches, so that each keeps its latency objective. A pure function of rates, objectives and batch latencies.
 *
 * 1. Saturated nodes: a session's largest batch B with 2 l(B) <= objective, since a request that just missed a batch
 *    waits for the next one; floor(rate / throughput(B)) whole nodes.
 * 2. Residual loads: what is left at rate r is gathered in batches b at a duty cycle d = b / r, the largest b with
 *    d + l(b) <= objective; its occupancy is l(b) / d.
 * 3. Merging: residual loads by occupancy, the largest first, each onto the node that it fills best. A merged node has
 *    the smaller duty cycle, batches shrink to what gathers in it, and all executions fit into it.
 *
 * Beyond the paper: a load so small that not even one request gathers in time is executed at a duty cycle of the
 * objective less l(1), as the released code does; a residual load whose batches would overfill a node gets a saturated
 * one; an objective below 2 l(1), which no schedule can promise, is served at batch size 1 at best effort.
 */
import type { Nanos } from '../../time.ts';
import { NANOS_PER_SECOND } from '../../time.ts';

export interface Session {
  readonly objectiveNs: Nanos;
  /** Inputs per second, above 0. */
  readonly rateRps: number;
  /** Batch sizes that may be executed, ascending. */
  readonly sizes: readonly number[];
  /** Execution of a batch of one of the sizes. */
  readonly latencyNs: (batch: number) => Nanos;
}

/** A session's part of a node: in each duty cycle, one batch of that size at most. */
export interface Portion {
  /** Position of the session in what was packed. */
  readonly session: number;
  readonly batch: number;
  readonly rateRps: number;
}

export interface Node {
  readonly dutyNs: Nanos;
  readonly portions: readonly Portion[];
  /** Share of the duty cycle that is execution, at most 1 where the objective can be promised. */
  readonly occupancy: number;
}

/**
 * @param mayShare whether a node can hold the sessions together: memory, shares of a device.
 */
export function packSquishy(
  sessions: readonly Session[],
  mayShare: (portions: readonly Portion[]) => boolean = () => true,
): Node[] {
  const saturated: Node[] = [];
  const residual: Node[] = [];
  for (const [position, session] of sessions.entries()) {
    const batch = largest(session, (size) => 2 * session.latencyNs(size) <= session.objectiveNs) ?? session.sizes[0];
    const full = saturatedNode(position, session, batch);
    const { rateRps } = full.portions[0];
    const nodes = Math.floor(session.rateRps / rateRps);
    for (let i = 0; i < nodes; i += 1) saturated.push(full);
    const left = session.rateRps - nodes * rateRps;
    // The difference of two rates is no load when it is their rounding error.
    if (left <= session.rateRps * 1e-12) continue;
    const node = residualNode(position, session, left);
    if (node === undefined || node.occupancy > 1)
      saturated.push({ ...full, portions: [{ ...full.portions[0], rateRps: left }] });
    else residual.push(node);
  }
  return [...saturated, ...mergeResidual(sessions, residual, mayShare)];
}

/** A node that executes batches of one session back to back. */
function saturatedNode(position: number, { latencyNs }: Session, batch: number): Node {
  const dutyNs = latencyNs(batch);
  const rateRps = (batch * NANOS_PER_SECOND) / dutyNs;
  return { dutyNs, portions: [{ session: position, batch, rateRps }], occupancy: 1 };
}

/** A session alone at its longest duty cycle; `undefined` when its objective leaves no time to gather. */
function residualNode(position: number, session: Session, rateRps: number): Node | undefined {
  const { objectiveNs, latencyNs } = session;
  const gatherNs = (size: number): Nanos => (size * NANOS_PER_SECOND) / rateRps;
  const batch = largest(session, (size) => latencyNs(size) + gatherNs(size) <= objectiveNs);
  const [single] = session.sizes;
  const dutyNs = batch === undefined ? objectiveNs - latencyNs(single) : gatherNs(batch);
  if (dutyNs < latencyNs(single)) return undefined;
  const portion = { session: position, batch: batch ?? single, rateRps };
  return { dutyNs, portions: [portion], occupancy: latencyNs(portion.batch) / dutyNs };
}

function mergeResidual(
  sessions: readonly Session[],
  residual: readonly Node[],
  mayShare: (portions: readonly Portion[]) => boolean,
): Node[] {
  const order = [...residual].sort(
    (a, b) => b.occupancy - a.occupancy || a.portions[0].session - b.portions[0].session,
  );
  const nodes: Node[] = [];
  for (const load of order) {
    let best = -1;
    let filled: Node | undefined;
    for (const [position, node] of nodes.entries()) {
      const merged = merge(sessions, node, load);
      if (merged === undefined || !mayShare(merged.portions)) continue;
      if (filled !== undefined && merged.occupancy <= filled.occupancy) continue;
      best = position;
      filled = merged;
    }
    if (filled === undefined) nodes.push(load);
    else nodes[best] = filled;
  }
  return nodes;
}

/** Both nodes as one, or `undefined` when some objective or the duty cycle would not hold. */
function merge(sessions: readonly Session[], a: Node, b: Node): Node | undefined {
  const dutyNs = Math.min(a.dutyNs, b.dutyNs);
  const portions: Portion[] = [];
  for (const node of [a, b]) {
    for (const portion of node.portions) {
      const batch = node.dutyNs === dutyNs ? portion.batch : gathered(sessions[portion.session], portion, dutyNs);
      if (batch === undefined) return undefined;
      const { latencyNs, objectiveNs } = sessions[portion.session];
      if (dutyNs + latencyNs(batch) > objectiveNs) return undefined;
      portions.push({ ...portion, batch });
    }
  }
  const busyNs = portions.reduce((sum, { session, batch }) => sum + sessions[session].latencyNs(batch), 0);
  return busyNs <= dutyNs ? { dutyNs, portions, occupancy: busyNs / dutyNs } : undefined;
}

/** The smallest batch size that takes what arrives in a duty cycle. */
function gathered({ sizes }: Session, { rateRps }: Portion, dutyNs: Nanos): number | undefined {
  // Rounding must not turn a whole number of requests into one more.
  const arrivals = (rateRps * dutyNs) / NANOS_PER_SECOND - 1e-9;
  return sizes.find((size) => size >= arrivals);
}

function largest({ sizes }: Session, isWithin: (size: number) => boolean): number | undefined {
  return sizes.findLast(isWithin);
}
