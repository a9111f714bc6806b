/** The answer to a query for people and scripts: raw outputs as numbers, a line for each input; who answered, and when. */
import type { QueryAnswer, QueryOutput } from '../../live/control/index.ts';

/** Raw outputs, one line for each input: its row of every output in turn, numbers separated by spaces. */
export function outputLines({ outputs }: QueryAnswer): string {
  const rows = outputs.map(rowsOf);
  const count = Math.max(0, ...rows.map(({ length }) => length));
  return Array.from({ length: count }, (_, row) => `${rows.map((each) => each[row] ?? '').join(' ')}\n`).join('');
}

/** What the handler read out of the outputs, and who answered how fast. */
export function answerLines({ answers = [], variant, worker, batchInputs, outcome, timingsMs }: QueryAnswer): string {
  const labels = answers.map((answer, index) => labelLine(answer, index)).join('');
  const { latency, queue, loadWait, infer } = timingsMs;
  const times = `${latency.toFixed(2)} ms (load ${loadWait.toFixed(2)}, queue ${queue.toFixed(2)}, inference ${infer.toFixed(2)})`;
  const late = outcome === 'late' ? ', later than asked' : '';
  return `${labels}served by ${variant} in ${times}, worker ${worker}, batch of ${batchInputs}${late}\n`;
}

function labelLine(answer: unknown, index: number): string {
  if (typeof answer !== 'object' || answer === null || !('label' in answer)) return '';
  const probability: unknown = Reflect.get(answer, 'probability');
  const share = typeof probability === 'number' ? ` (${(probability * 100).toFixed(1)} %)` : '';
  return `input ${index + 1}: ${String(answer.label)}${share}\n`;
}

function rowsOf({ data }: QueryOutput): string[] {
  const rows: readonly unknown[] = Array.isArray(data) ? data : [data];
  return rows.map((row) => [row].flat(Infinity).map(String).join(' '));
}
