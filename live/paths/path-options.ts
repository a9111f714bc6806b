/** What can be set of a service at a path of its own. Types only; the defaults live in the service's config. */
import type { Nanos, Percent } from '../../core/index.ts';
import type { MultipartLimits } from '../payloads/index.ts';

export interface PathOptions {
  /** `/flowers`: one or more plain segments. */
  readonly path: string;
  /** A variant, an architecture or a use case. */
  readonly model: string;
  /** Field of a multipart form that holds the images; the other fields are left alone. */
  readonly field: string;
  /** `json`: labels with probabilities; `label`: the most probable label as plain text, a line for each image. */
  readonly answer: 'json' | 'label';
  /** Labels in a JSON answer, at least 1. */
  readonly top: number;
  /** Objectives of its queries: a latency or `NEVER`, and the least accuracy or 0. */
  readonly latencyNs: Nanos;
  readonly accuracyPercent: Percent;
  /** Takes bodies that the signature does not cover. */
  readonly unsignedPayload: boolean;
  /** Whose queries these are, whoever sends them; the sender's when left out. */
  readonly application?: string | undefined;
  readonly limits: MultipartLimits;
}
