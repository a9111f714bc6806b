#!/usr/bin/env node
// The launcher of the rehearse command: checks what a user most often forgets (Node's version, npm ci, a build that
// matches the sources), says so in one line, and otherwise hands over to dist/cli/main.js. It parses no arguments.
// Invariant: nothing but Node's own modules is loaded before the checks have passed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findStaleness, root } from './build-stamp.js';

const obstacle = findObstacle();
if (obstacle === undefined) {
  const { main } = await import(new URL('../dist/cli/main.js', import.meta.url).href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write(`rehearse: ${obstacle}\n`);
  process.exitCode = 2;
}

/** @returns {string | undefined} What keeps the command from running and what to do about it. */
function findObstacle() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return `needs Node 20.19 or newer, this is ${process.versions.node}`;
  }
  // One package stands for all: npm ci installs everything or nothing.
  if (!existsSync(join(root, 'node_modules', 'xstate'))) return 'the packages are not installed; run: npm ci';
  const staleness = findStaleness();
  return staleness && `${staleness}; run: npm run build`;
}
