/**
 * A server with offline jobs in a process of its own, to be killed: it submits a job when it is asked to, and says on
 * standard output when it is ready and when all jobs have ended.
 */
import { join } from 'node:path';
import { requestIn } from './fixtures.ts';
import { startOfflineService } from './offline-service.ts';

const [folder, ...outputs] = process.argv.slice(2);
const { service, jobs, stop } = await startOfflineService(folder);
for (const output of outputs) await jobs.submit(requestIn(folder, { output: join(folder, output) }), service.directory);
process.stdout.write('ready\n');
const timer = setInterval(() => {
  if (jobs.list(10).some(({ endedMs }) => endedMs === undefined)) return;
  clearInterval(timer);
  void stop().then(() => process.stdout.write('ended\n'));
}, 50);
