/** What `--json` writes to standard output: one value and nothing else. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 1)}\n`);
}
