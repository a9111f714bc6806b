/**
 * What has to be undone, in the reverse order of its making: for a start that fails half-way as for an orderly end. One
 * that fails to close keeps no other from closing.
 */
export class Closers {
  private readonly entries: (() => void | Promise<void>)[] = [];

  add(close: () => void | Promise<void>): void {
    this.entries.push(close);
  }

  /** @returns what was thrown on the way. */
  async closeAll(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (let close = this.entries.pop(); close !== undefined; close = this.entries.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}
