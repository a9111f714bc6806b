/** What a machine offers and costs. */
import type { Nanos } from '../time.ts';
import type { Bytes, Hardware } from './variant.ts';

export interface MachineType {
  /** Index in the run's catalogue, dense from 0. */
  readonly index: number;
  readonly name: string;
  /** Where price, memory, cores and power were published. */
  readonly source: string;
  readonly cores: number;
  readonly memoryBytes: Bytes;
  /** The machine's accelerators, all of one kind; absent on CPU machines. */
  readonly accelerator?: {
    readonly hardware: Hardware;
    readonly count: number;
    /** Memory of each device. */
    readonly memoryBytes: Bytes;
  };
  /** On-demand price, USD per hour. */
  readonly pricePerHourUsd: number;
  /** Price when reserved for a year without paying ahead, USD per hour; the on-demand price where none is published. */
  readonly reservedPricePerHourUsd: number;
  /** From the request to boot until the machine takes workers. */
  readonly bootNs: Nanos;
  readonly idleWatts: number;
  readonly busyWatts: number;
}
