/**
 * Who may talk to the page server: browsers on this machine that know the address with its token.
 *
 * @module
 */

/** A token for the page's address: 128 random bits in hex. */
export function newToken(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** Whether two tokens are the same, in a time that does not tell how much of them is. */
export function sameToken(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % b.length);
  return difference === 0;
}

/**
 * Whether the Host header names this machine as such: an address or `localhost`. A page elsewhere
 * that points its own domain name at 127.0.0.1 (DNS rebinding) comes with that name.
 */
export function isHostAllowed(host: string | null, port: number): boolean {
  if (host === null) return false;
  const match = /^(localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])(?::(\d+))?$/.exec(host);
  return match !== null && Number(match[2] ?? 80) === port;
}

/** Whether a WebSocket is asked for by a page of ours: browsers always send Origin with it. */
export function isOriginAllowed(origin: string | null, host: string): boolean {
  return origin === `http://${host}`;
}

/** Headers of every answer. `host` is the Host header, already checked. */
export function securityHeaders(host: string): Record<string, string> {
  return {
    "content-security-policy":
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; ` +
      `connect-src 'self' ws://${host}; base-uri 'none'; form-action 'none'; ` +
      `frame-ancestors 'none'; require-trusted-types-for 'script'`,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  };
}
