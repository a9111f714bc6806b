/** Whether a run may be believed: valid, or invalid with the reason and what to change. */
import type { OutcomeCounts, Problem, RunRecord, Verdict } from '../../core/index.ts';
import { toSeconds } from '../../core/index.ts';
import { percentileNotice } from '../statistics/index.ts';
import { unservedNotes } from './unserved-notes.ts';

const ENDINGS: Readonly<Record<string, { readonly message: string; readonly advice: string }>> = {
  stuck: {
    message: 'requests are open and nothing will ever happen to them',
    advice: 'a variant has no worker and no policy starts one: give it workers, or set limits.timeout',
  },
  'time-limit': {
    message: 'the run did not drain within limits.drain after the last arrival',
    advice: 'the service is overloaded: lower the rate, add workers, admit fewer requests, or raise limits.drain',
  },
  'drain-limit': {
    message: 'the run did not drain within limits.drain after the last arrival',
    advice: 'the service is overloaded: lower the rate, add workers, admit fewer requests, or raise limits.drain',
  },
  'event-limit': { message: 'the run reached limits.events', advice: 'shorten the workload or raise limits.events' },
  'open-request-limit': {
    message: 'more requests were open than limits.open_requests allows',
    advice: 'the queue grows without end: lower the rate, add workers, or bound the queue by an admission policy',
  },
  interrupted: { message: 'the run was interrupted', advice: 'run it again; what was finished is kept' },
};

export function verdictOf(record: RunRecord, outcomes: OutcomeCounts, notes: readonly string[]): Verdict {
  const problems: Problem[] = [];
  const ending = ENDINGS[record.ending];
  if (ending !== undefined) {
    const open = outcomes.unfinished;
    const message = `${ending.message}; ${open} measured requests were unfinished at ${toSeconds(record.endNs)} s`;
    problems.push({ code: `RUN_${record.ending.toUpperCase().replaceAll('-', '_')}`, message, advice: ending.advice });
  }
  for (const finding of record.findings) {
    const advice = 'this is a defect of Rehearse or of a policy module: please report it with the command below';
    problems.push({ code: 'RUN_AUDIT_FAILED', message: finding, advice });
  }
  const measured = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  if (measured === 0) {
    problems.push({
      code: 'RUN_NOTHING_MEASURED',
      message: 'no request was scheduled inside the measured window',
      advice: 'lengthen the duration, raise the rate, or shorten warm_up and cool_down',
    });
  }
  const answered = outcomes.served + outcomes.late;
  if (measured > 0 && answered === 0) {
    problems.push({
      code: 'RUN_NOTHING_ANSWERED',
      message: `none of ${measured} measured requests was answered`,
      advice: 'look at the reasons of their outcomes: most often no variant fits what is asked, or none has a worker',
    });
  }
  const enough = answered === 0 ? null : percentileNotice(answered, { quantile: 0.99 });
  const all = [...notes, ...unservedNotes(record), ...(enough === null ? [] : [enough]), ...record.notes];
  return { valid: problems.length === 0, problems, notes: all };
}
