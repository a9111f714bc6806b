// The charts, and what can be chosen about them: how far back they go, and whose figures they show.
import { Chart } from './chart.mjs';
import { byId, element, setText } from './elements.mjs';
import { latest } from './history.mjs';

const RANGES_S = [
  [60, '1 min'],
  [300, '5 min'],
  [900, '15 min'],
];
/** Seconds that a share or a mean looks back, as the server's quantiles do. */
const WINDOW_S = 10;

const column = (name) => (points, i) => points.get(name)[i] ?? null;

/** The sum of a column over the seconds up to one. */
function sumUpTo(points, name, i) {
  const values = points.get(name);
  let sum = 0;
  for (let at = Math.max(0, i - WINDOW_S + 1); at <= i; at += 1) sum += values[at] ?? 0;
  return sum;
}

function ratio(over, under) {
  return (points, i) => {
    const whole = under.reduce((sum, name) => sum + sumUpTo(points, name, i), 0);
    return whole === 0 ? null : sumUpTo(points, over, i) / whole;
  };
}

function shareMet(points, i) {
  const share = ratio('met', ['met', 'missed'])(points, i);
  return share === null ? null : 100 * share;
}

const SPECS = [
  {
    title: 'Requests',
    unit: 'per second',
    topLeast: 4,
    hint: 'No requests yet. Send one: rehearse query online',
    lines: [
      { name: 'answered', colour: '--series-1', isFilled: true, at: column('answered') },
      { name: 'late', colour: '--series-4', isDashed: true, at: column('late') },
      { name: 'not answered', colour: '--series-2', at: column('refused') },
    ],
  },
  {
    title: 'Latency',
    unit: 'ms, over 10 s',
    hint: 'Latencies show with the first answers',
    lines: [
      { name: '99th percentile', colour: '--series-4', at: column('p99Ms') },
      { name: 'median', colour: '--series-1', isFilled: true, at: column('p50Ms') },
    ],
  },
  {
    title: 'Objectives met',
    unit: '%, over 10 s',
    top: 100,
    isZoomed: true,
    hint: 'No request has named a latency objective yet',
    lines: [{ name: 'met in time', colour: '--series-3', isFilled: true, at: shareMet }],
  },
  {
    title: 'Waiting',
    unit: 'requests',
    topLeast: 4,
    hint: 'Nothing waits',
    lines: [{ name: 'for a worker or in a queue', colour: '--series-1', isFilled: true, at: column('waiting') }],
  },
  {
    title: 'Batches',
    unit: 'inputs each, over 10 s',
    topLeast: 4,
    hint: 'No batch was executed yet',
    lines: [{ name: 'mean', colour: '--series-3', isFilled: true, at: ratio('batchInputs', ['batches']) }],
  },
  {
    title: 'Capacity',
    unit: '',
    topLeast: 4,
    hint: 'No worker is ready',
    lines: [
      { name: 'workers ready', colour: '--series-1', isFilled: true, isStepped: true, at: column('workers') },
      { name: 'machines up', colour: '--series-4', isDashed: true, isStepped: true, at: column('machines') },
    ],
  },
];

export class Charts {
  rangeS = 300;
  shown = '';
  hoverS = null;
  history = undefined;

  constructor() {
    this.charts = SPECS.map((spec) => new Chart(spec, (atS) => this.hover(atS)));
    byId('charts').append(...this.charts.map(({ node }) => node));
    this.select = byId('shown');
    this.select.addEventListener('change', () => {
      this.shown = this.select.value;
      this.draw();
    });
    for (const [seconds, name] of RANGES_S) byId('range').append(this.rangeButton(seconds, name));
    new ResizeObserver(() => this.draw()).observe(byId('charts'));
  }

  show(history) {
    this.history = history;
    this.offer([...history.variants]);
    this.draw();
  }

  hover(atS) {
    this.hoverS = atS;
    this.draw();
  }

  draw() {
    if (this.history === undefined) return;
    const { history, shown, rangeS, hoverS } = this;
    const endS = latest(history.all, 'atS') ?? 0;
    for (const chart of this.charts) chart.draw({ points: history.points(shown), endS, rangeS, hoverS });
  }

  rangeButton(seconds, name) {
    const input = element('input', { type: 'radio', name: 'range', value: seconds, checked: seconds === this.rangeS });
    input.addEventListener('change', () => {
      this.rangeS = seconds;
      this.draw();
    });
    return element('label', {}, input, name);
  }

  /** The choices; made anew only when they changed, so that an open list stays open. */
  offer(variants) {
    const wanted = [
      ['', 'all models'],
      ...variants.map(([key, { name, version }]) => [key, `${name}, version ${version}`]),
    ];
    const options = [...this.select.options];
    const isSame = options.length === wanted.length && options.every(({ value }, i) => value === wanted[i][0]);
    if (isSame) return;
    if (!wanted.some(([key]) => key === this.shown)) this.shown = '';
    this.select.replaceChildren(
      ...wanted.map(([key, text]) => {
        const option = element('option', {});
        option.value = key;
        setText(option, text);
        return option;
      }),
    );
    this.select.value = this.shown;
  }
}
