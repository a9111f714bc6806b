/** The full run in a worker thread: what it proves is posted back. */
import { parentPort, workerData } from 'node:worker_threads';
import { fullRun, proofOf } from './full-run.ts';

const { seed } = workerData as { readonly seed: string }; // What the test passes.
parentPort?.postMessage(proofOf(fullRun(seed)));
