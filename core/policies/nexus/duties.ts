/**
 * Which worker has which duty of the plan, and which worker a request goes to: weighted round robin over the workers
 * of its session, in proportion to their planned throughput. A session without a worker of its own goes to all workers
 * of the variant alike.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { FleetView, WorkerId } from '../../tables/fleet.ts';
import type { EpochPlan } from './epoch-plan.ts';
import type { Duty } from './node-placement.ts';
import type { SessionRecord } from './sessions.ts';

export class Duties {
  private readonly fleet: FleetView;
  private readonly plan: Pick<EpochPlan, 'duties' | 'version'>;
  private readonly ofWorker: (Duty | undefined)[] = [];
  /** The life and the plan that a worker's duty is of. */
  private readonly lives: Int32Array;
  private readonly plans: Int32Array;
  private readonly credits: Float64Array;

  constructor(fleet: FleetView, plan: Pick<EpochPlan, 'duties' | 'version'>) {
    this.fleet = fleet;
    this.plan = plan;
    this.lives = new Int32Array(fleet.workersMax);
    this.plans = new Int32Array(fleet.workersMax);
    this.credits = new Float64Array(fleet.workersMax);
  }

  /** The duty of a worker, if it is ready and the plan has one for it. */
  of(worker: WorkerId): Duty | undefined {
    if (!this.isCurrent(worker)) this.deal(this.fleet.variant[worker]);
    return this.isCurrent(worker) ? this.ofWorker[worker] : undefined;
  }

  /** The ready worker that the session's next request goes to. Some worker of the variant must be ready. */
  route(session: SessionRecord, variant: VariantIndex): WorkerId {
    const ready = this.fleet.ready(variant);
    for (let i = 0; i < ready.length; i += 1) {
      if (this.isCurrent(ready.at(i))) continue;
      this.deal(variant);
      break;
    }
    const isOwned = this.hasWorker(session, variant);
    let best = ready.at(0);
    let bestCredit = -Infinity;
    let total = 0;
    for (let i = 0; i < ready.length; i += 1) {
      const worker = ready.at(i);
      const duty = this.ofWorker[worker];
      if (isOwned && duty?.session !== session) continue;
      const weight = isOwned && duty !== undefined ? duty.rateRps : 1;
      total += weight;
      this.credits[worker] += weight;
      if (this.credits[worker] <= bestCredit) continue;
      best = worker;
      bestCredit = this.credits[worker];
    }
    this.credits[best] -= total;
    return best;
  }

  private hasWorker(session: SessionRecord, variant: VariantIndex): boolean {
    const ready = this.fleet.ready(variant);
    for (let i = 0; i < ready.length; i += 1) if (this.ofWorker[ready.at(i)]?.session === session) return true;
    return false;
  }

  private isCurrent(worker: WorkerId): boolean {
    return this.lives[worker] === this.fleet.generation[worker] && this.plans[worker] === this.plan.version + 1;
  }

  /** Deals the duties of a variant among its ready workers, on each machine in the order of the plan. */
  private deal(variant: VariantIndex): void {
    const { fleet, plan } = this;
    const ready = fleet.ready(variant);
    const dealt = new Map<number, number>();
    for (let i = 0; i < ready.length; i += 1) {
      const worker = ready.at(i);
      const machine = fleet.machine[worker];
      const own = plan.duties(machine).filter(({ session }) => session.variant === variant);
      const next = dealt.get(machine) ?? 0;
      dealt.set(machine, next + 1);
      this.ofWorker[worker] = own[next];
      this.lives[worker] = fleet.generation[worker];
      this.plans[worker] = plan.version + 1;
      this.credits[worker] = 0;
    }
  }
}
