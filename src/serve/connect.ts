/**
 * Connecting a track to its receiver.
 *
 * @module
 */

import type { AudioTrack, VideoTrack } from "../media/presentation.ts";
import { isIpv6, isLoopback } from "../net/address.ts";
import { InterleavedTransport, type MediaTransport, UdpTransport } from "../net/media_transport.ts";
import { RtpSender } from "../rtp/sender.ts";
import type { Transport } from "../rtsp/transport.ts";
import { CalledTransport } from "./called_transport.ts";
import type { Client, ServerContext } from "./context.ts";
import { payloadTypeOf } from "./describe.ts";
import { LabelledTransport } from "./labelled_transport.ts";
import { isCalled } from "./offers.ts";
import type { ServedSession } from "./session.ts";
import type { Dialect } from "./session_types.ts";
import { streamEvents } from "./stream_events.ts";
import { TrackStream } from "./track_stream.ts";

/** What the reply's Transport header says. */
export interface Negotiated {
  /** The offer that was taken. */
  readonly transport: Transport;
  /** Synchronization source of the stream. */
  readonly ssrc: number;
  /** Ports or channels of the client: RTP and RTCP. */
  readonly client: readonly [number, number];
  /** Ports of the server. */
  readonly server: readonly [number, number];
}

/** Puts a stream into the session that sends a track over the transport. */
export function connect(
  context: ServerContext,
  client: Client,
  session: ServedSession,
  track: number,
  media: VideoTrack | AudioTrack,
  transport: Transport,
): Negotiated {
  const { environment, cname } = context;
  const standard = session.dialect === "standard";
  const random = crypto.getRandomValues(new Uint32Array(3));
  const sender = new RtpSender({
    payloadType: payloadTypeOf(media),
    ssrc: random[0]!,
    // The labs count their packets from 1.
    sequenceNumber: standard ? random[1]! & 0xffff : 1,
    timestampOffset: standard ? random[2]! : 0,
  });
  const [first, second] = channelsOf(client, transport);
  let carrier: MediaTransport;
  let server: readonly [number, number] = [0, 0];
  if (isCalled(transport)) carrier = new CalledTransport(client.address, first);
  else if (transport.lower === "tcp") {
    carrier = new InterleavedTransport(client.writer, { rtp: first, rtcp: second });
    client.channels.set(first, { session, track });
    client.channels.set(second, { session, track });
  } else {
    const pair = context.udpPair(isIpv6(client.address) ? "ipv6" : "ipv4");
    const ports = { rtp: first, rtcp: second };
    const tap = context.tap?.(client, ports);
    const address = mediaAddress(client, transport, session.dialect);
    const udp = new UdpTransport(pair, context.pool, address, ports, tap);
    carrier = session.dialect === "audio-lab" ? new LabelledTransport(udp) : udp;
    server = [pair.rtpPort, pair.rtcpPort];
    context.expectRtcp(client.address, second, session);
    context.expectRtcp(client.address, first, session);
  }
  session.streams.set(
    track,
    new TrackStream({
      transport: carrier,
      sender,
      pacer: environment.pacer,
      ...(standard ? { cname } : undefined),
      ...streamEvents(context, session),
    }),
  );
  return { transport, ssrc: sender.ssrc, client: [first, second], server };
}

/** The client's ports, or channels: those that it wishes for, if nothing goes there yet. */
function channelsOf(client: Client, transport: Transport): readonly [number, number] {
  if (transport.lower === "udp" || isCalled(transport)) {
    const { first, second = first + 1 } = transport.clientPort!;
    return [first, second];
  }
  const { first, second = first + 1 } = transport.interleaved ?? { first: 0 };
  const taken = (channel: number): boolean => client.channels.has(channel);
  if (first !== second && !taken(first) && !taken(second)) return [first, second];
  let free = 0;
  while (taken(free) || taken(free + 1)) free += 2;
  return [free, free + 1];
}

/**
 * Where media goes. The audio lab's receiver listens on the machine's own name, which is 127.0.1.1 on
 * many, while the kernel has its controller come from 127.0.0.1.
 */
function mediaAddress(client: Client, transport: Transport, dialect: Dialect): string {
  const { address, local } = client;
  if (!isLoopback(address) || isIpv6(address)) return address;
  const { destination } = transport;
  if (destination !== undefined && isLoopback(destination) && !isIpv6(destination)) {
    return destination;
  }
  return dialect === "audio-lab" && isLoopback(local.address) ? local.address : address;
}
