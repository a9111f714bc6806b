/**
 * What attainment costs: one point for each cell, both intervals as a cross, a label at every point. Better is up
 * and to the left.
 */
import type { CellResult, ExperimentResult, IntervalResult } from '../../core/index.ts';
import { captionBasis, paragraph } from '../claims.ts';
import { formatWithUnit, listInWords, possible, printable, shortened } from '../format.ts';
import { gridPoints, parameterName, parameterNames, policyNames } from '../grid.ts';
import { paint } from '../palette.ts';
import { percentDomain } from './attainment.ts';
import { drawnCells } from './drawn-cells.ts';
import type { Figure, Layer } from './figure.ts';
import { PLOT_WIDTH, panelSpec, pointLegend, seriesName, seriesStyles } from './panels.ts';
import { mergeLabels, placeLabels } from './place-labels.ts';
import type { LabelAlign } from './place-labels.ts';

const HEIGHT = 340;
const POINTS_MAX = 60;
/** Costs closer than this share are equal to a reader. */
const SAME_COST = 0.001;
const LABEL_SIZE = 11;
const LABEL_LENGTH = 32;

/** A cell that has both a cost and an attainment. */
interface Costed {
  readonly cell: CellResult;
  readonly cost: Range;
  readonly attainment: Range;
}

interface Range {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

type Domain = [from: number, to: number];

export function costAttainment(result: ExperimentResult): Figure | null {
  const costed = result.cells.flatMap((cell): Costed[] => {
    const cost = rangeOf(possible(cell.metrics.cost_usd, 'USD'));
    const attainment = rangeOf(possible(cell.metrics.attainment_percent, '%'));
    return cost === null || attainment === null ? [] : [{ cell, cost, attainment }];
  });
  // One point is no trade-off, and where nothing costs anything there is none either.
  if (costed.length < 2 || costed.every(({ cost }) => cost.mean === 0)) return null;
  const all = costed.map(({ cell }) => cell);
  const { cells, note } = drawnCells(all, POINTS_MAX);
  const names = parameterNames(cells);
  return {
    id: 'cost-attainment',
    title: 'Cost against SLA attainment',
    caption: paragraph([
      claimOf(costed),
      gridPoints(cells).length > 1
        ? `Labels give ${listInWords(names.map((name) => parameterName(name, names)))}.`
        : '',
      captionBasis(cells, 'attainment_percent'),
      cells.every((cell) => cell.verdict.valid) ? '' : 'Hollow points are invalid.',
      note,
    ]),
    spec: specOf(costed.filter(({ cell }) => cells.includes(cell))),
  };
}

function specOf(costed: readonly Costed[]): Figure['spec'] {
  const cells = costed.map(({ cell }) => cell);
  const xDomain = paddedDomain(costed.map(({ cost }) => cost));
  const yDomain = percentDomain(costed.map(({ attainment }) => attainment));
  const labels = labelsOf(costed, xDomain, yDomain);
  const rows = costed.map(({ cell, cost, attainment }, index) => ({
    series: seriesName(cell.policy),
    cost: cost.mean,
    costLow: cost.low,
    costHigh: cost.high,
    attainment: attainment.mean,
    attainmentLow: attainment.low,
    attainmentHigh: attainment.high,
    valid: cell.verdict.valid,
    ...labels[index],
  }));
  return panelSpec({
    panels: [],
    rows,
    measure: 'SLA attainment, %',
    height: HEIGHT,
    layers: [...crosses(cells, xDomain, yDomain), labelText('left'), labelText('center'), labelText('right')],
  });
}

/** The two bars and the point of every cell. */
function crosses(cells: readonly CellResult[], xDomain: Domain, yDomain: Domain): Layer[] {
  const series = policyNames(cells).map(seriesName);
  const { colour, shape } = seriesStyles(series);
  // Where only policies differ, every point bears its policy's name and needs no legend.
  const legend = gridPoints(cells).length === 1 ? null : pointLegend(series.length);
  const color = { field: 'series', type: 'nominal', scale: colour, legend } as const;
  const x = {
    field: 'cost',
    type: 'quantitative',
    scale: { domain: xDomain, nice: false },
    axis: { title: 'cost, USD', grid: true, format: ',f', tickCount: 8 },
  } as const;
  const y = {
    field: 'attainment',
    type: 'quantitative',
    scale: { domain: yDomain, nice: false },
    axis: { title: null, tickCount: 6 },
  } as const;
  const bar = { type: 'rule', strokeWidth: 1.5 } as const;
  return [
    {
      mark: bar,
      transform: [{ filter: 'isValid(datum.costLow)' }],
      encoding: { x: { ...x, field: 'costLow' }, x2: { field: 'costHigh' }, y, color },
    },
    {
      mark: bar,
      transform: [{ filter: 'isValid(datum.attainmentLow)' }],
      encoding: { x, y: { ...y, field: 'attainmentLow' }, y2: { field: 'attainmentHigh' }, color },
    },
    {
      mark: { type: 'point', filled: true, size: 80, opacity: 1 },
      encoding: { x, y, color, shape: { field: 'series', type: 'nominal', scale: shape, legend } },
    },
    {
      mark: { type: 'point', filled: true, size: 20, opacity: 1, color: paint('paper') },
      transform: [{ filter: '!datum.valid' }],
      encoding: { x, y },
    },
  ];
}

/** The labels with one alignment: Vega-Lite aligns a whole layer. Their places are pixels already. */
function labelText(align: LabelAlign): Layer {
  return {
    mark: { type: 'text', align, baseline: 'middle', fontSize: LABEL_SIZE },
    transform: [{ filter: `datum.align === '${align}'` }],
    encoding: {
      x: { field: 'labelX', type: 'quantitative', scale: null, axis: null },
      y: { field: 'labelY', type: 'quantitative', scale: null, axis: null },
      text: { field: 'label', type: 'nominal' },
    },
  };
}

/** The policy where nothing else differs; the parameters' values where a legend names the policy. */
function labelsOf(
  costed: readonly Costed[],
  xDomain: Domain,
  yDomain: Domain,
): { label: string; labelX: number; labelY: number; align: LabelAlign }[] {
  const points = gridPoints(costed.map(({ cell }) => cell));
  const xScale = PLOT_WIDTH / (xDomain[1] - xDomain[0]);
  const yScale = HEIGHT / (yDomain[1] - yDomain[0]);
  const length = ({ low, high }: Range): number => (low === null || high === null ? 0 : high - low);
  const labelled = costed.map(({ cell, cost, attainment }) => {
    const point = points.find((each) => each.cells.includes(cell));
    return {
      x: (cost.mean - xDomain[0]) * xScale,
      y: (yDomain[1] - attainment.mean) * yScale,
      barWidth: length(cost) * xScale,
      barHeight: length(attainment) * yScale,
      text: shortened(points.length === 1 || point === undefined ? printable(cell.policy) : point.values, LABEL_LENGTH),
    };
  });
  const merged = mergeLabels(labelled);
  const places = placeLabels(merged, { width: PLOT_WIDTH, height: HEIGHT, fontSize: LABEL_SIZE });
  return places.map(({ x, y, align }, index) => ({ label: merged[index].text, labelX: x, labelY: y, align }));
}

function claimOf(costed: readonly Costed[]): string {
  const best = costed.reduce((most, each) => {
    const more = each.attainment.mean - most.attainment.mean;
    return more > 0 || (more === 0 && each.cost.mean < most.cost.mean) ? each : most;
  });
  const cheapest = costed.reduce((least, each) => (each.cost.mean < least.cost.mean ? each : least));
  const told = ({ cell: { label, metrics } }: Costed): string => {
    const attained = formatWithUnit(metrics.attainment_percent, 'attainment_percent');
    return `${printable(label)} attains ${attained} for ${formatWithUnit(metrics.cost_usd, 'cost_usd')}`;
  };
  const dearest = Math.max(...costed.map(({ cost }) => cost.mean));
  const worst = costed.reduce((least, each) => (each.attainment.mean < least.attainment.mean ? each : least));
  const dearer = worst.cell === cheapest.cell || worst.cell === best.cell ? [] : [worst];
  // No superlatives: which differences are proven the paired comparisons say, not the points.
  if (dearest - cheapest.cost.mean < SAME_COST * dearest) return `${told(best)}; all cost the same.`;
  return `${[...new Set([best, cheapest, ...dearer])].map(told).join('; ')}.`;
}

function rangeOf({ mean, low, high }: IntervalResult): Range | null {
  return mean === null ? null : { mean, low, high };
}

function paddedDomain(ranges: readonly Range[]): Domain {
  const values = ranges.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean]);
  const least = Math.min(...values);
  const most = Math.max(...values);
  // Costs that differ by a rounding error shall look equal.
  const margin = Math.max(0.08 * (most - least), 0.05 * most);
  return [Math.max(0, least - margin), most + margin];
}
