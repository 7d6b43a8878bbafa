/**
 * A film being played by the book: two tracks set up over UDP or TCP, everything logged.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type MediaLog, UdpReceiver } from "./media_log.ts";
import { type RequestOptions, RtspTestClient, type TestReply } from "./rtsp_client.ts";
import type { Serving } from "./serving.ts";

/** What RTP-Info says of a stream. */
export interface InfoOfTrack {
  /** Sequence number of the first packet. */
  readonly seq: number;
  /** Timestamp of the start of the range. */
  readonly rtptime: number;
  /** Source, where the version names it. */
  readonly ssrc?: number;
}

/** One track on its way in. */
export interface PlayedTrack {
  /** RTP. */
  readonly rtp: MediaLog;
  /** RTCP. */
  readonly rtcp: MediaLog;
  /** The Transport header of the SETUP reply. */
  readonly transport: string;
}

/** How a film is played. */
export interface PlayerOptions {
  /** Default "udp". */
  readonly transport?: "udp" | "tcp";
  /** Default "1.0". */
  readonly version?: "1.0" | "2.0";
  /** Name of the presentation. Default "film.Mjpeg". */
  readonly name?: string;
  /** Tracks to set up, from 1. Default 1 and 2. */
  readonly tracks?: readonly number[];
  /** Loopback address. Default "127.0.0.1". */
  readonly hostname?: string;
}

/** A session with its tracks. */
export class StandardPlayer implements Disposable {
  /** The control connection. */
  readonly client: RtspTestClient;
  /** URL of the presentation. */
  readonly url: string;
  /** Tracks in the order of their SETUP. */
  readonly tracks: PlayedTrack[] = [];
  /** Receivers of the tracks, over UDP. */
  readonly receivers: UdpReceiver[] = [];
  readonly #version: "1.0" | "2.0";

  private constructor(client: RtspTestClient, url: string, version: "1.0" | "2.0") {
    this.client = client;
    this.url = url;
    this.#version = version;
  }

  /** Sets the tracks up. */
  static async open(serving: Serving, options: PlayerOptions = {}): Promise<StandardPlayer> {
    const { transport = "udp", version = "1.0", name = "film.Mjpeg", tracks = [1, 2] } = options;
    const { hostname = "127.0.0.1" } = options;
    const client = await RtspTestClient.connect(serving.port, hostname);
    const player = new StandardPlayer(client, `${serving.url}/${name}`, version);
    for (const track of tracks) await player.#setUp(track, transport, hostname);
    return player;
  }

  async #setUp(track: number, transport: "udp" | "tcp", hostname: string): Promise<void> {
    const first = 2 * (track - 1);
    let offer = `RTP/AVP/TCP;unicast;interleaved=${first}-${first + 1}`;
    let logs = { rtp: this.client.channel(first), rtcp: this.client.channel(first + 1) };
    if (transport === "udp") {
      const receiver = new UdpReceiver(hostname);
      this.receivers.push(receiver);
      logs = receiver;
      offer = this.#version === "1.0"
        ? `RTP/AVP;unicast;client_port=${receiver.ports}`
        : `RTP/AVP;unicast;dest_addr=":${receiver.port}"/":${receiver.port + 1}"`;
    }
    const reply = await this.request("SETUP", `/track${track}`, { headers: { Transport: offer } });
    assertEquals(reply.status, 200);
    const { rtp, rtcp } = logs;
    this.tracks.push({ rtp, rtcp, transport: reply.headers.get("transport") ?? "" });
  }

  /** Sends a request about the presentation. */
  request(method: string, control = "", options: RequestOptions = {}): Promise<TestReply> {
    return this.client.request(method, this.url + control, { version: this.#version, ...options });
  }

  /** Plays; gives what the reply says. */
  async play(
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ range: string; info: InfoOfTrack[]; reply: TestReply }> {
    const reply = await this.request("PLAY", "", { headers });
    assertEquals(reply.status, 200);
    const info = [...(reply.headers.get("rtp-info") ?? "").matchAll(
      /(?:ssrc=([0-9A-F]{8}):|;)seq=(\d+);rtptime=(\d+)/g,
    )].map(([, ssrc, seq, rtptime]) => ({
      seq: Number(seq),
      rtptime: Number(rtptime),
      ...(ssrc === undefined ? undefined : { ssrc: parseInt(ssrc, 16) }),
    }));
    return { range: reply.headers.get("range") ?? "", info, reply };
  }

  /** Closes everything, without a TEARDOWN. */
  [Symbol.dispose](): void {
    this.client.close();
    for (const receiver of this.receivers) receiver[Symbol.dispose]();
  }
}
