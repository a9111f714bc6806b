/**
 * A binary heap of (time, id) pairs in two arrays: the earliest time first, the smaller id among equals. So the order
 * is total and merges and closed loops that use it are deterministic. Hot: it reuses its arrays and makes no objects.
 */
import type { Nanos } from '../core/index.ts';
import { NEVER } from '../core/index.ts';

export class TimeHeap {
  private readonly times: Nanos[] = [];
  private readonly ids: number[] = [];

  get size(): number {
    return this.times.length;
  }

  /** The earliest time, `NEVER` when empty. */
  get atNs(): Nanos {
    return this.times.length === 0 ? NEVER : this.times[0];
  }

  /** The id of the earliest time, -1 when empty. */
  get id(): number {
    return this.ids.length === 0 ? -1 : this.ids[0];
  }

  push(atNs: Nanos, id: number): void {
    let hole = this.times.length;
    this.times.push(atNs);
    this.ids.push(id);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.before(atNs, id, parent)) break;
      this.move(parent, hole);
      hole = parent;
    }
    this.put(hole, atNs, id);
  }

  /** Removes the earliest pair. Does nothing when empty. */
  pop(): void {
    const atNs = this.times.pop();
    const id = this.ids.pop();
    if (atNs === undefined || id === undefined || this.times.length === 0) return;
    this.sinkFromTop(atNs, id);
  }

  /** Gives the earliest id another time, not before its present one: cheaper than `pop` and `push`. */
  replace(atNs: Nanos): void {
    this.sinkFromTop(atNs, this.ids[0]);
  }

  private sinkFromTop(atNs: Nanos, id: number): void {
    const size = this.times.length;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.before(this.times[child + 1], this.ids[child + 1], child)) child += 1;
      if (this.before(atNs, id, child)) break;
      this.move(child, hole);
      hole = child;
    }
    this.put(hole, atNs, id);
  }

  private before(atNs: Nanos, id: number, other: number): boolean {
    const otherNs = this.times[other];
    return atNs < otherNs || (atNs === otherNs && id < this.ids[other]);
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from];
    this.ids[to] = this.ids[from];
  }

  private put(at: number, atNs: Nanos, id: number): void {
    this.times[at] = atNs;
    this.ids[at] = id;
  }
}
