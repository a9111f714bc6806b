/**
 * What a comparison of simulated and live runs leaves out, as data: what only one of the worlds has, why, and which way
 * it moves the figures. The README's list of what is not modelled says more about models that have no live counterpart.
 */
import type { Exclusion } from '../../../core/index.ts';

export const EXCLUSIONS: readonly Exclusion[] = [
  {
    what: 'network',
    where: 'simulated only',
    why: 'live requests are issued inside the process of the service; a config with a network gets its delays in simulation alone',
  },
  {
    what: 'faults',
    where: 'simulated only',
    why: 'a live run injects none: crashing real processes would measure the operating system',
  },
  {
    what: 'contention as modelled',
    where: 'simulated only',
    why: 'workers that want more cores than there are share them by a formula in simulation; live, the operating system shares them',
  },
  {
    what: "the client's own time",
    where: 'live only',
    why: 'the load generator shares the cores of the service; what it issues late counts as latency, and a run in which it fell behind is left out',
  },
  {
    what: 'other tenants of the machine',
    where: 'live only',
    why: 'other processes and virtual machines take cores and caches; several live runs show it as noise, a single one as a difference',
  },
  {
    what: 'memory bandwidth and caches',
    where: 'live only',
    why: 'workers of a machine slow each other down through them; a calibration brings that as one share for each batch beside another, and without one the simulation is too fast with many workers',
  },
  {
    what: 'memory pressure',
    where: 'live only',
    why: 'memory is counted but its shortage is not felt in simulation: no paging, no allocator stalls',
  },
  {
    what: 'unload times',
    where: 'live only',
    why: 'ending an engine takes time and cores; in simulation a drained worker is gone at once',
  },
  {
    what: 'cores taken by loads',
    where: 'live only',
    why: 'a load takes its time in simulation but no cores; live, it slows down whoever serves beside it',
  },
  {
    what: 'time to decide',
    where: 'live only',
    why: 'policies take no time in simulation, except for a solve time that is an option of planners',
  },
  {
    what: 'wake-ups of a service that sleeps',
    where: 'live only',
    why: 'an idle service notices a request late; a calibration brings it, and without one the simulation is too fast at low loads',
  },
  {
    what: 'garbage collection and other pauses',
    where: 'live only',
    why: 'they stretch single requests, far out in the tail; a calibration brings the pauses that its run saw, and without one there are none',
  },
  {
    what: 'service times beyond the last measured quantile',
    where: 'live only',
    why: 'a latency table ends at its highest quantile, so the simulated tail of a batch is cut there; of the rest a calibration brings what its run saw',
  },
  {
    what: 'contents of the inputs',
    where: 'in neither',
    why: 'service time depends on the batch size alone; live inputs have the shapes of the model, so their contents cost the same',
  },
  {
    what: 'wrong answers',
    where: 'live only',
    why: 'accuracy is a figure of the catalogue in simulation; a live run counts right answers in its notes',
  },
  {
    what: 'offline jobs',
    where: 'simulated only',
    why: 'a live run keeps none, and a config that has some is refused',
  },
];
