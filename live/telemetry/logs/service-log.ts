/** Logs what the service decides and what becomes of its workers and machines: one line each. */
import type { Logger } from 'pino';
import { toMilliseconds } from '../../../core/index.ts';
import type { DecisionSnapshot, ServiceObserver, StateChange } from '../../service/index.ts';

export function serviceLog(logger: Logger): ServiceObserver {
  return {
    decided({ atMs: _atMs, kind, ...what }: DecisionSnapshot): void {
      logger.info({ event: 'decision', kind, ...what }, 'decision');
    },
    stateChanged({ subject, label, of, state }: StateChange): void {
      const line = { event: `${subject}.${state}`, [subject]: label, [subject === 'worker' ? 'variant' : 'type']: of };
      if (state === 'dead') logger.warn(line, `${subject} ${state}`);
      else logger.info(line, `${subject} ${state}`);
    },
    loaded(variant: string, version: string, loadNs: number): void {
      logger.info({ event: 'loaded', variant, version, load_ms: toMilliseconds(loadNs) }, 'model loaded');
    },
  };
}
