/** Where commands of the server's owner put the files of models that they register. */
import { join } from 'node:path';

/** @param state the state folder. */
export function incomingFolder(state: string): string {
  return join(state, 'incoming');
}
