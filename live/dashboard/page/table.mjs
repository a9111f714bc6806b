// A table that follows its data. A row is kept as long as what it shows exists, and a cell is touched only when its
// figures changed: so a selection, a scroll position and a screen reader's place survive the seconds.
import { byId, element, setText } from './elements.mjs';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {string} [type] Class of its cells: `number`, `name`, ...
 * @property {(row: any) => readonly unknown[]} reads What the cell depends on.
 * @property {(row: any) => readonly (Node | string)[]} [show] The cell; the text of the first reading when left out.
 */

export class Table {
  /** @param {{ id: string, caption: string, columns: readonly Column[], key: (row: any) => string, empty: () => Node, isLong?: boolean }} spec */
  constructor(spec) {
    this.spec = spec;
    this.rows = new Map();
    this.home = byId(spec.id);
    this.body = element('tbody', {});
    const heads = spec.columns.map(({ title, type = '' }) => element('th', { scope: 'col', class: type }, title));
    const caption = element('caption', { class: 'unseen' }, spec.caption);
    const table = element('table', {}, caption, element('thead', {}, element('tr', {}, ...heads)), this.body);
    const className = spec.isLong ? 'wide long' : 'wide';
    this.wide = element('div', { class: className, tabindex: 0, role: 'region', 'aria-label': spec.caption }, table);
    this.isShown = undefined;
  }

  /** @param {readonly any[]} rows */
  show(rows) {
    const isShown = rows.length > 0;
    if (isShown !== this.isShown) this.home.replaceChildren(isShown ? this.wide : this.spec.empty());
    this.isShown = isShown;
    const seen = new Set();
    let before = this.body.firstElementChild;
    for (const row of rows) {
      const key = this.spec.key(row);
      if (seen.has(key)) continue;
      seen.add(key);
      const line = this.rows.get(key) ?? this.begin(key);
      this.fill(line, row);
      if (line.node === before) before = before.nextElementSibling;
      else this.body.insertBefore(line.node, before);
    }
    for (const [key, { node }] of this.rows) {
      if (seen.has(key)) continue;
      node.remove();
      this.rows.delete(key);
    }
  }

  begin(key) {
    const cells = this.spec.columns.map(({ type = '' }, i) =>
      i === 0 ? element('th', { scope: 'row', class: type }) : element('td', { class: type }),
    );
    const line = { node: element('tr', {}, ...cells), cells, read: [] };
    this.rows.set(key, line);
    return line;
  }

  fill(line, row) {
    this.spec.columns.forEach(({ reads, show }, i) => {
      const readings = reads(row);
      const state = JSON.stringify(readings);
      if (line.read[i] === state) return;
      line.read[i] = state;
      const cell = line.cells[i];
      if (show === undefined) setText(cell, String(readings[0]));
      else cell.replaceChildren(...show(row));
    });
  }
}
