/** Everybody who watches a service, as one observer; it keeps the latest decisions for those who come later. */
import type { BatchEnd, QueryEnd, ServiceObserver, StateChange } from './service-observer.ts';
import type { DecisionSnapshot } from './service-snapshot.ts';

const DECISIONS_KEPT = 200;

export class Observers implements Required<ServiceObserver> {
  private readonly all = new Set<ServiceObserver>();
  private readonly decisions: DecisionSnapshot[] = [];

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
    for (const observer of this.all) observer.queryEnded?.(end);
  }

  batchEnded(end: BatchEnd): void {
    for (const observer of this.all) observer.batchEnded?.(end);
  }

  stateChanged(change: StateChange): void {
    for (const observer of this.all) observer.stateChanged?.(change);
  }

  loaded(variant: string, version: string, loadNs: number): void {
    for (const observer of this.all) observer.loaded?.(variant, version, loadNs);
  }

  failed(error: Error | undefined): void {
    for (const observer of this.all) observer.failed?.(error);
  }

  decided(decision: DecisionSnapshot): void {
    this.decisions.push(decision);
    if (this.decisions.length > DECISIONS_KEPT) this.decisions.shift();
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
}
