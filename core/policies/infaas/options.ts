/**
 * The options of INFaaS: its modes as the release names them, and one switch for each known mistake of the released
 * code. A switch is off by default, which does what the authors evidently meant; on, it repeats the release.
 */
import type { OptionValues, Options } from '../../options.ts';
import { milliseconds } from '../../time.ts';
import { AUTOSCALERS, LOOSE_SLO_MS, MODES, TIGHT_SLO_MS } from './constants.ts';

export const INFAAS_OPTIONS = {
  mode: {
    kind: 'choice',
    choices: MODES,
    default: 'gpu-share-trigger-skip-blacklist',
    doc: 'Decision mode of the master, 0 to 7 in the order listed; the release starts with gpu-share-trigger-skip-blacklist.',
  },
  autoscaler: {
    kind: 'choice',
    choices: AUTOSCALERS,
    default: 'infaas',
    doc: 'Autoscaler type of the workers, 0 to 3 in the order listed: none and static stand for systems that do not scale, individual replicates each variant by itself.',
  },
  slackGpu: {
    kind: 'count',
    default: 0,
    doc: 'Initial GPU machines that are kept free for a variant that gets busy; fewer than all of them, 0 switches it off.',
  },
  looseSlo: {
    kind: 'duration',
    default: milliseconds(LOOSE_SLO_MS),
    minimum: 0,
    doc: 'Objectives above it are loose: selection passes over variants that take less than it, so that accelerators are left to those who need them. Networks much faster than those of the paper want more.',
  },
  tightSlo: {
    kind: 'duration',
    default: milliseconds(TIGHT_SLO_MS),
    minimum: 0,
    doc: 'For objectives up to it the search by architecture starts no CPU variant. Where CPUs are fast enough for any objective, 0.',
  },
  accuracyEdges: {
    kind: 'text',
    default: '0 50 70 75 78 100',
    doc: 'Edges of the bins that the variants of a use case are sorted into by accuracy, in percent, ascending from 0 to 100; a value on an edge belongs to the lower bin.',
  },
  bugCandidateOverflow: {
    kind: 'flag',
    default: false,
    doc: 'Keeps the number of candidates of the use-case search in a signed byte, so that it wraps: off, a latency objective above 511 ms only allows more candidates; on, some objectives see all of them and some see none.',
  },
  bugCacheUnkeyed: {
    kind: 'flag',
    default: false,
    doc: 'Shares the cache of recent answers between use cases: off, each use case has its own; on, a query can be answered by a variant for another task.',
  },
  bugColdHerding: {
    kind: 'flag',
    default: false,
    doc: 'Places every query anew while its variant loads: off, queries wait for the load that is under way; on, they may load the variant on several machines.',
  },
  bugAverageBatchFloor: {
    kind: 'flag',
    default: false,
    doc: 'Rounds the mean inputs of a request down: off, the mean is exact; on, 1.9 inputs count as 1.',
  },
  bugScaledownNeverCleared: {
    kind: 'flag',
    default: false,
    doc: 'Lets the sign that accelerators of an architecture are hardly used stand until one of its variants is loaded: off, the monitor takes it back when they are used again.',
  },
  bugGlobalUnloading: {
    kind: 'flag',
    default: false,
    doc: 'Hides a variant from selection everywhere while one machine unloads its last replica: off, the other machines go on.',
  },
  bugScoreCeiling: {
    kind: 'flag',
    default: false,
    doc: 'Never selects a candidate whose score is 100 s or more, such as one that is so much faster than its objective or takes so long to load: off, scores have no ceiling.',
  },
  bugFirstFastestMayNotFit: {
    kind: 'flag',
    default: false,
    doc: 'Takes the fastest variant for loose objectives of an architecture without CPU variants whether or not it takes the inputs, so that such queries are rejected: off, the fastest that takes them.',
  },
  bugIdleSlo: {
    kind: 'flag',
    default: false,
    doc: 'Lets the mean latency objective of an instance without requests fall to 0, so that an accelerator that nobody uses does not count as hardly used: off, the mean of the last requests stands.',
  },
  // Of model scaling and machine scaling:
  bugMemorySlack: {
    kind: 'flag',
    default: false,
    doc: 'Leaves 1 KB of memory free when replicas are added: off, 1 GB as the comment in the release says.',
  },
  bugDroppedVmFlags: {
    kind: 'flag',
    default: false,
    doc: 'Drops the requests for machines that were raised between two machine scalings: off, they are kept.',
  },
  bugInferentiaMarker: {
    kind: 'flag',
    default: false,
    doc: 'Takes the marker for machines without Inferentia for a utilisation, so that one is started at once where it is allowed: off, only Inferentia machines count.',
  },
  bugHeadroomOfFastest: {
    kind: 'flag',
    default: false,
    doc: 'Keeps next to no capacity of the fastest running accelerator variant free (0.0002 inputs/s a millisecond of load time): off, that share of its capacity, as for every other variant, both before an upgrade and after a downgrade.',
  },
  bugUnmeasuredBatch: {
    kind: 'flag',
    default: false,
    doc: 'Gives Inferentia variants that have served nothing yet batches of no inputs and hence no capacity, so that scaling never starts one: off, they count with single inputs.',
  },
  bugTypeChoiceIgnoresMaximum: {
    kind: 'flag',
    default: false,
    doc: 'Chooses the type of a new machine without asking whether that type is at its maximum, so that nothing is started then: off, the next type with room is taken.',
  },
  bugFullAcceleratorsIgnored: {
    kind: 'flag',
    default: false,
    doc: 'Leaves accelerators that are fully used out of average utilisations, so that machines are removed earlier: off, only machines without the accelerator are left out.',
  },
  bugMissingHardwareIsIdle: {
    kind: 'flag',
    default: false,
    doc: 'Takes accelerators that no machine has for idle ones, so that without Inferentia machines a GPU machine is removed as soon as CPUs are idle on average: off, only accelerators that exist count.',
  },
  failover: {
    kind: 'flag',
    default: false,
    doc: 'Replaces a machine that is lost by one of the same type with the same variants, as in section 7 of the paper; the released code does not.',
  },
} as const satisfies Options;

export type InfaasOptions = OptionValues<typeof INFAAS_OPTIONS>;
