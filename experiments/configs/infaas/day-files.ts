/** The files of the Twitter-like day: its traffic as counts per second, and the configs of E7 and E8. */
import { formatDuration } from '../../../core/index.ts';
import { ARCHITECTURES, GPU_MACHINES, ZIPF_EXPONENT } from './twitter-day.ts';
import { dayCatalogue, requestsPerSecond, servedBy, staticCapacityRps, staticWorkers } from './twitter-day.ts';
import type { Served } from './twitter-day.ts';

const DAY_FILE = 'twitter-like-day.csv';

/** Text by file name. */
export function dayFiles(): Map<string, string> {
  const served = servedBy(dayCatalogue());
  const capacityRps = staticCapacityRps(served);
  const counts = requestsPerSecond(capacityRps);
  return new Map([
    [DAY_FILE, `requests\n${counts.join('\n')}\n`],
    ['e7-twitter-day.yaml', wholeSystem(served, capacityRps)],
    ['e8-heterogeneity.yaml', heterogeneity(served)],
  ]);
}

const WRITTEN = `# Written by: npx tsx experiments/configs/infaas/build-twitter-day.ts
# Change twitter-day.ts (what is assumed) or day-files.ts (the text), never this file.`;

function wholeSystem(served: readonly Served[], capacityRps: number): string {
  const clipper = [...staticWorkers(served)].map(([variant, count]) => `        ${variant}: ${count}`).join('\n');
  const single = served.map(({ chosen }) => `        ${chosen.name}: 1`).join('\n');
  return `# E7: the whole system on a day like Twitter's: 22 architectures, three kinds of machine, everything scales.
#
${WRITTEN}
#
# Assumed, before any result was looked at (infaas-paper-half came later, as it says):
#   traffic     No Twitter trace is at hand: ${DAY_FILE} is a sine with eight spikes, a day in an hour. Its busiest
#               second asks for 1.5 times what the static cluster can answer (${Math.round(capacityRps)} requests/s), as
#               Proteus says of its replay of the same month.
#   popularity  Zipf ${ZIPF_EXPONENT}, in alphabetical order.
#   objectives  In turn 2 x the fastest CPU variant, 1.2 x the GPU's batch of 8, and 50 ms.
#   clipper     A developer deploys on GPUs, the largest batch that leaves half of the objective for queueing, on
#               ${GPU_MACHINES} machines that are rented all day. Nothing scales.
#   sagemaker   The same variants, one copy each at first; each is replicated by itself, and machines come and go.
#   infaas      Starts with one machine of each kind and nothing loaded.
# The paper's own numbers are for its cluster and its day; only directions and rough ratios can be compared.

name: infaas-e7-twitter-day
question: On a day like Twitter's, what does choosing variants and hardware by itself gain over choosing them beforehand?

${frameText(served)}

policy_defaults:
  batching: work-conserving
  admission: all

policies:
  - name: clipper
    modules: [{ policy: clipper-plus }]
    placement: spread
    fleet:
      machines: { p3.2xlarge: ${GPU_MACHINES} }
      workers:
${clipper}
  - name: sagemaker
    modules: [{ policy: sm-plus }]
    fleet:
      machines: { p3.2xlarge: { count: 3, max: ${GPU_MACHINES} } }
      workers:
${single}
  - name: infaas
    modules: [{ policy: infaas }]
  - name: infaas-paper
    modules: [{ policy: infaas-paper }]
  # Added after the first results: the developers of the baselines leave half of the objective for queueing, while the
  # paper's rule (T_inf <= S) lets an execution take all of it.
  - name: infaas-paper-half
    modules: [{ policy: infaas-paper, latency_share: 0.5 }]

limits: { timeout: 10 s, hold: 100000, workers: 1024, machines: 64 }
compare: [violations_percent, goodput_rps, cost_usd, instance_cost_usd, latency_p99_ms]

expect:
  - claim: H1
    says: INFaaS answers more queries within their objective than systems that fix the variant
    metric: goodput_rps
    better: infaas
    than: [clipper, sagemaker]
    direction: higher
    paper: 1.3
  - claim: H2
    says: INFaaS violates latency objectives less often
    metric: violations_percent
    better: infaas
    than: [clipper, sagemaker]
    direction: lower
    paper: 1.6
  - claim: H4
    says: INFaaS costs less, in machine-hours
    metric: cost_usd
    better: infaas
    than: [clipper, sagemaker]
    direction: lower
    paper: 8.5
`;
}

function heterogeneity(served: readonly Served[]): string {
  const between = served.filter(({ latencyNs }) => latencyNs >= 22e6 && latencyNs <= 100e6);
  return `# E8: what Inferentia adds. The day of E7 without and with machines that carry it, for the architectures whose
# objective lies between 22 ms and 100 ms: there an Inferentia core is fast enough, and much cheaper than a GPU.
#
${WRITTEN}

name: infaas-e8-heterogeneity
question: Does one more kind of hardware make the same service cheaper?

${frameText(between)}

policy_defaults:
  batching: work-conserving

policies:
  - name: cpu-gpu
    modules: [{ policy: infaas }]
    fleet:
      machines: { m5.2xlarge: { count: 1, max: 5 }, p3.2xlarge: { count: 1, max: ${GPU_MACHINES} } }
  - name: cpu-gpu-inferentia
    modules: [{ policy: infaas }]

limits: { timeout: 10 s, hold: 100000, workers: 1024, machines: 64 }
compare: [cost_usd, instance_cost_usd, violations_percent, goodput_rps]

expect:
  - claim: E8
    says: With Inferentia the same queries cost less, in machine-hours
    metric: cost_usd
    better: cpu-gpu-inferentia
    than: cpu-gpu
    direction: lower
  - claim: E8
    says: With Inferentia the memory that workers hold costs less
    metric: instance_cost_usd
    better: cpu-gpu-inferentia
    than: cpu-gpu
    direction: lower
  - claim: E8
    says: Violations do not rise
    metric: violations_percent
    better: cpu-gpu-inferentia
    than: cpu-gpu
    direction: equal
    tolerance: 1
`;
}

/** What both experiments run: the day, all variants, one machine of each kind at the start. */
function frameText(served: readonly Served[]): string {
  return `seed: 1
replications: 3
duration: 60 min
warm_up: 2 min
request_rows: 100000

catalogue:
${catalogueText()}
  sampling: mean

fleet:
  machines:
    m5.2xlarge: { count: 1, max: 5 }
    p3.2xlarge: { count: 1, max: ${GPU_MACHINES} }
    inf1.2xlarge: { count: 1, max: 7 }

workload:
${workloadText(served)}`;
}

function catalogueText(): string {
  const picks = ARCHITECTURES.map((architecture) => `    - { architecture: ${architecture} }`);
  return `  variants:\n${picks.join('\n')}`;
}

function workloadText(served: readonly Served[]): string {
  const queries = served.map(
    ({ architecture, latencyNs }) =>
      `    - { application: ${architecture}, architecture: ${architecture}, latency: ${formatDuration(latencyNs)} }`,
  );
  return `  arrivals: { process: trace, file: ${DAY_FILE}, format: counts, columns: { count: requests, interval: 1 s } }
  popularity: { law: zipf, exponent: ${ZIPF_EXPONENT} }
  queries:
${queries.join('\n')}`;
}
