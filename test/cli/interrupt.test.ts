// Ctrl-C in the middle, and a reader that goes: what was finished is kept whole, and nobody sees a stack trace.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ExperimentResult } from '../../core/index.ts';
import { arrivingAtRandom, echoFolder, readRows } from '../fixtures/echo.ts';
import { filesIn, rehearse } from './command.ts';
import type { Surroundings } from './command.ts';

/** A cell that is done at once, and one that takes minutes. */
const LONG = { grid: { duration: ['100 ms', '100000 s'] }, request_rows: 1000, workload: arrivingAtRandom('50/s') };

/** Sends the signal when the first line of progress is there. */
const signalled = (signal: NodeJS.Signals): NonNullable<Surroundings['onStart']> => {
  let sent = false;
  return (child) => {
    child.stderr.on('data', (text: string) => {
      if (sent || !text.includes('runs,')) return;
      sent = true;
      child.kill(signal);
    });
  };
};

describe('a run that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('by %s keeps what is finished, in whole files', async (signal) => {
    const cwd = echoFolder(LONG);
    const args = ['run', 'echo-run.yaml', '--jobs', '1', '--out', 'out'];
    const { status, stdout, stderr } = await rehearse(args, { cwd, onStart: signalled(signal), env: { TMPDIR: cwd } });
    expect(status).toBe(1);
    expect(stderr).toContain('interrupted: what is finished is kept');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toContain('Interrupted: only one cell finished.');
    const out = join(cwd, 'out');
    const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as ExperimentResult; // Checked below.
    expect(result.complete).toBe(false);
    expect(result.cells.map(({ label }) => label)).toEqual(['plain, duration 100 ms']);
    expect(readRows(join(out, 'requests.csv')).length).toBeGreaterThan(0);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/<\/html>\s*$/);
    // No half-written file, and no scratch folder: TMPDIR is this folder.
    const stray = filesIn(cwd).filter((file) => !file.startsWith('out/') || /partial|probe/.test(file));
    expect(stray.filter((file) => !file.startsWith('tsx-'))).toEqual(['echo-run.yaml', 'echo.yaml']);
  });

  test('does not begin the next config', async () => {
    const cwd = echoFolder(LONG);
    const text = readFileSync(join(cwd, 'echo-run.yaml'), 'utf8');
    writeFileSync(join(cwd, 'next.yaml'), text.replace('100000 s', '200 ms'));
    const args = ['run', 'echo-run.yaml', 'next.yaml', '--jobs', '1', '--out', 'out', '--json'];
    const { status, stdout } = await rehearse(args, { cwd, onStart: signalled('SIGINT') });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ experiments: [{ name: 'echo-run', complete: false }] });
    expect(filesIn(join(cwd, 'out')).some((file) => file.startsWith('next/'))).toBe(false);
  });

  test('keeps the configs before it and their claims', async () => {
    const policies = [{ name: 'plain' }, { name: 'pairs', batching: { policy: 'fixed', max_batch: 2 } }];
    const claim = {
      claim: 'H1',
      says: 'so',
      metric: 'goodput_rps',
      better: 'pairs',
      than: 'plain',
      direction: 'higher',
    };
    const cwd = echoFolder({ duration: '200 ms', policies, expect: [claim] });
    const first = JSON.parse(readFileSync(join(cwd, 'echo-run.yaml'), 'utf8')) as object;
    writeFileSync(join(cwd, 'long.yaml'), JSON.stringify({ ...first, ...LONG, expect: undefined }));
    const args = ['run', 'echo-run.yaml', 'long.yaml', 'echo-run-2.yaml', '--jobs', '1', '--out', 'out'];
    writeFileSync(join(cwd, 'echo-run-2.yaml'), JSON.stringify(first));
    const onStart: Surroundings['onStart'] = (child) => {
      let sent = false;
      child.stderr.on('data', (text: string) => {
        if (sent || !text.includes('duration 100 ms')) return;
        sent = true;
        child.kill('SIGINT');
      });
    };
    const { status, stdout } = await rehearse(args, { cwd, onStart });
    expect(status).toBe(1);
    expect(stdout).toContain('Claims over one experiment');
    const files = filesIn(join(cwd, 'out'));
    expect(files).toEqual(expect.arrayContaining(['claims.json', 'echo-run/result.json', 'long/result.json']));
    expect(files.some((file) => file.startsWith('echo-run-2/'))).toBe(false);
  });

  test('before anything was finished still gives a report that says so', async () => {
    const cwd = echoFolder({ ...LONG, grid: {}, duration: '100000 s' });
    // The output folder is made right before the first task is handed out.
    const onStart: Surroundings['onStart'] = (child) => {
      child.once('exit', () => clearInterval(watch));
      const watch = setInterval(() => {
        if (!existsSync(join(cwd, 'out'))) return;
        clearInterval(watch);
        child.kill('SIGINT');
      }, 20);
    };
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--out', 'out'], { cwd, onStart });
    expect(status).toBe(1);
    expect(stdout).toContain('Nothing was measured.');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(JSON.parse(readFileSync(join(cwd, 'out', 'result.json'), 'utf8'))).toMatchObject({
      complete: false,
      cells: [],
    });
  });
});

describe('a reader that goes away', () => {
  test.each(['stdout', 'stderr'] as const)('from %s does not end a run', async (stream) => {
    const cwd = echoFolder({ duration: '100 ms' });
    const onStart: Surroundings['onStart'] = (child) => child[stream].destroy();
    const ended = await rehearse(['run', 'echo-run.yaml', '--out', 'out'], { cwd, onStart });
    expect(ended.status).toBe(0);
    expect(stream === 'stdout' ? ended.stderr : ended.stdout).not.toMatch(/EPIPE|^\s+at /m);
    expect(filesIn(join(cwd, 'out'))).toContain('report.html');
  });

  test.each([['schema'], ['policies', '--json']])('leaves “%s” without a word', async (...args) => {
    const { status, stderr } = await rehearse(args, { onStart: (child) => child.stdout.destroy() });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('does not make an invalid run a valid one', async () => {
    const overload = { duration: '50 ms', workload: arrivingAtRandom('900/s'), limits: { drain: '1 ms' } };
    const cwd = echoFolder(overload);
    const onStart: Surroundings['onStart'] = (child) => child.stdout.destroy();
    expect((await rehearse(['run', 'echo-run.yaml', '--out', 'out'], { cwd, onStart })).status).toBe(1);
  });
});
