/** A real browser where this host has one: CHROMIUM_PATH, or chromium as systems install it. */
import { existsSync } from 'node:fs';

const PLACES = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Undefined where there is none. */
export const chromiumPath = PLACES.find((path) => path !== undefined && existsSync(path));
