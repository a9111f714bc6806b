import { experimentResult } from './test/reports/fixture.ts';
import { figuresOf } from './reports/figures/all-figures.ts';
import { renderFigure, standaloneSvg } from './reports/render-figure.ts';
import { writeFileSync, mkdirSync } from 'node:fs';
import { verdictSentence } from './reports/verdict-sentence.ts';
import { colourVariables } from './reports/palette.ts';
const cases: Record<string, any> = {
  one: { policies: ['none'], replications: 1, scaling: true },
  three: { scaling: true },
  twelve: { rates: [200, 400, 600, 800], scaling: true, invalid: [9] },
  five: { policies: ['none','a','b','c','d'] },
  many: { policies: Array.from({length: 12}, (_, i) => `policy-${i}-with-name`) },
};
for (const [name, o] of Object.entries(cases)) {
  const r = experimentResult(o);
  console.log(name, verdictSentence(r));
  let html = `<meta charset=utf8><style>:root{${colourVariables(process.argv[2] as any ?? 'light')}} body{background:var(--paper);color:var(--ink);font:14px system-ui,sans-serif;width:960px}</style>`;
  const t = performance.now(); let bytes = 0;
  for (const f of figuresOf(r)) { const d = await renderFigure(f); bytes += d.svg.length; html += `<h3>${f.title}</h3>${d.svg}<p>${f.caption}</p>`; }
  console.log(Math.round(performance.now() - t), 'ms', bytes);
  mkdirSync('/tmp/figs', { recursive: true }); writeFileSync(`/tmp/figs/${name}.html`, html);
}
