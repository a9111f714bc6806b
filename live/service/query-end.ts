/** From the ledger's row of a request that has ended to what observers and the client are told. Pure. */
import type { Catalogue, Outcome, RequestRow, VariantIndex } from '../../core/index.ts';
import { NEVER, outcomeName, reasonName } from '../../core/index.ts';
import type { ServiceAnswer } from './answer.ts';
import type { EpochPlan } from './epoch-plan.ts';
import type { Labels } from './labels.ts';
import { kindOf } from './model-directory.ts';
import type { OpenQuery } from './open-queries.ts';
import { insteadText, notServed } from './refusals.ts';
import type { QueryEnd } from './service-observer.ts';

/** What observers are told. */
export function queryEnd(
  { plan, labels }: { readonly plan: EpochPlan; readonly labels: Labels },
  { query, inputs, ordinal, spentNs, ending }: OpenQuery,
  outcome: Outcome,
  row: RequestRow,
): QueryEnd {
  const served = row.variant < 0 ? undefined : plan.variants[row.variant];
  const { machineTypes } = plan.live.serving.catalogue;
  return {
    ordinal,
    application: query.application,
    model: query.model.name,
    variant: served?.name ?? '',
    version: served?.definition.version ?? '',
    worker: row.worker < 0 ? '' : labels.worker(row.worker),
    machine: row.machine < 0 ? '' : labels.machine(row.machine, machineTypes),
    outcome: ending === 'expired' ? 'expired' : outcomeName(outcome),
    reason: ending === 'expired' ? 'timeout' : reasonName(row.reason),
    inputs,
    batchInputs: row.batchInputs,
    objectiveNs: query.latencyNs === NEVER ? -1 : query.latencyNs,
    accuracyPercent: served?.definition.accuracyPercent ?? 0,
    loadWaitNs: row.loadWaitNs,
    queueNs: row.queueNs + spentNs,
    preprocessNs: row.preprocessNs,
    inferNs: row.inferNs,
    postprocessNs: row.postprocessNs,
    latencyNs: row.latencyNs + spentNs,
  };
}

/** What the client is told. @param detail asked for only where the query was not served. */
export function answerOf({ outputs }: OpenQuery, end: QueryEnd, detail: () => string): ServiceAnswer {
  const { outcome, variant, version, worker, batchInputs } = end;
  if ((outcome !== 'served' && outcome !== 'late') || outputs === undefined) {
    return notServed(outcome, end.reason, detail());
  }
  const { loadWaitNs, queueNs, preprocessNs, inferNs, postprocessNs, latencyNs } = end;
  const timings = { loadWaitNs, queueNs, preprocessNs, inferNs, postprocessNs, latencyNs };
  return { ok: true, outcome, variant, version, worker, batchInputs, outputs, timings };
}

/** What is known of a refusal beyond its reason. @param failure what an engine said last of the variant. */
export function refusalDetail(
  known: {
    readonly catalogue: Catalogue;
    readonly homeless: readonly VariantIndex[];
    readonly failure: string | undefined;
  },
  { query, inputs }: OpenQuery,
  { reason }: QueryEnd,
): string {
  const { model, application, latencyNs, accuracyPercent } = query;
  if (reason === 'too-many-inputs') return `${inputs} inputs, at most ${model.maxBatch}`;
  if (reason === 'execution-failed') return known.failure ?? '';
  if (reason !== 'no-variant') return '';
  const asked = { kind: kindOf(model, application), inputs, latencyNs, accuracyPercent };
  return insteadText(known.catalogue, asked, known.homeless);
}
