/**
 * A standard server that does everything right but for what a test says.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { concatBytes } from "../../src/bytes/text.ts";
import type { PlayerSessionInit } from "../../src/client/session.ts";
import {
  clientPort,
  DatagramSender,
  headerOf,
  rtp,
  type ScriptedConnection,
  ScriptedServer,
} from "./scripted_server.ts";
import { WatchedPlayer } from "./watched_player.ts";

/** Description of one track in G.711. */
export const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=Test",
  "t=0 0",
  "m=audio 0 RTP/AVP 0",
  "a=control:track1",
  "",
].join("\r\n");

/** A reply to `request`. */
export function reply(request: string, status: string, headers: string[] = [], body = ""): string {
  const version = /RTSP\/\d\.\d/.exec(request)?.[0] ?? "RTSP/1.0";
  return [
    `${version} ${status}`,
    `CSeq: ${headerOf(request, "CSeq")}`,
    ...headers,
    ...(body === "" ? [] : ["Content-Type: application/sdp", `Content-Length: ${body.length}`]),
    "",
    body,
  ].join("\r\n");
}

/** Method of a request. */
export const methodOf = (request: string): string => /^\w+/.exec(request)?.[0] ?? "";
/** URL of a request. */
export const urlOf = (request: string): string => /^\w+ (\S+)/.exec(request)?.[1] ?? "";

/** What differs from a server that does everything right. */
export interface Script {
  readonly sdp?: string;
  /** Replies that are not the usual ones; `undefined` for those that are, "" for none at all. */
  readonly special?: (
    request: string,
    number: number,
    connection: ScriptedConnection,
  ) => string | undefined | Promise<string | undefined>;
  /** Sent after PLAY's reply, over TCP. */
  readonly interleaved?: (connection: ScriptedConnection) => Promise<void>;
  /** Datagrams sent after PLAY's reply, to the first track. */
  readonly datagrams?: readonly Uint8Array[];
  readonly contentBase?: string | null;
  readonly session?: string;
}

/** Answers one connection as the script has it. */
export async function serveStandard(script: Script, connection: ScriptedConnection): Promise<void> {
  let port = 0;
  const session = script.session ?? "abc123";
  let after: Promise<void> | undefined;
  await connection.answer(async (request, number) => {
    const special = await script.special?.(request, number, connection);
    if (special !== undefined) return special === "" ? undefined : special;
    switch (methodOf(request)) {
      case "DESCRIBE": {
        const base = script.contentBase === undefined ? `${urlOf(request)}/` : script.contentBase;
        const headers = base === null ? [] : [`Content-Base: ${base}`];
        return reply(request, "200 OK", headers, script.sdp ?? SDP);
      }
      case "SETUP": {
        const transport = headerOf(request, "Transport")!;
        if (port === 0 && !transport.includes("TCP")) port = clientPort(request);
        const ports = transport.includes("TCP") ? "" : ";server_port=40000-40001";
        return reply(request, "200 OK", [
          `Session: ${session}`,
          `Transport: ${transport}${ports}`,
        ]);
      }
      case "PLAY":
        after = (async () => {
          // The reply goes first.
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (script.datagrams !== undefined && port !== 0) {
            using sender = new DatagramSender(port);
            await sender.send(script.datagrams, 1);
          }
          await script.interleaved?.(connection);
        })();
        return reply(request, "200 OK", [`Session: ${session}`, "Range: npt=0-"]);
      default:
        return reply(request, "200 OK", [`Session: ${session}`]);
    }
  });
  await after;
}

/** Payloads, all different. */
export const SOUND = Array.from({ length: 20 }, (_, i) => new Uint8Array(160).fill(i + 1));
/** They in packets, 20 ms each. */
export const PACKETS = SOUND.map((payload, i) =>
  rtp({ payloadType: 0, sequence: i + 1000, timestamp: i * 160 }, payload)
);
/** A packet in an interleaved frame. */
export const frame = (channel: number, packet: Uint8Array): Uint8Array =>
  concatBytes([
    Uint8Array.of(0x24, channel, packet.length >> 8, packet.length & 0xff),
    packet,
  ]);

/** A player and its server, for as long as `run` takes. */
export async function withServer(
  script: Script,
  run: (player: WatchedPlayer, server: ScriptedServer) => Promise<void>,
  init: Partial<PlayerSessionInit> & { userInfo?: string } = {},
): Promise<void> {
  const { userInfo = "", ...rest } = init;
  await using server = new ScriptedServer((connection) => serveStandard(script, connection));
  const url = `rtsp://${userInfo}127.0.0.1:${server.port}/film`;
  await using player = new WatchedPlayer({ url, ...rest });
  await run(player, server);
}

/** Waits for all packets. */
export async function gotSound(player: WatchedPlayer, packets = PACKETS.length): Promise<void> {
  await player.until(() => player.sound.length >= packets, `${packets} packets of sound`);
  assertEquals(player.snapshot.statistics[0]?.packetsLost, 0);
}
