// The dashboard's page: follows the service's events, keeps their history, and draws once a second while it is seen.
import { Charts } from './charts.mjs';
import { byId, chip, setText } from './elements.mjs';
import { showFigures } from './figures.mjs';
import { age, counted, time } from './format.mjs';
import { History } from './history.mjs';
import { showTables } from './tables.mjs';

/** Without an event for so long the connection is taken for lost. */
const PATIENCE_MS = 5000;
/** A refused page tries again by itself. */
const AGAIN_MS = 10_000;

const STATES = {
  starting: ['starting', 'busy'],
  ready: ['ready', 'good'],
  draining: ['draining', 'warn'],
  stopped: ['stopped', ''],
  failed: ['failed', 'bad'],
};

const history = new History();
const charts = new Charts();
let snapshot;
let lastEventMs = 0;
let isLoading = false;
let isDrawn = true;
let announced = '';

connect();
setInterval(watchConnection, 1000);
document.addEventListener('visibilitychange', draw);

function connect() {
  const events = new EventSource('/dashboard/events');
  events.addEventListener('second', ({ data }) => takeSecond(JSON.parse(data)));
  events.addEventListener('error', () => {
    // The browser tries again by itself, unless it was refused.
    if (events.readyState !== EventSource.CLOSED) return;
    events.close();
    setTimeout(connect, AGAIN_MS);
  });
}

function takeSecond({ second, snapshot: next, version }) {
  lastEventMs = Date.now();
  const isSameService = snapshot?.startedMs === next.startedMs;
  // Decisions come only when they changed.
  snapshot = { decisions: snapshot?.decisions ?? [], ...next, version };
  if (!isSameService || !history.add(second)) void loadHistory();
  showConnection('live', `Live, ${time(second.all[0] * 1000)}`);
  isDrawn = false;
  requestAnimationFrame(draw);
}

async function loadHistory() {
  if (isLoading) return;
  isLoading = true;
  try {
    const response = await fetch('/dashboard/history');
    if (response.ok) history.load(await response.json());
  } catch {
    // The connection is watched elsewhere; the next second tries again.
  } finally {
    isLoading = false;
    isDrawn = false;
    draw();
  }
}

function draw() {
  if (isDrawn || document.hidden || snapshot === undefined || history.sequence < 0) return;
  isDrawn = true;
  showHead();
  showFigures(history, snapshot);
  charts.show(history);
  showTables(snapshot, history);
}

function showHead() {
  const { state, startedMs, epoch, version } = snapshot;
  const [word, tone] = STATES[state] ?? [state, ''];
  const home = byId('state');
  if (home.textContent !== word) home.replaceChildren(chip(word, tone));
  const changes = epoch <= 1 ? 'catalogue as configured' : `catalogue changed ${counted(epoch - 1, 'time')}`;
  setText(byId('facts'), `version ${version}, up ${age((Date.now() - startedMs) / 1000)}, ${changes}`);
  setText(document.querySelector('title'), state === 'ready' ? 'Rehearse' : `${word} – Rehearse`);
  const failing = snapshot.variants.filter(({ lastFailure }) => lastFailure !== undefined).length;
  const failures = failing === 0 ? '' : `, ${counted(failing, 'model')} failed to load`;
  announce(`The service is ${word}${failures}.`);
  showNotice(state === 'failed' ? 'The service has failed and takes no requests; its log says why.' : '');
}

function watchConnection() {
  if (lastEventMs === 0 || Date.now() - lastEventMs <= PATIENCE_MS) return;
  showConnection('lost', `No news since ${time(lastEventMs)}; trying again`);
  announce('The connection to the service is lost.');
}

function showConnection(state, text) {
  const node = byId('connection');
  if (!node.classList.contains(state)) node.className = `connection ${state}`;
  document.querySelector('main').classList.toggle('stale', state === 'lost');
  setText(byId('connection-text'), text);
}

function showNotice(text) {
  const node = byId('notice');
  node.hidden = text === '';
  setText(node, text);
}

/** Screen readers hear changes of state, not figures of every second. */
function announce(text) {
  if (announced === text) return;
  announced = text;
  setText(byId('announcement'), text);
}
