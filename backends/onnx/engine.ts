/** The parent's handle of one engine process: what the generic child is told and answers, with its types. */
import type { Bytes, Nanos } from '../../core/index.ts';
import type { Child, ChildEnd, ChildFailure } from '../process/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import type { Command, LoadReport, LoadSpec, RunInputs, RunReport, UnloadReport } from './engine-protocol.ts';

export type EngineFailure = ChildFailure;
export type EngineEnd = ChildEnd;

export type EngineResult<Report> =
  | { readonly ok: true; readonly report: Report }
  | { readonly ok: false; readonly failure: EngineFailure };

/** What a run gave. */
export interface RunOutputs extends Pick<RunReport, 'inferStartedNs' | 'inferEndedNs'> {
  /** For each run its outputs. Their bytes are valid until the next command. */
  readonly runs: readonly (readonly TensorValue[])[];
}

export class Engine {
  private readonly child: Child;

  constructor(child: Child) {
    this.child = child;
  }

  /** Process id; undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Fulfilled when the process is gone and everything it said has been read. */
  get ended(): Promise<EngineEnd> {
    return this.child.ended;
  }

  /** Reads, verifies, creates and warms up a model. @param timeoutNs then the process is killed. */
  load(spec: LoadSpec, timeoutNs?: Nanos): Promise<EngineResult<LoadReport>> {
    return this.request<LoadReport>({ type: 'load', spec }, 0, timeoutNs);
  }

  /** Where the tensors of the next run go. @throws Error when they are more than a run may bring. */
  room(bytes: Bytes): Uint8Array {
    return this.child.room(bytes);
  }

  /**
   * Runs what lies in `room`.
   *
   * @param runs one after another; each names the places of its tensors in the room.
   * @param bytes of the room that are used. @param timeoutNs then the process is killed.
   */
  async run(runs: readonly RunInputs[], bytes: Bytes, timeoutNs?: Nanos): Promise<EngineResult<RunOutputs>> {
    const command: Command = { type: 'run', runs };
    const result = await this.child.request({ name: 'run', command, dataBytes: bytes }, timeoutNs);
    if (!result.ok) return result;
    // The engine answers a run with the report of a run.
    const { runs: places, inferStartedNs, inferEndedNs } = result.report as RunReport;
    const outputs = places.map((outputs_) =>
      outputs_.map(({ name, type, shape, at, bytes: size }) => ({
        name,
        type,
        shape,
        bytes: result.data.subarray(at, at + size),
      })),
    );
    return { ok: true, report: { runs: outputs, inferStartedNs, inferEndedNs } };
  }

  /** Releases the model and ends the process; `ended` says when it is gone. */
  async unload(timeoutNs?: Nanos): Promise<EngineResult<UnloadReport>> {
    this.child.expectEnd();
    const result = await this.request<UnloadReport>({ type: 'unload' }, 0, timeoutNs);
    // It has released all it held, and a kill cannot hang as an orderly exit of native code can.
    this.kill();
    return result;
  }

  /** Ends the process at once, also in the middle of a run. The command under way fails as `killed`. */
  kill(): void {
    this.child.kill();
  }

  private async request<Report>(command: Command, dataBytes: Bytes, timeoutNs?: Nanos): Promise<EngineResult<Report>> {
    const result = await this.child.request({ name: command.type, command, dataBytes }, timeoutNs);
    // The engine answers each command with its own kind of report.
    return result.ok ? { ok: true, report: result.report as Report } : result;
  }
}
