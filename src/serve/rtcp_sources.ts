/**
 * Who sends RTCP from where: reports are signs of life.
 *
 * @module
 */

import { formatEndpoint, normalizeAddress } from "../net/address.ts";
import type { ServedSession } from "./session.ts";

/** Bytes of the shortest RTCP packet that names its sender. */
const MIN_BYTES = 8;

/** Addresses and ports that sessions send their reports from. */
export class RtcpSources {
  readonly #sessions = new Map<string, ServedSession>();
  readonly #sourcesOf = new Map<ServedSession, Set<string>>();

  /** Remembers who sends from an address. */
  expect(hostname: string, port: number, session: ServedSession): void {
    const source = formatEndpoint(hostname, port);
    this.#sessions.set(source, session);
    const sources = this.#sourcesOf.get(session);
    if (sources === undefined) this.#sourcesOf.set(session, new Set([source]));
    else sources.add(source);
  }

  /** The session that sent a datagram, if it is RTCP: a sign of life (RFC 2326 appendix A). */
  find(datagram: Uint8Array, from: Deno.NetAddr): ServedSession | undefined {
    // Whatever clients send to open their firewalls counts as nothing.
    if (datagram.length < MIN_BYTES || datagram[0]! >> 6 !== 2) return undefined;
    return this.#sessions.get(formatEndpoint(normalizeAddress(from.hostname), from.port));
  }

  /** Forgets a session that has ended. */
  forget(session: ServedSession): void {
    for (const source of this.#sourcesOf.get(session) ?? []) {
      if (this.#sessions.get(source) === session) this.#sessions.delete(source);
    }
    this.#sourcesOf.delete(session);
  }
}
