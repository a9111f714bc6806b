/**
 * Which addresses are this host's, its network's or its cloud's: what a URL of a stranger must not reach. Pure. The
 * ranges are IANA's special-purpose registries (RFC 6890), of which 169.254.169.254 answers with a cloud's credentials.
 */
import { BlockList, isIP } from 'node:net';

const PRIVATE_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's platform address, public by its number.
  ['168.63.129.16', 32],
] as const;

/** Only 2000::/3 is given out; within it some ranges lead back to addresses of version 4. */
const PUBLIC_V6 = ['2000::', 3] as const;
const PRIVATE_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const blocked = new BlockList();
for (const [net, prefix] of PRIVATE_V4) blocked.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of PRIVATE_V6) blocked.addSubnet(net, prefix, 'ipv6');
const given = new BlockList();
given.addSubnet(PUBLIC_V6[0], PUBLIC_V6[1], 'ipv6');

/** Whether an address may be reached for a stranger: one of the public Internet. @param address without brackets. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !blocked.check(address, 'ipv4');
  // Forms that carry an address of version 4 (::ffff:127.0.0.1, 64:ff9b::7f00:1) lie outside of what is given out.
  return version === 6 && given.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}
