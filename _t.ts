import { experimentResult } from './test/reports/fixture.ts';
import { writeReport, verdictSentence, comparisonTable } from './reports/index.ts';
import { writeFileSync, mkdirSync } from 'node:fs';
const cases: Record<string, any> = {
  one: { policies: ['none'], replications: 1, scaling: true },
  three: { scaling: true, applications: ['vision', 'search'] },
  twelve: { rates: [200, 400, 600, 800], scaling: true, invalid: [9] },
  five: { policies: ['none','a','b','c','d'], complete: false },
  many: { policies: Array.from({length: 12}, (_, i) => `policy-${i}-with-name`) },
  silent: { silent: true, question: '' },
  big: { policies: ['none', 'a', 'b'], rates: Array.from({length: 20}, (_, i) => 100 + 50 * i), bins: 512 },
};
for (const [name, o] of Object.entries(cases)) {
  const r = experimentResult(o);
  const d = `/tmp/rep/${name}`; mkdirSync(d, { recursive: true });
  writeFileSync(`${d}/result.json`, JSON.stringify(r));
  const t = performance.now();
  const files = await writeReport(d);
  console.log(`== ${name}`, files.length, Math.round(performance.now() - t), 'ms');
  if (!process.argv[2]) console.log(comparisonTable(r));
  console.log(verdictSentence(r));
}
