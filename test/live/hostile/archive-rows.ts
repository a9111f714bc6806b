/** Archives that are traps, and what lies in them beside a model. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RawEntry } from '../models/archives.ts';
import { archiveOf, rawArchive } from '../models/archives.ts';
import { call } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';
import { register } from './name-rows.ts';
import { LINEAR, expectTrapRefused, filesBelow } from './trap.ts';

const MANIFEST = {
  runtime: 'python',
  model: { modelName: 'trap', serializedFile: 'linear.onnx', handler: 'image_classifier', modelVersion: '1.0' },
};

function filesOf(more: Readonly<Record<string, string | Uint8Array>> = {}): Record<string, string | Uint8Array> {
  return { 'MAR-INF/MANIFEST.json': JSON.stringify(MANIFEST), 'linear.onnx': readFileSync(LINEAR), ...more };
}

function archive(what: string, entries: readonly RawEntry[], why: RegExp, count?: number): HostileTry {
  return {
    what,
    run: async (server) => {
      const content = Object.entries(filesOf()).map(([name, bytes]) => ({ name, content: Buffer.from(bytes) }));
      const path = rawArchive([...content, ...entries], count);
      copyFileSync(path, join(server.folder.path, 'store', 'trap.mar'));
      await expectTrapRefused(server, 'trap.mar', why);
      expect(existsSync(join(server.folder.path, 'escaped'))).toBe(false);
    },
  };
}

const X = Buffer.from('x');
/** A bomb without nesting: its place in the archive is behind the two files of `filesOf`. */
const KERNEL = { name: 'kernel', content: Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * at) % 251)) };
const SHARING = Array.from({ length: 30 }, (_, at) => ({ name: `shared${at}`, sharesWith: 2 }));

export const archiveRows: readonly HostileRow[] = [
  {
    row: 'archive with `../../x`, absolute names, symlinks, device files, 42.zip, 1e6 entries, duplicate names, name case tricks',
    precedent: 'ZipSlip, CVE-2023-48299',
    tries: [
      archive('a name that climbs', [{ name: '../../escaped', content: X }], /leads out/),
      archive('an absolute name', [{ name: '/escaped', content: X }], /absolute/),
      archive('a backslash', [{ name: String.raw`..\escaped`, content: X }], /backslash/),
      archive(
        'a symbolic link',
        [{ name: 'escaped', content: Buffer.from('/etc/passwd'), mode: 0o120_777 }],
        /link|kind|regular/,
      ),
      archive('a device', [{ name: 'escaped', mode: 0o020_666 }], /device|kind|regular/),
      archive('a bomb', [{ name: 'zeros', content: Buffer.alloc(2_000_000) }], /times|ratio|larger/),
      {
        what: 'a model that is larger than it says',
        run: async (server) => {
          const { 'linear.onnx': model, ...others } = filesOf();
          const content = Object.entries(others).map(([name, bytes]) => ({ name, content: Buffer.from(bytes) }));
          const lie = { name: 'linear.onnx', content: Buffer.from(model), says: { uncompressedSize: 10 } };
          copyFileSync(rawArchive([...content, lie]), join(server.folder.path, 'store', 'trap.mar'));
          await expectTrapRefused(server, 'trap.mar', /./);
        },
      },
      archive(
        'a thousand entries',
        Array.from({ length: 1000 }, (_, at) => ({ name: `f${at}`, content: X })),
        /entries|more than 50/,
      ),
      archive('entries that share their bytes', [KERNEL, ...SHARING], /overlap/),
      archive('a name twice', [{ name: 'linear.onnx', content: X }], /twice/),
      archive('a name in two cases', [{ name: 'Linear.ONNX', content: X }], /twice/),
      archive('fewer entries than it says', [], /./, 60_000),
      {
        what: 'what is no archive',
        run: async (server) => {
          server.folder.write('store/trap.mar', 'PK\u0003\u0004 no');
          await expectTrapRefused(server, 'trap.mar', /./);
        },
      },
    ],
  },
  {
    row: 'YAML/pickle/Python in an archive',
    precedent: "ShellTorch's second half, SnakeYAML CVE-2022-1471",
    tries: [
      {
        what: 'of a config is refused where it wants to be executed',
        run: async (server) => {
          const yaml = 'handler: !!python/object/apply:os.system ["touch escaped"]\n';
          copyFileSync(
            await archiveOf(filesOf({ 'model-config.yaml': yaml })),
            join(server.folder.path, 'store', 'trap.mar'),
          );
          await expectTrapRefused(server, 'trap.mar', /./);
          expect(existsSync(join(server.folder.path, 'escaped'))).toBe(false);
        },
      },
      {
        what: 'beside a model is not looked at',
        run: async (server) => {
          const code = {
            'handler.py': 'import os; os.system("touch escaped")',
            'x.pkl': "cos\nsystem\n(S'touch escaped'\ntR.",
          };
          copyFileSync(await archiveOf(filesOf(code)), join(server.folder.path, 'store', 'code.mar'));
          expect((await register(server, 'code.mar', '&model_name=code')).status).toBe(200);
          expect(filesBelow(server).filter((path) => /escaped|handler\.py|x\.pkl/.test(path))).toEqual([]);
          expect((await call(`DELETE ${server.addressOf('torchserve-management')}/models/code`)).status).toBe(200);
        },
      },
      {
        what: 'aliases that grow without end',
        run: async (server) => {
          const levels = Array.from({ length: 20 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`);
          const yaml = ['a0: &a0 [x, x]', ...levels, ''].join('\n');
          copyFileSync(
            await archiveOf(filesOf({ 'model-config.yaml': yaml })),
            join(server.folder.path, 'store', 'trap.mar'),
          );
          await expectTrapRefused(server, 'trap.mar', /./);
        },
      },
    ],
  },
];
