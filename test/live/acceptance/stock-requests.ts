/** What stock clients put into their requests: headers, bodies, signatures. */
import { createHash, createHmac } from 'node:crypto';
import { COUNT_TO_16, ONES, int32 } from '../open-inference/v2-client.ts';

/** As tritonclient.http builds it: JSON without blanks, then the tensors. */
export function tritonBody(outputs: readonly object[] | undefined): { readonly json: Buffer; readonly body: Buffer } {
  const inputs = ['INPUT0', 'INPUT1'].map((name) => ({
    name,
    shape: [1, 16],
    datatype: 'INT32',
    parameters: { binary_data_size: 64 },
  }));
  const asked = outputs === undefined ? { parameters: { binary_data_output: true } } : { outputs };
  const json = Buffer.from(JSON.stringify({ id: 'my request id', inputs, ...asked }));
  return { json, body: Buffer.concat([json, int32(...COUNT_TO_16), int32(...ONES)]) };
}

export const TRITON = [
  ['User-Agent', 'python-geventhttpclient-2.3.1'],
  ['Accept', '*/*'],
  ['Connection', 'keep-alive'],
] as const;
export const HTTPX = [
  ['Accept', '*/*'],
  ['Accept-Encoding', 'gzip, deflate'],
  ['Connection', 'keep-alive'],
  ['User-Agent', 'python-httpx/0.27.2'],
] as const;
export const CURL = [
  ['User-Agent', 'curl/7.88.1'],
  ['Accept', '*/*'],
] as const;
export const CURL_BOUNDARY = '------------------------d74496d66958873e';

/** As the platform's sample program signs, whatever it sends. */
export function signedWithoutBody(
  { accessKey, secret: base64 }: { readonly accessKey: string; readonly secret: string },
  target: string,
  host: string,
): Record<string, string> {
  const date = new Date().toUTCString();
  const hash = createHash('sha256').update('').digest('base64');
  const secret = Buffer.from(base64, 'base64');
  const signature = createHmac('sha256', secret).update(`POST\n${target}\n${date};${host};${hash}`).digest('base64');
  const signed = 'date;host;x-ark-content-sha256';
  const authorization = `HMAC-SHA256 Credential=${accessKey}&SignedHeaders=${signed}&Signature=${signature}`;
  return { date, 'x-ark-content-sha256': hash, Authorization: authorization };
}
