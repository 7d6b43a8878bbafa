/**
 * Addresses as text.
 *
 * @module
 */

/** `::ffff:192.0.2.1` is 192.0.2.1 seen through an IPv6 socket: the same peer under one name. */
export function normalizeAddress(hostname: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(hostname)?.[1] ?? hostname;
}

/** Whether an address is IPv6. */
export function isIpv6(hostname: string): boolean {
  return hostname.includes(":");
}

/** `192.0.2.1:554`, `[2001:db8::1]:554`. */
export function formatEndpoint(hostname: string, port: number): string {
  return isIpv6(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Whether an address is the machine's own. */
export function isLoopback(address: string): boolean {
  return /^127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}
