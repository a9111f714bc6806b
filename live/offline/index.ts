/** Offline jobs: folders of files for one model, worked on while there is room, through restarts and kills. */
export type { OfflineOptions } from './offline-options.ts';
export type { ItemFailure, JobRecord, JobState } from './job-record.ts';
export type { JobRequest } from './job-request.ts';
export type { OfflineJobsParts } from './offline-jobs.ts';
export { OfflineJobs } from './offline-jobs.ts';
export type { JobDetail, JobView } from './offline-routes.ts';
export { offlineRoutes } from './offline-routes.ts';
export { leaveGrant } from './folder-grant.ts';
