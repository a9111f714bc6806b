// Every rule catches its planted violation and lets the nearest innocent pass.
import { describe, expect, test } from 'vitest';
import * as rules from './rules.ts';
import { parseSource } from './source.ts';

describe('imports', () => {
  test.each([
    "import { a } from './a.ts';",
    "import './a.ts';",
    "export * from './a.ts';",
    "const a = import('./a.ts');",
  ])('%s is found with its target', (text) => {
    expect(parseSource('core/b/c.ts', `\n${text}`).imports).toEqual([
      { specifier: './a.ts', line: 2, target: 'core/b/a.ts', byUrl: false },
    ]);
  });

  test('an import spread over lines is found on the line of its source', () => {
    const { imports } = parseSource('sim/a.ts', "import {\n  b,\n} from '../core/index.ts';");
    expect(imports.map(({ target, line }) => [target, line])).toEqual([['core/index.ts', 3]]);
  });

  test('an import quoted in a string or a comment is none', () => {
    const text = "const a = \"import { b } from './c.ts'\"; // import './d.ts'";
    expect(parseSource('core/a.ts', text).imports).toEqual([]);
  });
});

describe('layers', () => {
  const layerFaults = (path: string, specifier: string): string[] =>
    rules.findLayerViolations(parseSource(path, `import { a } from '${specifier}';`));

  test.each([
    ['core/time.ts', '../sim/kernel.ts'],
    ['sim/world.ts', '../backends/index.ts'],
    ['backends/onnx/engine.ts', '../../experiments/index.ts'],
    ['reports/page.ts', '../traces/index.ts'],
    ['experiments/run.ts', '../live/index.ts'],
    ['live/server.ts', '../sim/index.ts'],
    ['cli/main.ts', '../test/bench/main.ts'],
    ['core/time.ts', '../package.json'],
  ])('%s may not import %s', (path, specifier) => {
    expect(layerFaults(path, specifier)).toEqual([expect.stringMatching(`^${path}:1 imports ${specifier}; `)]);
  });

  test.each([
    ['core/policies/a.ts', '../time.ts'],
    ['sim/world.ts', '../core/index.ts'],
    ['experiments/run.ts', '../live/world/index.ts'],
    ['cli/main.ts', '../reports/index.ts'],
    ['test/sim/kernel.test.ts', '../../sim/kernel.ts'],
    ['test/cli/build.test.ts', '../../package.json'],
    ['core/actors/worker.ts', 'xstate'],
  ])('%s may import %s', (path, specifier) => {
    expect(layerFaults(path, specifier)).toEqual([]);
  });

  test('a file named by URL crosses layers like an import', () => {
    const source = parseSource('live/run.ts', "new Worker(new URL('../sim/thread.ts', import.meta.url));");
    expect(rules.findLayerViolations(source)).toHaveLength(1);
    const data = parseSource('traces/sample.ts', "readFileSync(new URL('../package.json', import.meta.url));");
    expect(rules.findLayerViolations(data)).toEqual([]);
  });

  test('a file behind an index is not imported from another folder', () => {
    const known = new Set(['core/index.ts']);
    const faults = (path: string, specifier: string): string[] =>
      rules.findBypassedIndexes(parseSource(path, `import '${specifier}';`), known);
    expect(faults('sim/a.ts', '../core/time.ts')).toEqual([
      expect.stringContaining('go through its folder’s index.ts'),
    ]);
    expect(faults('sim/a.ts', '../core/index.ts')).toEqual([]);
    expect(faults('core/a.ts', './time.ts')).toEqual([]);
    expect(faults('test/core/time.test.ts', '../../core/time.ts')).toEqual([]);
    expect(faults('experiments/a.ts', '../traces/poisson.ts')).toEqual([]);
  });

  test('xstate is imported where actors live and in tests only', () => {
    const faults = (path: string): string[] =>
      rules.findStrayXstate(parseSource(path, "import { setup } from 'xstate';"));
    expect(faults('sim/kernel.ts')).toHaveLength(1);
    expect(faults('reports/page.ts')).toHaveLength(1);
    expect(faults('core/actors/worker.ts')).toEqual([]);
    expect(faults('test/laws/actors.test.ts')).toEqual([]);
    expect(rules.findStrayXstate(parseSource('sim/a.ts', "import { a } from 'xstate/graph';"))).toHaveLength(1);
  });
});

describe('determinism', () => {
  const faults = (text: string, path = 'sim/kernel.ts'): string[] => rules.findNondeterminism(parseSource(path, text));

  test.each([
    'Date.now();',
    'new Date();',
    'performance.now();',
    'Math.random();',
    'Math\n  .pow(2, 3);',
    'const square = x ** 2;',
    'x **= 2;',
    'async function run() {}',
    'const run = async () => {};',
    'await run();',
    'return Promise.resolve();',
    'type Later = PromiseLike<number>;',
    "import { readFileSync } from 'node:fs';",
    "import { readFileSync } from 'fs';",
    'run(`${Date.now()}`);',
  ])('%s is caught', (text) => {
    expect(faults(text)).toEqual([expect.stringMatching(/^sim\/kernel\.ts:\d+ (says|imports) /)]);
  });

  test.each([
    '/** Bold **text**, a Date, a Promise, await it. */',
    "const message = 'Math.random() and 2 ** 3';",
    'const startDate = row.updated;',
    'const performanceRatio = 2 * 3;',
    "import { random } from './nodes.ts';",
  ])('%s passes', (text) => {
    expect(faults(text)).toEqual([]);
  });

  test('the other folders may use the clock', () => {
    expect(faults('await run(Date.now());', 'live/clock.ts')).toEqual([]);
  });
});

describe('files', () => {
  test('a file of 400 lines passes and one of 401 does not', () => {
    expect(rules.findLongFile('core/a.ts', 'x\n'.repeat(400))).toEqual([]);
    expect(rules.findLongFile('core/a.ts', 'x\n'.repeat(401))).toEqual([expect.stringContaining('core/a.ts:401 ')]);
    expect(rules.findLongFile('test/a.test.ts', 'x\n'.repeat(401))).toEqual([]);
  });

  test.each(['export default 1;', 'export { a as default };', "export { default as b } from 'c';\nexport default b;"])(
    '%s exports a default',
    (text) => {
      expect(rules.findDefaultExports(parseSource('core/a.ts', text))).toHaveLength(1);
    },
  );

  test('a default taken from a package and renamed is no default export', () => {
    const text = "import { default as seedrandom } from 'seedrandom';\nexport { default as b } from 'c';";
    expect(rules.findDefaultExports(parseSource('core/a.ts', text))).toEqual([]);
  });

  test('a focused test is caught, a word with “only” is not', () => {
    const faults = (text: string): string[] => rules.findFocusedTests(parseSource('test/a.test.ts', text));
    expect(faults('test.only(run);')).toHaveLength(1);
    expect(faults('describe.only.each(cases);')).toHaveLength(1);
    expect(faults('view.readonly(run); onlyOnce(run); // test.only(run)')).toEqual([]);
  });

  test('a note for later needs a condition', () => {
    const faults = (text: string): string[] => rules.findOpenEndedNotes(parseSource('core/a.ts', text));
    expect(faults('// TODO: faster')).toEqual([expect.stringMatching(/^core\/a\.ts:1 /)]);
    expect(faults('/* FIXME(me) */')).toHaveLength(1);
    expect(faults('// TODO(when Node 22 is the floor): drop the build')).toEqual([]);
    expect(faults("const word = 'TODO';")).toEqual([]);
  });

  test('a path of a machine is caught, a relative one and a route are not', () => {
    const absolute = ['', 'home', 'somebody', 'trace.csv'].join('/');
    expect(rules.findMachinePaths('a.ts', `read('${absolute}')`)).toEqual([expect.stringMatching(/^a\.ts:1 /)]);
    expect(rules.findMachinePaths('a.yaml', `\ntrace: ${absolute}`)).toEqual([expect.stringMatching(/^a\.yaml:2 /)]);
    expect(rules.findMachinePaths('a.ts', `read('..${absolute}'); fetch('http://host${absolute}')`)).toEqual([]);
  });

  test.each(['core/requestTable.ts', 'core/Policies/a.ts', 'test/a_b.test.ts', 'readme.MD'])(
    '%s is misnamed',
    (path) => {
      expect(rules.findBadName(path)).toHaveLength(1);
    },
  );

  test.each(['core/request-table.ts', 'test/a-b.test.ts', 'traces/README.md', '.ci/run', 'backends/mlp-1.0.yaml'])(
    '%s is well named',
    (path) => {
      expect(rules.findBadName(path)).toEqual([]);
    },
  );

  test('a document has one title; a comment in a code block is none', () => {
    const block = '```sh\n# not a title\n```\n';
    expect(rules.findTitleFault('a.md', `# Title\n\n${block}## Part\n`)).toEqual([]);
    expect(rules.findTitleFault('a.md', `${block}text\n`)).toEqual([expect.stringContaining('0 titles')]);
    expect(rules.findTitleFault('a.md', '# One\n# Two\n')).toEqual([expect.stringContaining('2 titles')]);
  });
});

describe('packages', () => {
  test('a lockfile entry with a host is caught on its line', () => {
    const text = JSON.stringify(
      { packages: { 'node_modules/a': { version: '1.0.0', resolved: 'https://host/a.tgz' } } },
      null,
      2,
    );
    expect(rules.findResolvedUrls('package-lock.json', text)).toEqual([
      expect.stringMatching(/^package-lock\.json:5 /),
    ]);
    expect(rules.findResolvedUrls('package-lock.json', text.replaceAll('resolved', 'integrity'))).toEqual([]);
  });

  test.each(['^1.2.3', '~1.2.3', '1', '*', 'latest', '>=1.2.3', 'file:../a', ''])(
    'the range %j is no pin',
    (version) => {
      expect(rules.findUnpinned('package.json', JSON.stringify({ devDependencies: { a: version } }))).toHaveLength(1);
    },
  );

  test('an exact version is a pin, a prerelease too', () => {
    const manifest = { dependencies: { a: '1.2.3', b: '2.0.0-rc.1' }, engines: { node: '>=20.19' } };
    expect(rules.findUnpinned('package.json', JSON.stringify(manifest))).toEqual([]);
  });
});
