/**
 * Writes the Twitter-like day of E7 and E8: `npx tsx experiments/configs/infaas/build-twitter-day.ts`. What is assumed
 * is in `twitter-day.ts`; a test compares the written files with those checked in.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dayFiles } from './day-files.ts';

for (const [file, text] of dayFiles()) {
  writeFileSync(fileURLToPath(new URL(file, import.meta.url)), text);
  process.stdout.write(`${file}: ${text.length} characters\n`);
}
