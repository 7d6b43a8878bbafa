/**
 * The hello lab's server side: name and port in, session id out, `Go`, then twenty frames a second.
 *
 * @module
 */

import { isIpv6 } from "../net/address.ts";
import { UdpTransport } from "../net/media_transport.ts";
import type { UdpPair } from "../net/udp_pair.ts";
import { RtpSender } from "../rtp/sender.ts";
import { encodeHelloReply, type Hello } from "../rtsp/hello.ts";
import type { Client, ServerContext } from "./context.ts";
import { warnOfLongFrames } from "./long_frames.ts";
import { openResource } from "./library.ts";
import { ServedSession } from "./session.ts";
import { streamEvents } from "./stream_events.ts";
import { TrackStream } from "./track_stream.ts";

/** Where the sessions of this lab send. */
const portOf = new WeakMap<ServedSession, number>();

/** Answers a hello; gives the session that waits for its `Go`, or undefined when there is none. */
export async function answerHello(
  context: ServerContext,
  client: Client,
  hello: Hello,
): Promise<ServedSession | undefined> {
  const pair = takePair(context, client, hello);
  const resource = pair && await openResource(context.library, hello.name);
  const film = resource?.presentation.tracks.find((track) => track.kind === "video");
  const refused = pair === undefined || resource === undefined || film === undefined ||
    hello.port < 1024 || client.isClosed || !context.sessions.hasRoomFor(client.address);
  if (refused) {
    resource?.presentation[Symbol.dispose]();
    client.send(encodeHelloReply(hello.form, -1));
    return undefined;
  }
  // Two films on one port are no use: whoever had it before has gone.
  for (const other of [...context.sessions]) {
    if (other.clientAddress === client.address && portOf.get(other) === hello.port) {
      context.sessions.remove(other);
    }
  }
  const id = context.sessions.newId("hello");
  const session = new ServedSession({
    id,
    dialect: "hello",
    clientAddress: client.address,
    presentation: resource.presentation,
  }, context.environment);
  const ports = { rtp: hello.port, rtcp: hello.port + 1 };
  const tap = context.tap?.(client, ports);
  session.streams.set(
    0,
    new TrackStream({
      transport: new UdpTransport(pair, context.pool, client.address, ports, tap),
      sender: new RtpSender({
        payloadType: 26,
        ssrc: Number(id),
        sequenceNumber: 1,
        timestampOffset: 0,
      }),
      pacer: context.environment.pacer,
      // The assignment wants the time of day, in whole seconds, where RTP has the media's clock.
      timestampAt: (nowMs) => Math.floor((performance.timeOrigin + nowMs) / 1000),
      ...streamEvents(context, session),
    }),
  );
  session.enter("SETUP");
  portOf.set(session, hello.port);
  warnOfLongFrames(context, resource.presentation.name, film);
  context.sessions.add(session);
  client.sessions.add(session);
  client.dialect = "hello";
  client.send(encodeHelloReply(hello.form, Number(id)));
  return session;
}

/** The sockets to send from; the operator is told when there are none. */
function takePair(context: ServerContext, client: Client, hello: Hello): UdpPair | undefined {
  try {
    return context.udpPair(isIpv6(client.address) ? "ipv6" : "ipv4");
  } catch (error) {
    const reason = (error as Error).message;
    context.notice(`Cannot send ${hello.name} to ${client.address}: ${reason}. See --rtp-ports`);
    return undefined;
  }
}
