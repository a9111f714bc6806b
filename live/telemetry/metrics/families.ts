/** Shorthand for prom-client's families, so that a list of them reads as a list: name, what it means, its labels. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

export interface Families {
  readonly counter: <L extends string>(name: string, help: string, labelNames?: readonly L[]) => Counter<L>;
  /** @param collect called at each scrape, before the gauge is read. */
  readonly gauge: <L extends string>(
    name: string,
    help: string,
    labelNames?: readonly L[],
    collect?: () => void,
  ) => Gauge<L>;
  readonly histogram: <L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly L[],
  ) => Histogram<L>;
}

export function familiesOf(registry: Registry): Families {
  const registers = [registry];
  return {
    counter: (name, help, labelNames = []) => new Counter({ name, help, labelNames, registers }),
    gauge: (name, help, labelNames = [], collect) =>
      new Gauge({ name, help, labelNames, registers, ...(collect && { collect }) }),
    histogram: (name, help, buckets, labelNames = []) =>
      new Histogram({ name, help, labelNames, buckets: [...buckets], registers }),
  };
}
