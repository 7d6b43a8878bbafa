/**
 * Which of the transports that a client offers is taken.
 *
 * @module
 */

import { isIpv6, isLoopback } from "../net/address.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import type { Transport } from "../rtsp/transport.ts";
import type { Client, ServerContext } from "./context.ts";
import type { Dialect } from "./session_types.ts";

/** Ports below belong to the system: media is never sent to them. */
const FIRST_USER_PORT = 1024;
const LAST_PORT = 65_535;

/** The first offer that can be taken, or the status that says why there is none. */
export function chooseOffer(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
  offers: readonly Transport[],
): Transport | number {
  const chosen = offers.find((offer) =>
    isAcceptable(offer, client) && hasSockets(context, client, offer)
  );
  if (chosen !== undefined) return chosen;
  const elsewhere = offers.some((offer) => goesElsewhere(offer, client));
  return elsewhere && request.version === "2.0" ? 463 : 461;
}

/** Channels of a connection in use, at most: with fewer, one of the 128 pairs is always free. */
const MAX_CHANNELS = 126;

function isAcceptable(offer: Transport, client: Client): boolean {
  if (offer.kind === "other" || offer.cast === "multicast") return false;
  // One lab client writes its own state there: `mode=INIT`.
  const wrongMode = offer.kind === "lab-rtp" ? offer.mode === "RECORD" : offer.mode !== "PLAY";
  if (offer.mode !== undefined && wrongMode) return false;
  if (goesElsewhere(offer, client)) return false;
  if (offer.lower === "tcp" && !isCalled(offer)) {
    // RTP over a TCP connection of its own (RFC 7826 appendix C.2.2).
    if (offer.addressed && offer.interleaved === undefined) return false;
    if (client.channels.size >= MAX_CHANNELS) return false;
    const { first = 0, second = first + 1 } = offer.interleaved ?? {};
    return first <= 255 && second <= 255;
  }
  if (offer.clientPort === undefined) return false;
  // The labs have no RTCP, and use for one port only.
  const { first, second = offer.kind === "rtp-avp" ? first + 1 : first } = offer.clientPort;
  return Math.min(first, second) >= FIRST_USER_PORT && Math.max(first, second) <= LAST_PORT;
}

/** Whether the client names a TCP port of its own, which the server is to call. */
export function isCalled({ kind, lower, interleaved, clientPort }: Transport): boolean {
  return kind === "lab-rtp" && lower === "tcp" && interleaved === undefined &&
    clientPort !== undefined;
}

/** Without a free pair of UDP ports, clients that can are left to fall back to TCP. */
function hasSockets(context: ServerContext, client: Client, offer: Transport): boolean {
  if (offer.lower === "tcp") return true;
  try {
    context.udpPair(isIpv6(client.address) ? "ipv6" : "ipv4");
    return true;
  } catch (error) {
    context.notice(`Cannot send over UDP: ${(error as Error).message}`);
    return false;
  }
}

/** Media goes to the address of the control connection and nowhere else. */
function goesElsewhere({ destination }: Transport, client: Client): boolean {
  if (destination === undefined || destination === "" || destination === client.address) {
    return false;
  }
  return !(isLoopback(client.address) && (isLoopback(destination) || destination === "localhost"));
}

/**
 * The Transport header decides, but for clients that write RTP/AVP and mean the lab: no standard client
 * leaves out the blank line.
 */
export function dialectOf(transport: Transport, request: RtspRequest): Dialect {
  if (transport.kind === "lab-rtp") return "lab";
  if (transport.kind === "labelled-udp") return "audio-lab";
  return !request.wire.blankLine && transport.lower === "udp" ? "lab" : "standard";
}
