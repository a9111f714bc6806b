/**
 * Everybody who watches a service, as one observer; it keeps the latest decisions for those who come later. Invariant:
 * things are told once and in the order in which they happened, ends of queries and batches a moment later.
 */
import type { BatchEnd, QueryEnd, ServiceObserver, StateChange, WorkerCrash } from './service-observer.ts';
import type { DecisionSnapshot } from './service-snapshot.ts';

const DECISIONS_KEPT = 200;

export class Observers implements Required<ServiceObserver> {
  private readonly all = new Set<ServiceObserver>();
  private readonly decisions: DecisionSnapshot[] = [];
  /** What has ended and is not told yet. */
  private ends: (QueryEnd | BatchEnd)[] = [];

  /** @returns takes the observer away again. */
  add(observer: ServiceObserver): () => void {
    this.all.add(observer);
    return () => this.all.delete(observer);
  }

  /** Oldest first. */
  get latestDecisions(): readonly DecisionSnapshot[] {
    return [...this.decisions];
  }

  queryEnded(end: QueryEnd): void {
    this.tellLater(end);
  }

  batchEnded(end: BatchEnd): void {
    this.tellLater(end);
  }

  stateChanged(change: StateChange): void {
    this.tellEnds();
    for (const observer of this.all) observer.stateChanged?.(change);
  }

  loaded(variant: string, version: string, loadNs: number): void {
    this.tellEnds();
    for (const observer of this.all) observer.loaded?.(variant, version, loadNs);
  }

  crashed(crash: WorkerCrash): void {
    for (const observer of this.all) observer.crashed?.(crash);
  }

  retried(variant: string, version: string): void {
    for (const observer of this.all) observer.retried?.(variant, version);
  }

  failed(error: Error | undefined): void {
    this.tellEnds();
    for (const observer of this.all) observer.failed?.(error);
  }

  decided(decision: DecisionSnapshot): void {
    this.decisions.push(decision);
    if (this.decisions.length > DECISIONS_KEPT) this.decisions.shift();
    this.tellEnds();
    for (const observer of this.all) observer.decided?.(decision);
  }

  /** A query that no actor ended. */
  unserved(query: Pick<QueryEnd, 'application' | 'model' | 'ordinal' | 'outcome' | 'reason'>): void {
    this.queryEnded({
      ...query,
      variant: '',
      version: '',
      worker: '',
      machine: '',
      inputs: 0,
      batchInputs: 0,
      objectiveNs: -1,
      accuracyPercent: 0,
      loadWaitNs: 0,
      queueNs: 0,
      preprocessNs: 0,
      inferNs: 0,
      postprocessNs: 0,
      latencyNs: 0,
    });
  }

  /** Once the work at hand is done, which is the next batch and the answers: clients and engines wait for those. */
  private tellLater(end: QueryEnd | BatchEnd): void {
    if (this.ends.push(end) === 1) process.nextTick(() => this.tellEnds());
  }

  private tellEnds(): void {
    const { ends } = this;
    if (ends.length === 0) return;
    this.ends = [];
    for (const end of ends) {
      for (const observer of this.all) {
        if ('outcome' in end) observer.queryEnded?.(end);
        else observer.batchEnded?.(end);
      }
    }
  }
}
