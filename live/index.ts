/** Live serving: the actors on the wall clock. */
export * from './world/index.ts';
