/**
 * All metrics of the service: our own in a registry, the peers' beside it. It observes the service and the listeners,
 * and renders pages; what it counts on the path of a request takes a few microseconds.
 */
import { performance } from 'node:perf_hooks';
import { Registry } from 'prom-client';
import type {
  BatchEnd,
  QueryEnd,
  ServiceObserver,
  ServicePort,
  ServiceSnapshot,
  StateChange,
  WorkerCrash,
} from '../../service/index.ts';
import { KnownNames } from '../known-names.ts';
import { kserveFamilies } from '../peers/kserve-families.ts';
import { isInUse } from '../peers/peer-families.ts';
import type { PeerFamilies } from '../peers/peer-families.ts';
import { torchserveFamilies } from '../peers/torchserve-families.ts';
import { tritonFamilies } from '../peers/triton-families.ts';
import type { Peer, TelemetryParts } from '../telemetry-options.ts';
import { BoundedNames } from './bounded-names.ts';
import { EventLoop } from './event-loop.ts';
import { familiesOf } from './families.ts';
import { HttpMetrics } from './http-metrics.ts';
import type { HttpEnd } from './http-metrics.ts';
import { MachineCosts } from './machine-costs.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { RequestMetrics } from './request-metrics.ts';
import { StateMetrics } from './state-metrics.ts';

/** Kinds and reasons of decisions are codes; the bound holds should a policy of a user's own write sentences. */
const DECISION_REASONS_MOST = 100;

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** Our own families, or those of a peer. */
export type FamilySet = 'rehearse' | Peer;

export class Metrics implements ServiceObserver {
  readonly registry = new Registry();
  private readonly service: ServicePort;
  private readonly http: HttpMetrics;
  private readonly requests: RequestMetrics;
  private readonly state: StateMetrics;
  private readonly costs: MachineCosts;
  private readonly decisionReasons = new BoundedNames(DECISION_REASONS_MOST);
  private readonly eventLoop = new EventLoop();
  private readonly readProcess: () => void;
  private readonly known = new KnownNames();
  private readonly peers: Readonly<Record<Peer, PeerFamilies>>;
  private readonly observers: readonly ServiceObserver[];
  readonly decided: Required<ServiceObserver>['decided'];
  private readonly transitions: (change: StateChange) => void;

  constructor(parts: TelemetryParts, applicationsMost: number) {
    const { service, version, priceUsdPerHour, connections } = parts;
    this.service = service;
    const families = familiesOf(this.registry);
    this.requests = new RequestMetrics(families, applicationsMost);
    this.http = new HttpMetrics(families, connections);
    this.state = new StateMetrics(families);
    this.costs = new MachineCosts(families, { priceUsdPerHour, nowMs: () => performance.now() });
    this.readProcess = addProcessMetrics(families, this.eventLoop, version);
    const decisions = families.counter('rehearse_decisions_total', 'Control decisions', ['kind', 'reason']);
    this.decided = ({ kind, reason }) => decisions.inc({ kind, reason: this.decisionReasons.of(reason) });
    const transitions = families.counter('rehearse_state_changes_total', 'Changes of state', ['subject', 'state']);
    this.transitions = ({ subject, state }) => transitions.inc({ subject, state });
    const isDefault = (name: string, of: string): boolean => service.directory.find(name, of)?.isDefault ?? false;
    this.peers = { triton: tritonFamilies(), torchserve: torchserveFamilies(isDefault), kserve: kserveFamilies() };
    this.observers = [this.requests, ...Object.values(this.peers).map(({ observer }) => observer)];
    this.costs.adopt(service.snapshot().machines);
  }

  queryEnded(end: QueryEnd): void {
    for (const observer of this.observers) observer.queryEnded?.(end);
  }

  batchEnded(end: BatchEnd): void {
    for (const observer of this.observers) observer.batchEnded?.(end);
  }

  loaded(variant: string, version: string, loadNs: number): void {
    for (const observer of this.observers) observer.loaded?.(variant, version, loadNs);
  }

  crashed(crash: WorkerCrash): void {
    this.requests.crashed(crash);
  }

  retried(): void {
    this.requests.retried();
  }

  stateChanged(change: StateChange): void {
    this.costs.changed(change);
    this.transitions(change);
  }

  httpBegan(listener: string): void {
    this.http.began(listener);
  }

  httpEnded(end: HttpEnd, protocol: string): void {
    this.http.ended(end);
    if (protocol.startsWith('torchserve')) this.peers.torchserve.httpEnded?.(end.status);
  }

  /** Brings what is read from snapshots up to date; before each reading of the registry. */
  refresh(): ServiceSnapshot {
    const { service } = this;
    const snapshot = service.snapshot();
    for (const variant of this.known.update(service.directory, performance.now())) this.requests.show(variant);
    // Also those that were loaded before anybody watched.
    for (const variant of snapshot.variants) if (isInUse(variant)) this.requests.use(variant);
    this.requests.keepOnly(this.known);
    for (const peer of Object.values(this.peers)) {
      peer.keepOnly(({ name, version }) => this.known.hasVariant(name, version) || this.known.hasVirtual(name));
    }
    this.state.set(snapshot, service.isReady);
    this.costs.settle();
    this.readProcess();
    return snapshot;
  }

  /**
   * The text of an exposition.
   * @param sets whose families, in this order.
   * @param names families that are wanted; all when there are none.
   */
  async page(sets: readonly FamilySet[], names: readonly string[] = []): Promise<MetricsPage> {
    const wanted = new Set(names);
    const snapshot = this.refresh();
    const texts = await Promise.all(
      sets.map(async (set) => (set === 'rehearse' ? this.ownText(wanted) : this.peers[set].text(snapshot, wanted))),
    );
    return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: texts.join('') };
  }

  close(): void {
    this.eventLoop.stop();
  }

  private async ownText(wanted: ReadonlySet<string>): Promise<string> {
    if (wanted.size === 0) return this.registry.metrics();
    const found = this.registry.getMetricsAsArray().filter(({ name }) => wanted.has(name));
    const texts = await Promise.all(found.map(({ name }) => this.registry.getSingleMetricAsString(name)));
    return texts.map((text) => `${text}\n`).join('');
  }
}
