/** What a figure is: a Vega-Lite specification with its data inside, and a caption that states the claim. */
import type { TopLevelSpec } from 'vega-lite';

export interface Figure {
  /** File name and anchor: lower case and hyphens. */
  readonly id: string;
  readonly title: string;
  /** Whole sentences: the claim, the interval, how many replications, which one is drawn. */
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

/** One layer of a layered specification. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** How the rows of one layer become marks. */
export type Encoding = NonNullable<Exclude<Layer, { layer: unknown }>['encoding']>;
