// The row of headline figures.
import { byId, element, setText } from './elements.mjs';
import { counted, duration, figure, percent } from './format.mjs';
import { latest, rate, recent } from './history.mjs';

/** Below this share of objectives met the figure stands out. */
const ATTAINMENT_GOAL = 0.99;

const tiles = new Map();

export function showFigures(history, snapshot) {
  const { all } = history;
  const [p50, p50Unit] = duration(latest(all, 'p50Ms'));
  const [p99, p99Unit] = duration(latest(all, 'p99Ms'));
  const met = recent(all, 'met', 60);
  const missed = recent(all, 'missed', 60);
  const judged = met + missed;
  const attainment = judged === 0 ? null : met / judged;
  const refused = recent(all, 'refused', 60);
  const { variants, workers, machines, openRequests } = snapshot;
  const held = variants.reduce((sum, variant) => sum + variant.held, 0);
  const waiting = variants.reduce((sum, variant) => sum + variant.held + variant.queued, 0);
  const ready = workers.filter(({ state }) => state === 'ready').length;
  const up = machines.filter(({ state }) => state === 'up').length;
  tile(
    'rate',
    'Requests per second',
    [figure(rate(all, 'answered'))],
    refused === 0 ? 'none failed in a minute' : `${figure(refused)} failed in a minute`,
  );
  tile('p50', 'Median latency', [p50, p50Unit], 'over 10 s');
  tile('p99', '99th percentile', [p99, p99Unit], 'over 10 s');
  tile(
    'attainment',
    'Objectives met',
    [percent(attainment), attainment === null ? '' : '%'],
    judged === 0 ? 'no objective in a minute' : `${figure(met)} of ${figure(judged)}, 1 min`,
    attainment !== null && attainment < ATTAINMENT_GOAL,
  );
  tile('waiting', 'Waiting', [figure(waiting)], `${figure(held)} for a worker, ${figure(openRequests)} open`);
  tile('workers', 'Workers ready', [figure(ready), `of ${figure(workers.length)}`], `on ${counted(up, 'machine')}`);
}

function tile(key, title, [value, unit = ''], note, isBad = false) {
  let parts = tiles.get(key);
  if (parts === undefined) {
    const number = element('span', {});
    const unitNode = element('span', { class: 'unit' });
    const noteNode = element('p', { class: 'note' });
    const node = element(
      'div',
      { class: 'figure', 'data-figure': key },
      element('h3', {}, title),
      element('p', { class: 'value' }, number, unitNode),
      noteNode,
    );
    parts = { node, number, unitNode, noteNode };
    tiles.set(key, parts);
    byId('figures').append(node);
  }
  setText(parts.number, value);
  setText(parts.unitNode, unit);
  setText(parts.noteNode, note);
  parts.node.classList.toggle('bad', isBad);
}
