/**
 * Writes a file so that its name never stands for half of it: the text goes to a name of its own beside it, which takes
 * the final name when all is written, and is removed when anything fails.
 */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** @throws what the file system says; whoever calls it knows what the file is for. */
export async function writeWhole(path: string, text: string): Promise<void> {
  // Two processes may write the same report at once.
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}
