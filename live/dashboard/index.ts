/** A page that shows the service live. */
export { openDashboard } from './dashboard.ts';
export type { Dashboard, DashboardOptions } from './dashboard.ts';
