/** From what clients send to models, images and numbers, to answers: forms, handlers, the service. */
export type { MultipartLimits } from './multipart.ts';
export { readMultipart } from './multipart.ts';
export type { PayloadSource } from './request-payloads.ts';
export { requestPayloads } from './request-payloads.ts';
export type { InferenceParts, PayloadQuery, PayloadsServed } from './infer-payloads.ts';
export { inferPayloads } from './infer-payloads.ts';
