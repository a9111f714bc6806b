/**
 * The path of one request crosses scheduler, policies, worker, ledger and recorder: dozens of small functions that
 * V8 would inline, were its budget for one function not spent half-way. A larger budget makes a run about a tenth
 * faster (`npm run bench -- kernel`, measured in CPU time, Node 20). It changes no result.
 */
import { setFlagsFromString } from 'node:v8';

/** Call before the first run of a process or thread; functions that are compiled already keep their code. */
export function allowDeepInlining(): void {
  setFlagsFromString('--max-inlined-bytecode-size=1000');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
}
