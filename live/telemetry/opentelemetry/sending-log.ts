/** Tells how the sending of telemetry goes: a line when it stops working and when it works again, counts in between. */
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import { shownText } from '../logs/shown-text.ts';
import type { SendingReport } from './watched-exporter.ts';

const MESSAGE_MOST = 200;

export class SendingLog {
  readonly report: SendingReport;

  /** @param droppedLines lines that the log could not write so far. */
  constructor(logger: Logger, registry: Registry, droppedLines: () => number) {
    const registers = [registry];
    const sent = new Counter({
      name: 'rehearse_telemetry_sendings_total',
      help: 'Sendings of telemetry to a collector',
      labelNames: ['signal', 'result'],
      registers,
    });
    let droppedSeen = 0;
    const dropped = new Counter({
      name: 'rehearse_log_lines_dropped_total',
      help: 'Lines of the log that could not be written',
      registers,
      collect: () => {
        const now = droppedLines();
        dropped.inc(now - droppedSeen);
        droppedSeen = now;
      },
    });
    const working = new Map<string, boolean>();
    this.report = (signal, ok, message) => {
      sent.inc({ signal, result: ok ? 'ok' : 'failed' });
      const was = working.get(signal) ?? true;
      working.set(signal, ok);
      if (was === ok) return;
      const line = { event: 'telemetry', signal, reason: ok ? undefined : shownText(message, MESSAGE_MOST) };
      if (ok) logger.info(line, 'telemetry is sent again');
      else logger.warn(line, 'telemetry cannot be sent; serving goes on without it');
    };
  }
}
