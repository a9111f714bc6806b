/** The service's durable state: the folder, the database in it, its tables. */
export type { Row, SqlValue } from './row.ts';
export { bytesOf, numberOf, optionalNumberOf, optionalTextOf, textOf } from './row.ts';
export { incomingFolder } from './incoming-folder.ts';
export { isFolder, makeFolders } from './make-folders.ts';
export type { ServerFile } from './server-file.ts';
export { removeServerFile, runningServer, writeServerFile } from './server-file.ts';
export { serverProcess } from './server-lock.ts';
export { makePrivateFolder, stateFolder } from './state-folder.ts';
export type { Store, StoreOptions } from './store.ts';
export { openStore } from './store.ts';
export { isConstraintError } from './store-error.ts';
