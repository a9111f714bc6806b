/** TorchServe numbers its workers from 9000, as texts. A worker keeps its number; no number is given twice. */

const FIRST = 9000;

export class WorkerIds {
  private readonly known = new Map<string, string>();

  /** @param label the service's own name of the worker. */
  of(label: string): string {
    const id = this.known.get(label) ?? String(FIRST + this.known.size);
    this.known.set(label, id);
    return id;
  }
}
