/** One request at a time, at once. */
import { definePolicy } from '../../policy.ts';

export const noBatching = definePolicy({
  name: 'none',
  summary: 'Every request is executed alone, as soon as its worker is idle.',
  source: 'the default of TorchServe (batch_size 1)',
  families: ['batching'],
  options: {},
  create: () => ({ batching: { limit: () => 1, startAt: (_worker, _queuedInputs, _oldestNs, now) => now } }),
});
