/**
 * What dispatch asked for and where: the machine that placement is to answer for a variant, until it has been asked,
 * and the machine that a held request waits for. Reused slots are told apart by the ordinals of their requests.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { PolicyContext } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';

/** After this long a start that nobody claimed is not counted on any more: it found no room, or no such placement. */
const UNCLAIMED_NS: Nanos = NANOS_PER_SECOND;

export class Starts {
  private readonly requests: PolicyContext<unknown>['requests'];
  private readonly target: Int32Array;
  private readonly askedNs: Float64Array;
  private readonly isOpen: Uint8Array;
  private waitsFor = new Int32Array(0);
  private sinceNs = new Float64Array(0);
  private waiter = new Float64Array(0);

  constructor(requests: PolicyContext<unknown>['requests'], variants: number) {
    this.requests = requests;
    this.target = new Int32Array(variants).fill(NONE);
    this.askedNs = new Float64Array(variants);
    this.isOpen = new Uint8Array(variants);
  }

  /** @param machine where the replica is to go; `NONE` where placement finds room. */
  ask(variant: VariantIndex, machine: MachineId, now: Nanos): void {
    this.target[variant] = machine;
    this.askedNs[variant] = now;
    this.isOpen[variant] = 1;
  }

  /** The machine asked for, or `NONE`; from here on nothing is asked for. */
  claim(variant: VariantIndex): MachineId {
    const machine = this.isOpen[variant] === 1 ? this.target[variant] : NONE;
    this.isOpen[variant] = 0;
    return machine;
  }

  isAsked(variant: VariantIndex, now: Nanos): boolean {
    return this.isOpen[variant] === 1 && now - this.askedNs[variant] < UNCLAIMED_NS;
  }

  targetOf(variant: VariantIndex): MachineId {
    return this.target[variant];
  }

  /** Lets a request wait for a replica on a machine. */
  hold(slot: Slot, machine: MachineId, now: Nanos): void {
    if (slot >= this.waitsFor.length) this.grow();
    this.waitsFor[slot] = machine;
    this.sinceNs[slot] = now;
    this.waiter[slot] = this.requests.ordinal[slot];
  }

  /** The machine that a request waits for, or `NONE`. */
  heldFor(slot: Slot): MachineId {
    const isHeld = slot < this.waiter.length && this.waiter[slot] === this.requests.ordinal[slot];
    return isHeld ? this.waitsFor[slot] : NONE;
  }

  /** How long a request that waits for a machine has waited for it. */
  heldNs(slot: Slot, now: Nanos): Nanos {
    return now - this.sinceNs[slot];
  }

  /** The request waits no more. */
  release(slot: Slot): void {
    if (slot < this.waiter.length) this.waiter[slot] = NONE;
  }

  private grow(): void {
    const length = this.requests.ordinal.length;
    const waitsFor = new Int32Array(length);
    const sinceNs = new Float64Array(length);
    const waiter = new Float64Array(length).fill(NONE);
    waitsFor.set(this.waitsFor);
    sinceNs.set(this.sinceNs);
    waiter.set(this.waiter);
    this.waitsFor = waitsFor;
    this.sinceNs = sinceNs;
    this.waiter = waiter;
  }
}
