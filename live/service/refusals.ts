/** What the service tells a client whose query was not served: the reason in words, and when to try again. */
import type { Asked, Catalogue, OutcomeName, VariantIndex } from '../../core/index.ts';
import { formatDuration, suggest, suggestionText, variantsNamed } from '../../core/index.ts';
import type { NotServed, ServiceReason } from './answer.ts';

/** Reasons that pass: the client may try again after so many seconds. */
const RETRY_AFTER_S: Readonly<Partial<Record<ServiceReason, number>>> = {
  'queue-full': 1,
  'hold-full': 1,
  'no-worker': 1,
  'deadline-unreachable': 1,
  'admission-refused': 1,
  'dispatch-refused': 1,
  'too-many-open': 1,
  'machine-lost': 1,
  'worker-crashed': 1,
  'service-failed': 5,
  stopping: 5,
};

const TEXTS: Readonly<Record<ServiceReason, string>> = {
  none: 'the query was not served',
  'deadline-missed': 'the answer came after the latency objective',
  'no-variant': 'no variant fits the query',
  'too-many-inputs': 'the query has more inputs than the largest batch takes',
  'queue-full': 'the queue of the model is full',
  'deadline-unreachable': 'the latency objective cannot be met at the present load',
  'no-worker': 'no worker of the model is ready, and none could be started',
  'hold-full': 'too many queries wait for a worker of the model',
  'deadline-passed': 'the query waited longer than its latency objective',
  'worker-crashed': 'the worker that executed the query crashed',
  'machine-lost': 'the machine that executed the query is gone',
  'execution-failed': 'the model failed to execute the query',
  timeout: 'the query took longer than the time limit',
  'client-cancelled': 'the client left',
  'admission-refused': 'the query was not admitted at the present load',
  'dispatch-refused': 'no worker may take the query at the present load',
  stopping: 'the service is stopping',
  'too-many-open': 'too many queries are open',
  'rate-limit': 'the application sends more queries than its rate limit allows',
  'concurrency-limit': 'the application has more queries open than it may',
  'service-failed': 'the service failed and is starting anew',
};

/** @param detail what is known beyond the reason. */
export function notServed(outcome: OutcomeName, reason: ServiceReason, detail = ''): NotServed {
  const retryAfterS = RETRY_AFTER_S[reason];
  return {
    ok: false,
    // Whoever gets this was not served.
    outcome: outcome === 'served' || outcome === 'late' ? 'failed' : outcome,
    reason,
    message: detail === '' ? TEXTS[reason] : `${TEXTS[reason]}: ${detail}`,
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  };
}

/**
 * What would be accepted in place of a query for which the policy chose nothing: the closest there is, or the variant
 * that would do and that the policy did not want to use.
 */
export function insteadText(catalogue: Catalogue, asked: Asked, homeless: readonly VariantIndex[]): string {
  const suggestion = suggest(catalogue, asked, undefined, homeless);
  if (suggestion !== undefined) return suggestionText(asked, suggestion);
  const latencyOf = (variant: VariantIndex): number => catalogue.latency[variant].expectedBatchNs(asked.inputs);
  const [fastest] = variantsNamed(catalogue, asked.kind)
    .filter((variant) => !homeless.includes(variant) && asked.inputs <= catalogue.variants[variant].maxBatch)
    .toSorted((a, b) => latencyOf(a) - latencyOf(b));
  if (fastest === undefined) return '';
  const { name } = catalogue.variants[fastest];
  const takes = formatDuration(latencyOf(fastest));
  return `${name} would take ${takes}, but the policy starts no worker for this objective; name the variant, or ask for another latency`;
}
