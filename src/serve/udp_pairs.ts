/**
 * The server's sockets for media, one pair an address family.
 *
 * @module
 */

import { isIpv6 } from "../net/address.ts";
import { type PortRange, UdpPair } from "../net/udp_pair.ts";

/** Longest datagram that is taken from a client, in bytes. */
const MAX_DATAGRAM = 2048;

/** Settings of {@linkcode UdpPairs}. */
export interface UdpPairsOptions {
  /** Address that the server listens on; all when absent. */
  readonly hostname?: string;
  /** Ports to send from; any when absent. */
  readonly rtpPorts?: PortRange;
}

/** Pairs that are bound when the first client of their family wants them. */
export class UdpPairs implements Disposable {
  readonly #options: UdpPairsOptions;
  readonly #onDatagram: (datagram: Uint8Array, from: Deno.NetAddr, local: number) => void;
  readonly #pairs = new Map<"ipv4" | "ipv6", UdpPair>();

  /** `onDatagram` is told of all that clients send, and to which port. */
  constructor(
    options: UdpPairsOptions,
    onDatagram: (datagram: Uint8Array, from: Deno.NetAddr, local: number) => void,
  ) {
    this.#options = options;
    this.#onDatagram = onDatagram;
  }

  /**
   * The pair for clients of a family.
   *
   * @throws {Deno.errors.AddrInUse} When no pair of ports is free.
   */
  get(family: "ipv4" | "ipv6"): UdpPair {
    const known = this.#pairs.get(family);
    if (known !== undefined) return known;
    const { hostname = "::", rtpPorts } = this.#options;
    const any = family === "ipv6" ? "::" : "0.0.0.0";
    const specific = isIpv6(hostname) === (family === "ipv6") && hostname !== "localhost";
    const pair = UdpPair.bind(specific ? hostname : any, rtpPorts);
    const listen = (local: number) => (datagram: Uint8Array, from: Deno.NetAddr): void =>
      this.#onDatagram(datagram, from, local);
    pair.listen(listen(pair.rtpPort), listen(pair.rtcpPort), MAX_DATAGRAM);
    this.#pairs.set(family, pair);
    return pair;
  }

  /** Closes all sockets. */
  [Symbol.dispose](): void {
    for (const pair of this.#pairs.values()) pair.close();
  }
}
