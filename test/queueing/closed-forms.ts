/**
 * Closed forms of the classical queues, for tests that hold a simulation against theory. Pure functions; nothing
 * here is simulated. Any time unit will do, as long as rates and times share it.
 *
 * Symbols: lambda arrivals per unit of time (Poisson), mu services per unit of time and server, c servers,
 * S service time, rho = lambda E[S] / c utilisation, W_q wait before service, W = W_q + E[S] time in system,
 * L = lambda W number in system (Little 1961), L_q = lambda W_q number waiting.
 * Source of all: Kleinrock, Queueing Systems, volume 1, 1975; sections are named at each function.
 */
import { invariant } from '../../core/index.ts';

/** Long-run means of a first-come-first-served queue that is not saturated. */
export interface QueueMeans {
  /** rho, 0-1. */
  readonly utilisation: number;
  /** W_q. */
  readonly meanWait: number;
  /** W. */
  readonly meanTimeInSystem: number;
  /** L. */
  readonly meanNumberInSystem: number;
  /** L_q. */
  readonly meanNumberWaiting: number;
}

export interface MarkovianQueue {
  /** lambda, above 0. */
  readonly arrivalRate: number;
  /** mu of one server, above 0. */
  readonly serviceRate: number;
}

/** M/M/1: W = 1 / (mu - lambda). Kleinrock, section 3.2. */
export function mm1({ arrivalRate, serviceRate }: MarkovianQueue): QueueMeans {
  const utilisation = stableUtilisation(arrivalRate / serviceRate);
  return queueMeans({
    arrivalRate,
    utilisation,
    meanService: 1 / serviceRate,
    meanWait: utilisation / (serviceRate - arrivalRate),
  });
}

/**
 * M/M/1: the q-quantile of the time in system, which is exponential with rate mu - lambda:
 * -ln(1 - q) / (mu - lambda). Kleinrock, section 5.12.
 *
 * @param quantile - q, 0 to below 1
 */
export function mm1TimeInSystemQuantile({ arrivalRate, serviceRate }: MarkovianQueue, quantile: number): number {
  stableUtilisation(arrivalRate / serviceRate);
  invariant(quantile >= 0 && quantile < 1, `a quantile is in 0-1, found ${quantile}`);
  return -Math.log1p(-quantile) / (serviceRate - arrivalRate);
}

/** M/M/c: W_q = C(c, a) / (c mu - lambda), with a = lambda / mu and Erlang's C. Kleinrock, section 3.5. */
export function mmc({ arrivalRate, serviceRate, servers }: MarkovianQueue & { readonly servers: number }): QueueMeans {
  const utilisation = stableUtilisation(arrivalRate / (serviceRate * servers));
  const meanWait = erlangC(servers, arrivalRate / serviceRate) / (servers * serviceRate - arrivalRate);
  return queueMeans({ arrivalRate, utilisation, meanService: 1 / serviceRate, meanWait });
}

/**
 * Erlang's C(c, a): the probability that an arrival finds all c servers of an M/M/c busy, C = B / (1 - rho (1 - B)).
 * Erlang's B comes from the stable recursion B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)), which has no factorials.
 *
 * @param servers - c, a whole number, at least 1
 * @param offeredLoad - a = lambda / mu in erlangs, below c
 */
export function erlangC(servers: number, offeredLoad: number): number {
  invariant(Number.isInteger(servers) && servers >= 1, `a whole number of servers, found ${servers}`);
  const utilisation = stableUtilisation(offeredLoad / servers);
  let blocked = 1;
  for (let k = 1; k <= servers; k += 1) blocked = (offeredLoad * blocked) / (k + offeredLoad * blocked);
  return blocked / (1 - utilisation * (1 - blocked));
}

/** M/D/1: a service always takes exactly `serviceTime`; the wait is half of M/M/1's. Kleinrock, section 5.6. */
export function md1({
  arrivalRate,
  serviceTime,
}: {
  readonly arrivalRate: number;
  readonly serviceTime: number;
}): QueueMeans {
  return mg1({ arrivalRate, meanService: serviceTime, serviceVariance: 0 });
}

export interface GeneralQueue {
  /** lambda, above 0. */
  readonly arrivalRate: number;
  /** E[S], above 0. */
  readonly meanService: number;
  /** Var[S], at least 0. */
  readonly serviceVariance: number;
}

/** M/G/1, Pollaczek-Khinchine: W_q = lambda E[S^2] / (2 (1 - rho)). Kleinrock, section 5.6. */
export function mg1({ arrivalRate, meanService, serviceVariance }: GeneralQueue): QueueMeans {
  invariant(serviceVariance >= 0, `a variance is at least 0, found ${serviceVariance}`);
  const utilisation = stableUtilisation(arrivalRate * meanService);
  const secondMoment = serviceVariance + meanService * meanService;
  const meanWait = (arrivalRate * secondMoment) / (2 * (1 - utilisation));
  return queueMeans({ arrivalRate, utilisation, meanService, meanWait });
}

function stableUtilisation(utilisation: number): number {
  invariant(
    utilisation > 0 && utilisation < 1,
    `the closed forms hold for a utilisation inside 0-1, found ${utilisation}`,
  );
  return utilisation;
}

interface SolvedQueue {
  readonly arrivalRate: number;
  readonly utilisation: number;
  readonly meanService: number;
  readonly meanWait: number;
}

function queueMeans({ arrivalRate, utilisation, meanService, meanWait }: SolvedQueue): QueueMeans {
  const meanTimeInSystem = meanWait + meanService;
  return {
    utilisation,
    meanWait,
    meanTimeInSystem,
    meanNumberInSystem: arrivalRate * meanTimeInSystem,
    meanNumberWaiting: arrivalRate * meanWait,
  };
}
