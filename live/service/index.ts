/** The inference service: actors on the wall clock, taking queries and answering each exactly once. */
export type {
  AnswerTimings,
  LeaveSignal,
  NotServed,
  Served,
  ServiceAnswer,
  ServiceQuery,
  ServiceReason,
} from './answer.ts';
export type { ModelEntry } from './model-directory.ts';
export { ModelDirectory } from './model-directory.ts';
export type { ServedVariant, WorkerBounds } from './served-variant.ts';
export type { BatchEnd, QueryEnd, ServiceObserver, StateChange, WorkerCrash } from './service-observer.ts';
export type { ServicePort } from './service-port.ts';
export type {
  DecisionSnapshot,
  MachineSnapshot,
  ServiceSnapshot,
  VariantSnapshot,
  WorkerSnapshot,
} from './service-snapshot.ts';
export type { OfflineFiles, OfflineKeeper, OfflinePort, RunningJob } from './offline-work.ts';
export { Service } from './service.ts';
export { statesArchitecture, statesUseCase, unstatedArchitecture, unstatedUseCase } from './unstated.ts';
export type { LeftOut } from './startable.ts';
export type { EngineLimits, ServiceBlueprint } from './service-blueprint.ts';
