// The rules of the repository that neither the compiler nor the linter can state: who may import whom, what the
// deterministic half may not say, how files are named. Each rule is a pure function from a file to its violations.
// Invariant: a violation reads `path:line what is wrong; what to do`, so a failing test is its own explanation.
import { isBuiltin } from 'node:module';
import { lineAt } from './source.ts';
import type { Source } from './source.ts';

/** The folders that hold code, and what each may import besides itself and packages. */
export const layers: Readonly<Record<string, readonly string[] | 'everything'>> = {
  core: [],
  sim: ['core'],
  backends: ['core'],
  traces: ['core'],
  reports: ['core'],
  experiments: ['core', 'sim', 'backends', 'traces', 'live/world'],
  live: ['core', 'backends', 'traces'],
  // The launcher runs what was built.
  cli: ['core', 'sim', 'backends', 'traces', 'reports', 'experiments', 'live', 'dist'],
  test: 'everything',
};

/**
 * Where actors are made and interpreted; everything else talks to them through messages and ports. The states of
 * INFaaS's instances are a statechart as well, read as a table and never run as an actor.
 */
export const xstateHomes: readonly string[] = [
  'core/actors/',
  'sim/actors.ts',
  'live/world/',
  'core/policies/infaas-paper/instance-states.ts',
];

const lineLimit = 400;

/** What core and sim may not say, and what to say instead. */
const bannedTokens: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bDate\b/g, instead: 'time is the world’s: use the port’s now()' },
  { pattern: /\bperformance\s*\./g, instead: 'time is the world’s: use the port’s now()' },
  { pattern: /\bMath\s*\.\s*random\b/g, instead: 'chance comes from a named random stream' },
  { pattern: /\bMath\s*\.\s*pow\b/g, instead: 'its bits differ between Node versions: write a product' },
  { pattern: /\*\*/g, instead: 'its bits differ between Node versions: write a product' },
  { pattern: /\basync\s/g, instead: 'the kernel delivers; send a message' },
  { pattern: /\bawait\s/g, instead: 'the kernel delivers; send a message' },
  { pattern: /\bPromise(?:Like)?\b/g, instead: 'the kernel delivers; send a message' },
];

/** A folder imports only what lies below it. A file of code named by URL, to run as a thread, counts as imported. */
export function findLayerViolations({ path, imports }: Source): string[] {
  const folder = topFolder(path);
  const below = layers[folder] ?? [];
  if (below === 'everything') return [];
  return imports
    .filter(({ target, byUrl }) => {
      if (target === undefined || (byUrl && !/\.[jt]s$/.test(target))) return false;
      return ![folder, ...below].some((home) => isWithin(target, home));
    })
    .map(
      ({ specifier, line }) =>
        `${path}:${line} imports ${specifier}; ${folder} may import ${below.join(', ') || 'nothing of ours'}`,
    );
}

/**
 * From another top folder a file is reached through an index.ts where the folder has one. Tests may look inside.
 *
 * @param paths Every file of the repository.
 */
export function findBypassedIndexes({ path, imports }: Source, paths: ReadonlySet<string>): string[] {
  const folder = topFolder(path);
  if (folder === 'test') return [];
  return imports
    .filter(({ target, byUrl }) => {
      if (target === undefined || byUrl || topFolder(target) === folder) return false;
      return paths.has(`${topFolder(target)}/index.ts`) && !target.endsWith('/index.ts');
    })
    .map(({ specifier, line }) => `${path}:${line} imports ${specifier}; go through its folder’s index.ts`);
}

/** core and sim are deterministic: no clock, no chance, no promises, no Node. */
export function findNondeterminism({ path, code, imports }: Source): string[] {
  if (!['core', 'sim'].includes(topFolder(path))) return [];
  const tokens = bannedTokens.flatMap(({ pattern, instead }) =>
    [...code.matchAll(pattern)].map(
      (match) => `${path}:${lineAt(code, match.index)} says ${match[0].trim()}; ${instead}`,
    ),
  );
  const builtins = imports
    .filter(({ specifier }) => isBuiltin(specifier))
    .map(({ specifier, line }) => `${path}:${line} imports ${specifier}; core and sim know no Node`);
  return [...tokens, ...builtins];
}

/** The actor library stays in the files that make or interpret actors. */
export function findStrayXstate({ path, imports }: Source): string[] {
  if (topFolder(path) === 'test' || xstateHomes.some((home) => path.startsWith(home))) return [];
  return imports
    .filter(({ specifier }) => specifier === 'xstate' || specifier.startsWith('xstate/'))
    .map(({ line }) => `${path}:${line} imports xstate; only ${xstateHomes.join(', ')} may`);
}

/** A file is one idea; tests may list many cases. */
export function findLongFile(path: string, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (topFolder(path) === 'test' || lines <= lineLimit) return [];
  return [`${path}:${lines} is longer than ${lineLimit} lines; split it by idea`];
}

/** Everything has one name, given where it is defined. */
export function findDefaultExports({ path, code }: Source): string[] {
  return findMatches(code, /\bexport\s+default\b|\bas\s+default\b/g).map(
    (line) => `${path}:${line} exports a default; give it a name`,
  );
}

/** A focused test hides the others. */
export function findFocusedTests({ path, code }: Source): string[] {
  return findMatches(code, /\.only\s*[(.]/g).map((line) => `${path}:${line} focuses one test; remove .only`);
}

/** A note for later says when later is: `TODO(when Node 22 is the floor): ...`. */
export function findOpenEndedNotes({ path, comments }: Source): string[] {
  return findMatches(comments, /\b(?:FIXME|XXX|HACK)\b|\bTODO\b(?!\([^)]+\))/g).map(
    (line) => `${path}:${line} leaves a note without a condition; write TODO(condition) or do it`,
  );
}

/** A path of somebody's machine works on that machine only. */
export function findMachinePaths(path: string, text: string): string[] {
  const folders = ['home', 'root', 'tmp', 'work', 'Users'].join('|');
  return findMatches(text, new RegExp(`(?<![\\w.~:/}*-])/(?:${folders})/`, 'g')).map(
    (line) => `${path}:${line} names an absolute path; make it relative to the root or ask os.tmpdir()`,
  );
}

/** Files and folders are named in kebab-case; the names every repository shares keep their capitals. */
export function findBadName(path: string): string[] {
  const kebab = /^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*$/;
  const wellKnown = /^(?:README|CHANGELOG|CONTRIBUTING|LICENSE|NOTICE)(?:\.md)?$/;
  const bad = path.split('/').find((part) => !kebab.test(part) && !wellKnown.test(part));
  return bad === undefined ? [] : [`${path}:1 is not kebab-case at ${bad}; rename it`];
}

/** A document has one title. */
export function findTitleFault(path: string, text: string): string[] {
  const prose = text.replaceAll(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[`~]*[ \t]*$/gm, '');
  const count = findMatches(prose, /^# \S/gm).length;
  return count === 1 ? [] : [`${path}:1 has ${count} titles; a document has one line "# Title"`];
}

/** A lockfile that names registry hosts installs only where they answer. */
export function findResolvedUrls(path: string, text: string): string[] {
  return findMatches(text, /"resolved"\s*:/g).map(
    (line) => `${path}:${line} names a host; install with omit-lockfile-registry-resolved=true`,
  );
}

/** A dependency that can drift makes results that cannot be repeated. */
export function findUnpinned(path: string, text: string): string[] {
  const manifest: Partial<Record<string, Record<string, string>>> = JSON.parse(text);
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
    .flatMap((group) => Object.entries(manifest[group] ?? {}))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${path}:1 pins ${name} to ${version}; write one exact version`);
}

/** The folder directly below the root. */
export function topFolder(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The lines on which a pattern matches. */
function findMatches(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => lineAt(text, match.index));
}
