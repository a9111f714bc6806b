// The list of skipped tests: grouped by reason, nothing left out.
import { expect, test } from 'vitest';
import { formatSkipped } from './skipped-reporter.ts';

test('a skipped test is named under the reason that stands in its name', () => {
  const text = formatSkipped([{ file: 'test/a.test.ts', name: 'reader > [needs REHEARSE_DATA] reads a trace' }]);
  expect(text.split('\n')).toEqual([
    '',
    ' Skipped 1 test:',
    '   needs REHEARSE_DATA',
    '     test/a.test.ts > reader > [needs REHEARSE_DATA] reads a trace',
  ]);
});

test('tests with one reason stand together, and those without a reason come last', () => {
  const text = formatSkipped([
    { file: 'test/a.test.ts', name: 'silent' },
    { file: 'test/b.test.ts', name: '[needs a GPU] two' },
    { file: 'test/c.test.ts', name: '[needs chromium] one' },
    { file: 'test/d.test.ts', name: '[needs a GPU] three' },
  ]);
  expect(text.split('\n').filter((line) => /^ {3}\S/.test(line))).toEqual([
    '   needs a GPU',
    '   needs chromium',
    '   no reason in the name',
  ]);
  expect(text).toContain('Skipped 4 tests');
  expect(text.match(/test\/\w\.test\.ts/g)).toHaveLength(4);
});

test('the note given while running counts as the reason', () => {
  expect(formatSkipped([{ file: 'test/a.test.ts', name: 'one', note: 'no port is free' }])).toContain(
    'no port is free\n',
  );
});
