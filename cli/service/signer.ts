/** The key of a command, from a file or the environment, as something that signs requests. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ServingError } from '../../core/index.ts';
import type { Signer } from './service-client.ts';

const ACCESS = 'REHEARSE_ACCESS_KEY';
const SECRET = 'REHEARSE_SECRET_KEY';

interface Key {
  readonly accessKey: string;
  readonly secret: string;
}

/**
 * Undefined where there is no key: requests then go out as they are.
 * @param file as `rehearse keys create --out` writes it: access_key and secret_key in YAML.
 * @throws ServingError CLI_KEY.
 */
export async function signerOf(file: string | undefined): Promise<Signer | undefined> {
  const key = file === undefined ? keyOfEnvironment() : keyOfFile(file);
  if (key === undefined) return undefined;
  const { signRequest } = await import('../../live/auth/index.ts');
  return ({ method, url, body, headers }) => signRequest({ method, url, body, headers, now: new Date(), ...key });
}

function keyOfEnvironment(): Key | undefined {
  const { [ACCESS]: accessKey = '', [SECRET]: secret = '' } = process.env;
  if (accessKey === '' && secret === '') return undefined;
  if (accessKey !== '' && secret !== '') return { accessKey, secret };
  throw new ServingError({
    code: 'CLI_KEY',
    place: `$${accessKey === '' ? ACCESS : SECRET}`,
    message: 'half of a key is missing',
    expected: `both $${ACCESS} and $${SECRET}, or neither`,
  });
}

function keyOfFile(file: string): Key {
  const expected = 'two lines, access_key: ... and secret_key: ...';
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const isThere = !(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT');
    const found = isThere ? 'something else' : 'no such file';
    throw new ServingError({ code: 'CLI_KEY', place: file, message: 'the key cannot be read', found, expected, cause });
  }
  const map = typeof value === 'object' && value !== null ? value : {};
  const accessKey: unknown = Reflect.get(map, 'access_key');
  const secret: unknown = Reflect.get(map, 'secret_key');
  if (typeof accessKey === 'string' && typeof secret === 'string') return { accessKey, secret };
  throw new ServingError({ code: 'CLI_KEY', place: file, message: 'the file holds no key', expected });
}
