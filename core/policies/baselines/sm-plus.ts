/**
 * SM+, the second baseline of INFaaS: it stands for SageMaker and AI Platform. Developers fix the variant; each variant
 * is replicated by itself as its load asks for, without a way up or down to another one. The "+" is that it runs on
 * INFaaS's own workers: this is INFaaS with decision mode 7 and autoscaler type 2, as its start script configures it,
 * under the developers' selection.
 */
import { definePolicy } from '../../policy.ts';
import { infaas } from '../infaas/infaas.ts';
import { INFAAS_OPTIONS } from '../infaas/options.ts';
import type { InfaasOptions } from '../infaas/options.ts';
import { defaultsOf } from '../../options.ts';
import { preloadedSelection } from '../selection/preloaded.ts';

export const smPlus = definePolicy({
  name: 'sm-plus',
  summary: 'What developers chose serves; each variant is replicated by itself, and machines follow.',
  source:
    'INFaaS, USENIX ATC 2021 (SM+), as public notes describe it; INDIVIDUAL in autoscaler.cc, mode 7 in queryfe_server.cc',
  families: ['selection', 'dispatch', 'placement', 'model-scaling', 'machine-scaling'],
  // As under INFaaS, on whose workers it runs.
  companions: { batching: 'work-conserving' },
  needsInitialWorkers: true,
  options: {},
  create(context) {
    const defaults = defaultsOf(INFAAS_OPTIONS) as InfaasOptions; // The declaration's own defaults.
    const options = { ...defaults, mode: 'round-robin-dynamic', autoscaler: 'individual' };
    return { ...infaas.create({ ...context, options }), selection: preloadedSelection(context) };
  },
});
