// Makes elements. Text is always set as text: no string from the server is ever read as markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} attributes `class`, `scope`, ...
 * @param {readonly (Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svgElement(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== undefined && value !== false) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`the page has no #${id}`);
  return node;
}

/** Touches the page only where something changed: selections and screen readers stay undisturbed. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** A state in a word and a colour. */
export function chip(text, tone) {
  return element('span', { class: `chip ${tone}` }, text);
}

/** What to do where there is nothing: a sentence, and the next step with a command in it. */
export function emptyState(title, before, command, after = '') {
  return element(
    'div',
    { class: 'empty' },
    element('strong', {}, title),
    element('p', {}, before, ...(command === '' ? [] : [element('code', {}, command)]), after),
  );
}
