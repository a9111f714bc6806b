/**
 * Logs what the service decides and what becomes of its workers and machines: one line each. A worker that is drained
 * ends like any other thing; one that crashed is an error.
 */
import type { Logger } from 'pino';
import { shownText } from './shown-text.ts';
import { toMilliseconds } from '../../../core/index.ts';
import type { DecisionSnapshot, ServiceObserver, StateChange, WorkerCrash } from '../../service/index.ts';

const DETAIL_CHARACTERS = 500;

export function serviceLog(logger: Logger): ServiceObserver {
  return {
    decided({ atMs: _atMs, kind, ...what }: DecisionSnapshot): void {
      logger.info({ event: 'decision', kind, ...what }, 'decision');
    },
    stateChanged({ subject, label, of, state }: StateChange): void {
      const line = { event: `${subject}.${state}`, [subject]: label, [subject === 'worker' ? 'variant' : 'type']: of };
      logger.info(line, `${subject} ${state}`);
    },
    crashed({ cause, exitCode, detail, ...who }: WorkerCrash): void {
      const event = cause === 'load-failed' ? 'load.failed' : 'worker.crashed';
      const line = { event, ...who, cause, ...(exitCode === undefined ? {} : { exit_code: exitCode }) };
      // What an engine says last may hold a model's own text.
      logger.error({ ...line, detail: shownText(detail, DETAIL_CHARACTERS) }, event.replace('.', ' '));
    },
    retried(variant: string, version: string): void {
      logger.debug({ event: 'query.retried', variant, version }, 'query retried');
    },
    loaded(variant: string, version: string, loadNs: number): void {
      logger.info({ event: 'loaded', variant, version, load_ms: toMilliseconds(loadNs) }, 'model loaded');
    },
  };
}
