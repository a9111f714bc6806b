// What the tables show of a snapshot: models, workers, machines, decisions, and the policies in force.
import { byId, chip, element, emptyState, setText, svgElement } from './elements.mjs';
import { UNKNOWN, age, bytes, counted, duration, figure, time } from './format.mjs';
import { keyOf, latest, rate, recent } from './history.mjs';
import { Table } from './table.mjs';

/** Rows of a table; a fleet may be larger, a reader's patience is not. */
const ROWS_MOST = 200;
const SPARK_S = 120;

const WORKER_TONES = { ready: 'good', loading: 'busy', cold: '', draining: 'warn', dead: 'bad' };
const MACHINE_TONES = { up: 'good', booting: 'busy', draining: 'warn', down: '' };
const DECISIONS = {
  'worker.start': 'Start a worker',
  'worker.drain': 'Drain a worker',
  'capacity.short': 'Capacity is short',
  'machine.boot': 'Boot a machine',
  'machine.drain': 'Drain a machine',
};

function under(text) {
  return element('span', { class: 'under', title: text }, text);
}

function named(text) {
  return element('span', { title: text }, text);
}

const models = {
  id: 'models',
  caption: 'Models that are served, with their workers and figures',
  key: ({ name, version }) => keyOf(name, version),
  empty: () =>
    emptyState(
      'No model is served yet.',
      'Register one: ',
      'rehearse model register FILE DIR',
      ', or name it in the config.',
    ),
  columns: [
    {
      title: 'Model',
      type: 'name',
      reads: ({ name, version, isDefault, source }) => [name, version, isDefault, source],
      show: ({ name, version, isDefault, source }) => [
        named(name),
        under(
          `version ${version}${isDefault ? '' : ', not the default'}${source === 'registered' ? ', registered' : ''}`,
        ),
      ],
    },
    {
      title: 'Serves',
      type: 'name',
      reads: ({ architecture, useCase }) => [architecture, useCase],
      show: ({ architecture, useCase }) => [named(useCase), under(architecture)],
    },
    {
      title: 'Compiled for',
      reads: ({ hardware, precision, accuracyPercent }) => [hardware, precision, accuracyPercent],
      show: ({ hardware, precision, accuracyPercent }) => [
        `${hardware}, ${precision}`,
        under(`accuracy ${figure(accuracyPercent)} %`),
      ],
    },
    {
      title: 'Workers',
      reads: ({ ready, loading, draining, scaling, lastFailure }) => [ready, loading, draining, scaling, lastFailure],
      show: ({ ready, loading, draining, scaling, lastFailure }) => [
        chip(`${ready} ready`, ready > 0 ? 'good' : ''),
        ...(loading > 0 ? [chip(`${loading} loading`, 'busy')] : []),
        ...(draining > 0 ? [chip(`${draining} draining`, 'warn')] : []),
        under(scalingText(scaling)),
        ...(lastFailure === undefined
          ? []
          : [element('span', { class: 'under failure' }, `Load failed: ${lastFailure}`)]),
      ],
    },
    { title: 'Waiting', type: 'number', reads: ({ held, queued }) => [figure(held + queued)] },
    {
      title: 'Requests/s',
      type: 'number',
      reads: ({ points, maxBatch }) => [rate(points, 'answered'), meanBatch(points), maxBatch],
      show: ({ points, maxBatch }) => [figure(rate(points, 'answered')), under(batchText(meanBatch(points), maxBatch))],
    },
    {
      title: '2 min',
      reads: ({ points }) => [(points?.get('answered') ?? []).slice(-SPARK_S)],
      show: ({ points }) => [spark((points?.get('answered') ?? []).slice(-SPARK_S))],
    },
    {
      title: 'Median latency',
      type: 'number',
      reads: ({ points }) => [latest(points, 'p50Ms'), latest(points, 'p99Ms')],
      show: ({ points }) => [
        duration(latest(points, 'p50Ms')).join(' '),
        under(`p99 ${duration(latest(points, 'p99Ms')).join(' ')}`),
      ],
    },
  ],
};

const workers = {
  id: 'workers',
  caption: 'Workers and what they do',
  key: ({ label }) => label,
  isLong: true,
  empty: () =>
    emptyState(
      'No worker is running.',
      'The first request for a model starts one. To start one now: ',
      'rehearse scale MODEL --replicas 1',
    ),
  columns: [
    { title: 'Worker', type: 'name', reads: ({ label }) => [label], show: ({ label }) => [named(label)] },
    { title: 'State', reads: ({ state }) => [state], show: ({ state }) => [chip(state, WORKER_TONES[state] ?? '')] },
    {
      title: 'Model',
      type: 'name',
      reads: ({ variant, version }) => [variant, version],
      show: ({ variant, version }) => [named(variant), ` `, element('span', { class: 'muted' }, version)],
    },
    { title: 'Machine', type: 'name', reads: ({ machine }) => [machine], show: ({ machine }) => [named(machine)] },
    { title: 'Queue', type: 'number', reads: ({ queued }) => [figure(queued)] },
    { title: 'Running', type: 'number', reads: ({ running }) => [running > 0 ? figure(running) : UNKNOWN] },
    { title: 'Batches', type: 'number', reads: ({ batches }) => [figure(batches)] },
    { title: 'Requests', type: 'number', reads: ({ completed }) => [figure(completed)] },
    { title: 'Memory', type: 'number', reads: ({ memoryBytes }) => [bytes(memoryBytes)] },
    { title: 'Process', type: 'number', reads: ({ pid }) => [pid ?? UNKNOWN] },
    { title: 'Age', type: 'number', reads: ({ ageS }) => [age(ageS)] },
  ],
};

const machines = {
  id: 'machines',
  caption: 'Machines and how full they are',
  key: ({ label }) => label,
  isLong: true,
  empty: () =>
    emptyState(
      'No machine is up.',
      'The machine policy boots one when workers need room; see the decisions below.',
      '',
    ),
  columns: [
    { title: 'Machine', type: 'name', reads: ({ label }) => [label], show: ({ label }) => [named(label)] },
    { title: 'State', reads: ({ state }) => [state], show: ({ state }) => [chip(state, MACHINE_TONES[state] ?? '')] },
    { title: 'Type', type: 'name', reads: ({ type }) => [type], show: ({ type }) => [named(type)] },
    { title: 'Workers', type: 'number', reads: ({ workers: count }) => [figure(count)] },
    {
      title: 'Cores',
      reads: ({ coresUsed, cores }) => [coresUsed, cores],
      show: ({ coresUsed, cores }) => usage(`${figure(coresUsed)} of ${figure(cores)}`, coresUsed, cores),
    },
    {
      title: 'Memory',
      reads: ({ memoryUsedBytes, memoryBytes }) => [memoryUsedBytes, memoryBytes],
      show: ({ memoryUsedBytes, memoryBytes }) =>
        usage(`${bytes(memoryUsedBytes)} of ${bytes(memoryBytes)}`, memoryUsedBytes, memoryBytes),
    },
  ],
};

const decisions = {
  id: 'decisions',
  caption: 'Decisions of the policies, the latest first',
  key: ({ key }) => key,
  isLong: true,
  empty: () =>
    emptyState(
      'No decision yet.',
      'Starts and drains of workers and machines show here, each with the reason its policy gave.',
      '',
    ),
  columns: [
    { title: 'Time', reads: ({ atMs }) => [time(atMs)] },
    { title: 'Decision', reads: ({ kind }) => [DECISIONS[kind] ?? kind] },
    {
      title: 'About',
      type: 'name',
      reads: ({ variant, worker, machine, machineType }) => [variant, worker, machine, machineType],
      show: ({ variant, worker, machine, machineType }) => {
        const [first = UNKNOWN, ...more] = [worker, variant, machine, machineType].filter((part) => part !== undefined);
        return more.length === 0 ? [named(first)] : [named(first), under(more.join(', '))];
      },
    },
    {
      title: 'Reason',
      type: 'reason',
      reads: ({ reason }) => [reason],
      show: ({ reason }) => [element('code', {}, reason)],
    },
  ],
};

let tables;

/** @param {any} snapshot @param {import('./history.mjs').History} history */
export function showTables(snapshot, history) {
  tables ??= Object.fromEntries(
    Object.entries({ models, workers, machines, decisions }).map(([name, spec]) => [name, new Table(spec)]),
  );
  const variants = snapshot.variants.map((variant) => ({
    ...variant,
    points: history.points(keyOf(variant.name, variant.version)),
  }));
  tables.models.show(shown('models', variants, 'model'));
  tables.workers.show(shown('workers', snapshot.workers, 'worker'));
  tables.machines.show(shown('machines', snapshot.machines, 'machine'));
  const latestFirst = snapshot.decisions.map(decisionRow).reverse();
  tables.decisions.show(shown('decisions', latestFirst, 'decision'));
  showPolicies(snapshot.policies);
}

/** The rows that are shown, and how many there are in a line beside the title. */
function shown(id, rows, one) {
  const text =
    rows.length > ROWS_MOST ? `the first ${ROWS_MOST} of ${counted(rows.length, one)}` : counted(rows.length, one);
  setText(byId(`${id}-count`), rows.length === 0 ? '' : text);
  return rows.slice(0, ROWS_MOST);
}

/** Equal decisions of the same millisecond are told apart by their number. */
function decisionRow(decision, i, all) {
  let same = 0;
  for (let before = i - 1; before >= 0 && all[before].atMs === decision.atMs; before -= 1) same += 1;
  return { ...decision, key: `${decision.atMs} ${same} ${decision.kind}` };
}

function showPolicies(policies) {
  const home = byId('policies');
  const state = JSON.stringify(policies);
  if (home.dataset.state === state) return;
  home.dataset.state = state;
  home.replaceChildren(
    ...Object.entries(policies).map(([family, policy]) =>
      element('div', {}, element('dt', {}, family), element('dd', {}, policy)),
    ),
  );
}

function scalingText(scaling) {
  if (scaling === 'auto') return 'scaled automatically';
  const { least, most } = scaling;
  if (most === null) return `at least ${least}`;
  return least === most ? `held at ${least}` : `between ${least} and ${most}`;
}

function meanBatch(points) {
  const batches = recent(points, 'batches', 10);
  return batches === 0 ? null : recent(points, 'batchInputs', 10) / batches;
}

function batchText(mean, most) {
  return mean === null ? `batch up to ${figure(most)}` : `batch ${figure(mean)} of ${figure(most)}`;
}

function usage(text, used, whole) {
  const fill = element('span', {});
  fill.style.width = `${whole > 0 ? Math.min(100, (100 * used) / whole) : 0}%`;
  return [text, element('span', { class: 'meter', 'aria-hidden': 'true' }, fill)];
}

function spark(values) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const points = values.map((value, i) => {
    const x = ((i + SPARK_S - values.length) / (SPARK_S - 1)) * 110;
    return `${x.toFixed(1)} ${(22 - (20 * (value ?? 0)) / most).toFixed(1)}`;
  });
  const path = svgElement('path', { d: points.length === 0 ? '' : `M${points.join('L')}` });
  return svgElement('svg', { class: 'spark', viewBox: '0 0 110 24', 'aria-hidden': 'true' }, path);
}
