// When a single run is long enough for its parts to say how far it can be trusted.
import { describe, expect, test } from 'vitest';
import { METRICS, TimeSeries, seconds } from '../../../core/index.ts';
import { stepOf } from '../../../core/metrics/log-scale.ts';
import type { Metrics } from '../../../core/index.ts';
import { windowParts } from '../../../experiments/run/window-parts.ts';

const OWN = Object.fromEntries(METRICS.map(({ name }) => [name, 50])) as Metrics; // METRICS names every key.
const WINDOW = { fromNs: 0, untilNs: seconds(20) };

/** Twenty seconds, so many requests in each; of every five one is late, at a place that differs from second to second. */
function series(
  inSecond: (second: number) => number,
  isAnswered: (request: number) => boolean = () => true,
): TimeSeries {
  const made = new TimeSeries(seconds(0.1));
  for (let second = 0; second < 20; second += 1) {
    for (let request = 0; request < inSecond(second); request += 1) {
      const atNs = seconds(second) + request;
      const latencyNs = 1_000_000 * (1 + ((request * 7 + second * 3) % 11));
      made.countArrival(atNs);
      if (isAnswered(request))
        made.countAnswer(atNs, atNs + latencyNs, (request + second * second) % 5 > 0, stepOf(latencyNs), 70);
      else made.countLoss(atNs, atNs);
    }
  }
  // The window ends with a bin that is in use.
  made.countArrival(seconds(19.95));
  return made;
}

describe('parts of a single run', () => {
  test('are there when each holds 30 requests', () => {
    const { values } = windowParts(
      series(() => 33),
      WINDOW,
      OWN,
    );
    expect(values.latency_mean_ms).toHaveLength(20);
    expect(values.attainment_percent).toHaveLength(20);
  });

  test('are not there when one holds fewer, and the note says how few', () => {
    const { values, notes } = windowParts(
      series((second) => (second === 7 ? 29 : 60)),
      WINDOW,
      OWN,
    );
    expect(values).toEqual({});
    expect(notes).toEqual([
      expect.stringMatching(/holds 29 of the 30 requests .* add replications or lengthen the run$/),
    ]);
  });

  test('have no latencies where too few of their requests were answered', () => {
    const { values } = windowParts(
      series(
        () => 40,
        (request) => request < 29,
      ),
      WINDOW,
      OWN,
    );
    expect(values.attainment_percent).toHaveLength(20);
    expect(values.latency_mean_ms).toBeUndefined();
    expect(values.latency_p50_ms).toBeUndefined();
  });
});
