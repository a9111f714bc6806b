/** Whether an address or a host name means this host itself. */
import { isIP } from 'node:net';

/** @param address as sockets tell it: `127.0.0.1`, `::1`, `::ffff:127.0.0.1`. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** @param host a name or address, an IPv6 one with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const plain = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return plain.toLowerCase() === 'localhost' || isLoopbackAddress(plain);
}
