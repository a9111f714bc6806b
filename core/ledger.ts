/**
 * Where every request ends, exactly once. The ledger decides between served and late, writes the row, feeds the
 * recorder and gives the slot back. It is the same in both worlds; a world only listens.
 */
import { invariant } from './errors.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { BatchTimings } from './messages.ts';
import { LATE, OPEN, SERVED, reason } from './outcome.ts';
import type { Outcome, Reason } from './outcome.ts';
import type { Recorder } from './metrics/recorder.ts';
import { emptyRow } from './metrics/request-rows.ts';
import type { RequestRow } from './metrics/request-rows.ts';
import type { Fleet, WorkerId } from './tables/fleet.ts';
import type { RequestTable, Slot } from './tables/request-table.ts';
import { NEVER } from './time.ts';
import type { Nanos } from './time.ts';

const NO_REASON = reason('none');
const DEADLINE_MISSED = reason('deadline-missed');

/** What a world wants to know of a request's end: a live server answers its client, a closed loop goes on. */
export interface EndListener {
  /** @param row what is recorded of the request; valid during the call only. */
  requestEnded(slot: Slot, outcome: Outcome, endNs: Nanos, row: RequestRow): void;
}

/** A batch that was executed. */
export interface ExecutedBatch {
  readonly worker: WorkerId;
  readonly startedNs: Nanos;
  readonly inputs: number;
  readonly timings: BatchTimings;
}

export class Ledger {
  /** Time-integral of the open requests, in request-nanoseconds; with `sojournNs` it checks Little's law. */
  openAreaNs = 0;
  sojournNs = 0;
  ended = 0;
  private lastChangeNs: Nanos = 0;
  private readonly requests: RequestTable;
  private readonly fleet: Fleet;
  private readonly recorder: Recorder;
  private readonly catalogue: Catalogue;
  private readonly listener: EndListener | undefined;
  private readonly returnDelayNs: (() => Nanos) | undefined;
  private readonly row = emptyRow();

  constructor(parts: {
    readonly requests: RequestTable;
    readonly fleet: Fleet;
    readonly recorder: Recorder;
    readonly catalogue: Catalogue;
    readonly listener?: EndListener | undefined;
    /** Draws the time an answer travels back to the scheduler; it counts as latency. */
    readonly returnDelayNs?: (() => Nanos) | undefined;
  }) {
    this.requests = parts.requests;
    this.fleet = parts.fleet;
    this.recorder = parts.recorder;
    this.catalogue = parts.catalogue;
    this.listener = parts.listener;
    this.returnDelayNs = parts.returnDelayNs;
  }

  /** Notes that a request was opened now. */
  opened(slot: Slot, now: Nanos): void {
    this.openAreaNs += (this.requests.open - 1) * (now - this.lastChangeNs);
    this.lastChangeNs = now;
    this.recorder.arrived(this.requests.scheduledNs[slot]);
  }

  /**
   * Ends the requests of a batch that was executed, and lets go of their slots. Those that ended while it ran
   * (cancelled, timed out) only give their slots back.
   * @param slots the batch; the first `count` count.
   */
  batchServed(slots: Int32Array, count: number, batch: ExecutedBatch, now: Nanos): void {
    const { requests, row } = this;
    const { worker, startedNs, timings } = batch;
    row.worker = worker;
    row.machine = this.fleet.machine[worker];
    row.batchInputs = batch.inputs;
    row.preprocessNs = timings.preprocessNs;
    row.inferNs = timings.inferNs;
    row.postprocessNs = timings.postprocessNs;
    let served = 0;
    let serviceSumNs = 0;
    for (let i = 0; i < count; i += 1) {
      const slot = slots[i];
      requests.held[slot] = 0;
      if (requests.outcome[slot] !== OPEN) {
        requests.release(slot);
        continue;
      }
      const travelNs = this.returnDelayNs === undefined ? 0 : this.returnDelayNs();
      const late = now + travelNs > requests.deadlineNs[slot];
      served += 1;
      serviceSumNs += now - requests.enqueuedNs[slot];
      row.queueNs = startedNs - requests.scheduledNs[slot] - requests.loadWaitNs[slot];
      this.close(slot, late ? LATE : SERVED, late ? DEADLINE_MISSED : NO_REASON, now, travelNs);
    }
    this.fleet.completed[worker] += served;
    this.fleet.serviceSumNs[worker] += serviceSumNs;
  }

  /** Ends a request that was not executed, or whose execution failed. */
  end(slot: Slot, outcome: Outcome, why: Reason, now: Nanos): void {
    const { requests, row } = this;
    requests.endHold(slot, now);
    row.worker = requests.worker[slot];
    row.machine = row.worker < 0 ? -1 : this.fleet.machine[row.worker];
    row.batchInputs = 0;
    row.queueNs = now - requests.scheduledNs[slot] - requests.loadWaitNs[slot];
    row.preprocessNs = 0;
    row.inferNs = 0;
    row.postprocessNs = 0;
    this.close(slot, outcome, why, now, 0);
  }

  /** Says that no worker and no network refers to the slot any more. Frees it when the request has ended. */
  letGo(slot: Slot): void {
    this.requests.held[slot] = 0;
    if (this.requests.outcome[slot] !== OPEN) this.requests.release(slot);
  }

  private close(slot: Slot, outcome: Outcome, why: Reason, now: Nanos, travelNs: Nanos): void {
    const { requests, row } = this;
    invariant(requests.outcome[slot] === OPEN, 'a request ends once');
    const variant = requests.variant[slot];
    const scheduledNs = requests.scheduledNs[slot];
    const openedNs = requests.openedNs[slot];
    const inputs = requests.inputs[slot];
    const latencyNs = now + travelNs - scheduledNs;
    this.openAreaNs += requests.open * (now - this.lastChangeNs);
    this.lastChangeNs = now;
    this.sojournNs += now - openedNs;
    this.ended += 1;
    requests.open -= 1;
    requests.outcome[slot] = outcome;
    row.ordinal = requests.ordinal[slot];
    row.kind = requests.kind[slot];
    row.variant = variant;
    row.inputs = inputs;
    row.objectiveNs = requests.deadlineNs[slot] === NEVER ? -1 : requests.deadlineNs[slot] - scheduledNs;
    row.scheduledNs = scheduledNs;
    row.loadWaitNs = requests.loadWaitNs[slot];
    row.latencyNs = latencyNs;
    row.outcome = outcome;
    row.reason = why;
    this.recorder.ended(row, variant < 0 ? 0 : this.catalogue.variants[variant].accuracyPercent);
    if (variant >= 0) {
      const totals = this.fleet.totals;
      totals.endedInputs[variant] += inputs;
      totals.endedRequests[variant] += 1;
      totals.latencySumNs[variant] += latencyNs;
      totals.momentNs[variant] += inputs * now;
    }
    this.listener?.requestEnded(slot, outcome, now + travelNs, row);
    if (requests.held[slot] === 0) requests.release(slot);
  }
}
