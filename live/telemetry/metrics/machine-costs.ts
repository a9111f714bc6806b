/**
 * What machines have cost since the service started: the price of their type times how long each was there, from the
 * order to boot until it was down, by the clock of this process. Types without a price cost nothing.
 */
import type { Counter } from 'prom-client';
import type { MachineSnapshot, StateChange } from '../../service/index.ts';
import type { Families } from './families.ts';

export interface MachineCostParts {
  /** USD per hour; undefined for a type without a price. */
  readonly priceUsdPerHour: (type: string) => number | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly nowMs: () => number;
}

const MS_PER_HOUR = 3_600_000;

export class MachineCosts {
  private readonly parts: MachineCostParts;
  private readonly cost: Counter<'type'>;
  /** Since when each running machine is paid for, and not yet counted. */
  private readonly unpaid = new Map<string, { readonly type: string; readonly sinceMs: number }>();

  constructor({ counter }: Families, parts: MachineCostParts) {
    this.parts = parts;
    this.cost = counter('rehearse_machine_cost_usd_total', 'Price of machines over the time they were there', ['type']);
  }

  /** Takes in machines that were there before the observation began. */
  adopt(machines: readonly MachineSnapshot[]): void {
    for (const { label, type, state } of machines) this.changed({ subject: 'machine', label, of: type, state });
  }

  changed({ subject, label, of: type, state }: StateChange): void {
    if (subject !== 'machine') return;
    const isThere = state !== 'down';
    if (isThere && !this.unpaid.has(label)) this.unpaid.set(label, { type, sinceMs: this.parts.nowMs() });
    if (isThere) return;
    this.pay(label);
    this.unpaid.delete(label);
  }

  /** Counts what has come together until now. */
  settle(): void {
    for (const label of this.unpaid.keys()) this.pay(label);
  }

  private pay(label: string): void {
    const due = this.unpaid.get(label);
    if (due === undefined) return;
    const nowMs = this.parts.nowMs();
    const price = this.parts.priceUsdPerHour(due.type) ?? 0;
    this.cost.inc({ type: due.type }, (Math.max(0, nowMs - due.sinceMs) / MS_PER_HOUR) * price);
    this.unpaid.set(label, { type: due.type, sinceMs: nowMs });
  }
}
