/**
 * Where the nodes of a packing run: each on a machine with a free device (or cores) and room for all its workers, the
 * lowest-numbered first. When not all nodes find one, all rates are cut by the same share until they do, so that the
 * lack is everyone's and not the last session's; what is beyond the plan is dropped early by the workers.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { DeviceUse } from '../clockwork/device-use.ts';
import { isWithin, needOf, plus } from '../planning/machine-offers.ts';
import type { MachineOffer, Resources } from '../planning/machine-offers.ts';
import { NOTHING } from '../planning/machine-offers.ts';
import type { Column } from '../planning/match-machines.ts';
import type { Node } from './squishy-packing.ts';
import type { SessionRecord } from './sessions.ts';

/** A session's part of a device: the worker that has it executes batches up to that size. */
export interface Duty {
  readonly session: SessionRecord;
  readonly batch: number;
  readonly rateRps: number;
}

export interface PlacedNodes {
  /** Workers by variant, and their duties, by position of the offer. */
  readonly columns: readonly Column[];
  readonly duties: readonly (readonly Duty[])[];
  /** Nodes that found no machine. */
  readonly unplaced: readonly (readonly Duty[])[];
}

/** Halvings of the interval that the share of the rates is searched in. */
const SEARCH_STEPS = 7;

/** The nodes at the largest share of the rates that fits, at most all. @param pack the nodes at a share of the rates. */
export function placeAtShare(
  pack: (share: number) => readonly (readonly Duty[])[],
  place: (nodes: readonly (readonly Duty[])[]) => PlacedNodes,
): PlacedNodes {
  const whole = place(pack(1));
  if (whole.unplaced.length === 0) return whole;
  let low = 0;
  let high = 1;
  let best = whole;
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const middle = (low + high) / 2;
    const placed = place(pack(middle));
    if (placed.unplaced.length > 0) {
      high = middle;
    } else {
      low = middle;
      best = placed;
    }
  }
  return { ...best, unplaced: whole.unplaced };
}

export function dutiesOf(node: Node, sessions: readonly SessionRecord[]): Duty[] {
  return node.portions.map(({ session, batch, rateRps }) => ({ session: sessions[session], batch, rateRps }));
}

/** Places nodes on machines by first fit. */
export function placeNodes(
  catalogue: Catalogue,
  use: DeviceUse,
  offers: readonly MachineOffer[],
  nodes: readonly (readonly Duty[])[],
): PlacedNodes {
  const columns = offers.map(() => new Int32Array(catalogue.variants.length));
  const duties = offers.map((): Duty[] => []);
  const reserved: Resources[] = offers.map(() => NOTHING);
  const devices = new Float64Array(offers.length);
  const cores = new Float64Array(offers.length);
  const unplaced: (readonly Duty[])[] = [];
  for (const node of nodes) {
    const [{ session }] = node;
    const demand = use.demandOf(session.variant);
    const busy = use.usesDevices(session.variant) ? devices : cores;
    const need = node.reduce((sum, duty) => plus(sum, needOf(catalogue, duty.session.variant)), NOTHING);
    const at = offers.findIndex(
      (offer, position) =>
        node.every((duty) => offer.hosts[duty.session.variant] === 1) &&
        busy[position] + demand <= use.capacityOf(offer.machine, session.variant) &&
        isWithin(plus(reserved[position], need), offer),
    );
    if (at < 0) {
      unplaced.push(node);
      continue;
    }
    busy[at] += demand;
    reserved[at] = plus(reserved[at], need);
    duties[at].push(...node);
    for (const duty of node) columns[at][duty.session.variant] += 1;
  }
  return { columns, duties, unplaced };
}
