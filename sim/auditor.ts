/**
 * An independent model beside the run, in the manner of TigerBeetle's: it keeps its own books from what it sees and
 * fails the run when they disagree. It checks that every request ends once, no worker runs two batches, no
 * batch is larger than its variant allows, requests in the system are arrivals minus departures, Little's law, and
 * that no file of an offline job is lost or done twice.
 * (The kernel itself stops when the clock would go back.)
 */
import type { Catalogue, Fleet, Generation, JobTable, Ledger, RequestTable, WorkerId } from '../core/index.ts';
import { toSeconds } from '../core/index.ts';
import { FileBooks } from './file-books.ts';
import type { BatchWatch } from './simulated-backend.ts';

/** Relative error allowed in Little's law: both sides are sums of doubles beyond 2^53. */
const LITTLE_TOLERANCE = 1e-6;
/** Findings kept; a broken run would repeat the same one millions of times. */
const FINDINGS_MAX = 20;

export class Auditor implements BatchWatch {
  readonly findings: string[] = [];
  private readonly catalogue: Catalogue;
  private readonly fleet: Fleet;
  private readonly requests: RequestTable;
  private readonly ledger: Ledger;
  private opened = 0;
  private ended = 0;
  /** Sums of hashed ordinals: equal exactly when the same requests were opened and ended, each once. */
  private openedHash = 0;
  private endedHash = 0;
  private readonly busy: Uint8Array;
  private readonly files: FileBooks | undefined;

  constructor(parts: {
    readonly catalogue: Catalogue;
    readonly fleet: Fleet;
    readonly requests: RequestTable;
    readonly ledger: Ledger;
    readonly jobs?: JobTable | undefined;
  }) {
    this.catalogue = parts.catalogue;
    this.fleet = parts.fleet;
    this.requests = parts.requests;
    this.ledger = parts.ledger;
    this.busy = new Uint8Array(parts.fleet.workersMax);
    if (parts.jobs !== undefined) this.files = new FileBooks(parts.jobs, (finding) => this.find(finding));
  }

  requestOpened(ordinal: number): void {
    this.opened += 1;
    this.openedHash = (this.openedHash + hash(ordinal)) | 0;
  }

  requestEnded(ordinal: number): void {
    this.ended += 1;
    this.endedHash = (this.endedHash + hash(ordinal)) | 0;
  }

  batchStarted(worker: WorkerId, _generation: Generation, inputs: number): void {
    const variant = this.catalogue.variants[this.fleet.variant[worker]];
    if (this.busy[worker] === 1) this.find(`worker ${worker} started a batch while another ran`);
    if (inputs > variant.maxBatch || inputs < 1) {
      this.find(`worker ${worker} ran a batch of ${inputs} inputs; ${variant.name} takes 1 to ${variant.maxBatch}`);
    }
    this.busy[worker] = 1;
  }

  batchEnded(worker: WorkerId): void {
    this.busy[worker] = 0;
    this.files?.broken(worker);
  }

  filesStarted(worker: WorkerId, files: Int32Array): void {
    this.files?.started(worker, files);
  }

  /** A batch of files was executed; a batch that only ended was not. */
  filesFinished(worker: WorkerId): void {
    this.files?.finished(worker);
  }

  /** The checks that need the whole run. @param drained whether nothing should be open. */
  finish(drained: boolean): readonly string[] {
    const { requests, ledger } = this;
    if (requests.open !== this.opened - this.ended) {
      this.find(`${requests.open} requests are open, but ${this.opened} arrived and ${this.ended} ended`);
    }
    if (drained && this.opened !== this.ended) this.find(`${this.opened - this.ended} requests have no outcome`);
    if (drained && this.opened === this.ended && this.openedHash !== this.endedHash) {
      this.find('some request ended twice and another never');
    }
    const difference = Math.abs(ledger.openAreaNs - ledger.sojournNs);
    if (drained && difference > LITTLE_TOLERANCE * Math.max(1, ledger.openAreaNs)) {
      const area = toSeconds(ledger.openAreaNs);
      const sum = toSeconds(ledger.sojournNs);
      this.find(`Little's law is broken: L*T is ${area} request-seconds, the sojourn times sum to ${sum}`);
    }
    this.files?.finish();
    return this.findings;
  }

  private find(finding: string): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push(finding);
  }
}

function hash(ordinal: number): number {
  const h = Math.imul(ordinal ^ (ordinal >>> 16), 0x85ebca6b);
  return Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
}
