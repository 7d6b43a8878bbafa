/**
 * A player without a network: it plays frames and samples by a timer, or only when told to.
 *
 * @module
 */

import { encodeText } from "../../src/bytes/text.ts";
import type {
  Player,
  PlayerCondition,
  PlayerEvent,
  PlayerSnapshot,
  TrackInfo,
  TrackStatistics,
} from "../../src/client/player.ts";
import type { Finding } from "../../src/diagnose/finding.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { nextState, type SessionState, type StatefulMethod } from "../../src/rtsp/states.ts";

/** What there is to play. */
export interface FakeFilm {
  /** JPEGs. */
  readonly frames: readonly Uint8Array[];
  /** A second; 0: only when {@linkcode FakePlayer.nextFrame} is called. */
  readonly frameRate: number;
  /** 16-bit little-endian, interleaved. */
  readonly samples?: Uint8Array;
  /** Of the samples, a second. */
  readonly sampleRate?: number;
  /** Of the samples. */
  readonly channels?: number;
}

const SDP = [
  "v=0",
  "o=- 3941 1 IN IP4 127.0.0.1",
  "s=movie.Mjpeg",
  "c=IN IP4 0.0.0.0",
  "t=0 0",
  "a=control:*",
  "a=range:npt=0-30.000",
  "m=video 0 RTP/AVP 26",
  "a=rtpmap:26 JPEG/90000",
  "a=framerate:20",
  "a=control:track0",
  "m=audio 0 RTP/AVP 10",
  "a=rtpmap:10 L16/44100/2",
  "a=control:track1",
  "",
].join("\r\n");

/** Plays {@linkcode FakeFilm}s. */
export class FakePlayer implements Player, Disposable {
  /** What was asked of it, in order. */
  readonly asked: string[] = [];
  /** Makes the next command fail with this text. */
  failWith: string | undefined;
  /** Every so many-th packet is lost; 0 for none. */
  loseEvery = 0;
  readonly #film: FakeFilm;
  readonly #listeners = new Set<(event: PlayerEvent) => void>();
  readonly #startedAt = performance.now();
  readonly #found: Finding[] = [];
  #state: SessionState = "Init";
  #condition: PlayerCondition = "idle";
  #reason: string | undefined;
  #described = false;
  #url = "rtsp://127.0.0.1:8554/movie.Mjpeg";
  #cseq = 0;
  #frame = 0;
  #sample = 0;
  #packets = 0;
  #sequence = 4711;
  #lost = 0;
  #bytes = 0;
  #audioPackets = 0;
  #played = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  /** Plays `film`. */
  constructor(film: FakeFilm) {
    this.#film = film;
  }

  /** @inheritdoc */
  snapshot(): PlayerSnapshot {
    const set = this.#state !== "Init";
    const tracks = this.#tracks();
    const rate = this.#film.frameRate || 20;
    return {
      url: this.#url,
      dialect: "standard",
      ...(set ? { transport: "UDP 25000-25003", sessionId: "83610274" } : undefined),
      state: this.#state,
      condition: this.#condition,
      ...(this.#reason === undefined ? undefined : { reason: this.#reason }),
      ...(set ? { position: this.#frame / rate } : undefined),
      duration: this.#film.frames.length / rate,
      tracks,
      statistics: set ? tracks.map((track) => this.#statistics(track)) : [],
      ...(this.#described ? { sdp: SDP } : undefined),
      ...(tracks.length > 1 && this.#played > 0 ? { audioLeadMs: 12 } : undefined),
    };
  }

  /** @inheritdoc */
  subscribe(listener: (event: PlayerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @inheritdoc */
  setup(): Promise<void> {
    return this.#do("SETUP", async () => {
      if (!this.#described) await this.describe();
      this.#condition = "idle";
      this.#frame = this.#sample = 0;
    });
  }

  /** @inheritdoc */
  async play(position?: number): Promise<void> {
    if (this.#state === "Init") await this.setup();
    await this.#do("PLAY", () => {
      if (position !== undefined) {
        this.#frame = Math.floor(position * (this.#film.frameRate || 20));
        this.#sample = Math.floor(position * (this.#film.sampleRate ?? 0));
      }
      this.#condition = "running";
      this.#start();
    }, position === undefined ? [] : [`Range: npt=${position.toFixed(3)}-`]);
  }

  /** @inheritdoc */
  pause(): Promise<void> {
    return this.#do("PAUSE", () => {
      this.#stop();
      this.#condition = "paused";
    });
  }

  /** @inheritdoc */
  teardown(): Promise<void> {
    return this.#do("TEARDOWN", () => {
      this.#stop();
      this.#condition = "idle";
      this.#played =
        this.#packets =
        this.#bytes =
        this.#lost =
          0;
    });
  }

  /** @inheritdoc */
  describe(): Promise<string> {
    this.asked.push("describe");
    this.#talk("DESCRIBE", ["Accept: application/sdp"], ["Content-Type: application/sdp"], SDP);
    this.#described = true;
    this.emit({ type: "change", timeMs: this.#timeMs });
    return Promise.resolve(SDP);
  }

  /** @inheritdoc */
  list(): Promise<string[]> {
    this.asked.push("list");
    const names = ["movie.Mjpeg", "lecture.Mjpeg", "default.wav"];
    return Promise.resolve(names.map((name) => `rtsp://127.0.0.1:8554/${name}`));
  }

  /** @inheritdoc */
  async open(url: string): Promise<void> {
    this.asked.push(`open ${url}`);
    if (this.#state !== "Init") await this.teardown();
    this.#url = url;
    this.#found.length = 0;
    this.emit({ type: "reset", timeMs: this.#timeMs });
    this.emit({ type: "change", timeMs: this.#timeMs });
  }

  /** @inheritdoc */
  findings(): readonly Finding[] {
    return this.#found;
  }

  /** Something happens. */
  emit(event: PlayerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** A mistake is found. */
  find(finding: Finding): void {
    this.#found.push(finding);
    this.emit({ type: "finding", timeMs: this.#timeMs, finding });
  }

  /** The session fails: its server is gone. */
  fail(reason: string): void {
    this.#stop();
    this.#state = "Init";
    this.#condition = "failed";
    this.#reason = reason;
    this.emit({ type: "change", timeMs: this.#timeMs });
  }

  /** Sends the next frame now. */
  nextFrame(): void {
    const jpeg = this.#film.frames[this.#frame];
    if (jpeg === undefined) {
      this.#stop();
      this.#condition = "ended";
      this.emit({ type: "change", timeMs: this.#timeMs });
      return;
    }
    const timestamp = 1_000_000 + this.#frame * 90_000 / (this.#film.frameRate || 20);
    this.#frame++;
    this.#played++;
    for (let at = 0; at < jpeg.length; at += 1400) {
      this.#packet(jpeg.subarray(at, at + 1400), at + 1400 >= jpeg.length, timestamp);
    }
    const frame = this.#frame;
    this.emit({
      type: "media",
      timeMs: this.#timeMs,
      track: 0,
      ticks: (this.#played - 1) * 90_000 / (this.#film.frameRate || 20),
      timestamp,
      sequenceNumber: this.#sequence,
      data: jpeg,
    });
    this.emit({ type: "picture", timeMs: this.#timeMs, track: 0, frame, timestamp, jpeg });
  }

  /** Stops the timers. */
  [Symbol.dispose](): void {
    this.#stop();
  }

  get #timeMs(): number {
    return performance.now() - this.#startedAt;
  }

  #packet(payload: Uint8Array, marker: boolean, timestamp: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    if (this.loseEvery > 0 && this.#sequence % this.loseEvery === 0) {
      this.#lost++;
      return;
    }
    this.#bytes += payload.length;
    const datagram = encodeRtpPacket({
      payloadType: 26,
      marker,
      sequenceNumber: this.#sequence,
      timestamp,
      ssrc: 0x5ee10c0d,
      payload,
    });
    const number = ++this.#packets;
    this.emit({ type: "packet", timeMs: this.#timeMs, track: 0, number, datagram });
  }

  #nextSound(count: number): void {
    const { samples, sampleRate = 44100, channels = 2 } = this.#film;
    const bytesPerFrame = 2 * channels;
    const bytes = samples?.subarray(
      this.#sample * bytesPerFrame,
      (this.#sample + count) * bytesPerFrame,
    );
    if (bytes === undefined || bytes.length === 0) return;
    const datagram = encodeRtpPacket({
      payloadType: 10,
      sequenceNumber: this.#audioPackets & 0xffff,
      timestamp: this.#sample,
      ssrc: 0x0a0d1000,
      payload: bytes,
    });
    const timeMs = this.#timeMs;
    this.emit({ type: "packet", timeMs, track: 1, number: ++this.#audioPackets, datagram });
    this.emit({
      type: "sound",
      timeMs,
      track: 1,
      firstSample: this.#sample,
      sampleRate,
      channels,
      samples: bytes,
    });
    this.#sample += count;
  }

  #tracks(): TrackInfo[] {
    const video: TrackInfo = {
      index: 0,
      kind: "video",
      payloadType: 26,
      encodingName: "JPEG",
      clockRate: 90000,
      playable: true,
    };
    const { samples, sampleRate: clockRate = 44100, channels = 2 } = this.#film;
    if (samples === undefined) return [video];
    const sound = { index: 1, kind: "audio", payloadType: 10, encodingName: "L16" };
    return [video, { ...sound, clockRate, channels, playable: true }];
  }

  #statistics({ index, kind }: TrackInfo): TrackStatistics {
    const video = kind === "video";
    const received = video ? this.#packets : this.#audioPackets;
    const lost = video ? this.#lost : 0;
    const wobble = Math.sin(this.#timeMs / 1300);
    const running = this.#condition === "running";
    return {
      track: index,
      kind,
      frames: video ? this.#played : this.#sample,
      ...(video
        ? {
          currentFrame: this.#frame,
          frameRateNow: running ? this.#film.frameRate + wobble * 0.4 : 0,
          frameRateMean: this.#film.frameRate - 0.08,
        }
        : undefined),
      bytes: video ? this.#bytes : this.#sample * 4,
      dataRateNow: running ? (video ? 1_850_000 + 240_000 * wobble : 1_411_200) : 0,
      dataRateMean: video ? 1_812_345 : 1_411_200,
      packetsExpected: received + lost,
      packetsReceived: received,
      packetsLost: lost,
      lossRate: received + lost === 0 ? 0 : lost / (received + lost),
      duplicates: 0,
      reordered: video ? 3 : 0,
      late: 0,
      malformed: 0,
      damagedFrames: video ? lost : 0,
      jitterMs: video ? 0.84 + 0.3 * wobble : 0.21 + 0.1 * wobble,
      firstFrameDelayMs: video ? 41 : 22,
    };
  }

  #start(): void {
    this.#stop();
    const { frameRate, sampleRate = 44100, samples } = this.#film;
    if (frameRate > 0) this.#timers.push(setInterval(() => this.nextFrame(), 1000 / frameRate));
    if (samples !== undefined) {
      this.#timers.push(setInterval(() => this.#nextSound(sampleRate / 50), 20));
    }
  }

  #stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  async #do(
    method: StatefulMethod,
    act: () => void | Promise<void>,
    headers: string[] = [],
  ): Promise<void> {
    this.asked.push([method.toLowerCase(), ...headers].join(" "));
    if (this.failWith !== undefined) {
      const reason = this.failWith;
      this.failWith = undefined;
      throw new Error(reason);
    }
    const state = nextState(this.#state, method);
    if (state === undefined) throw new Error(`${method} is not valid in ${this.#state}`);
    await act();
    this.#talk(
      method,
      method === "SETUP" ? ["Transport: RTP/AVP;unicast;client_port=25000-25001"] : headers,
      ["Session: 83610274;timeout=60"],
    );
    this.#state = state;
    this.#reason = undefined;
    this.emit({ type: "change", timeMs: this.#timeMs });
  }

  #talk(method: string, ask: string[], reply: string[], body = ""): void {
    const cseq = `CSeq: ${++this.#cseq}`;
    const say = (direction: "sent" | "received", lines: string[], content = "") =>
      this.emit({
        type: "message",
        timeMs: this.#timeMs,
        direction,
        bytes: encodeText([...lines, "", content].join("\r\n")),
      });
    say("sent", [`${method} ${this.#url} RTSP/1.0`, cseq, "User-Agent: Reel/0.1.0", ...ask]);
    const length = body === "" ? [] : [`Content-Length: ${body.length}`];
    say("received", ["RTSP/1.0 200 OK", cseq, ...reply, ...length], body);
  }
}

/** The film in `media/`, with or without its sound. */
export async function mediaFilm(sound: boolean, frameRate = 20): Promise<FakeFilm> {
  const folder = new URL("../../media/", import.meta.url);
  const movie = await Deno.readFile(new URL("movie.Mjpeg", folder));
  const frames: Uint8Array[] = [];
  for (let at = 0; at < movie.length;) {
    const length = Number(new TextDecoder().decode(movie.subarray(at, at + 5)));
    frames.push(movie.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  if (!sound) return { frames, frameRate };
  const wav = await Deno.readFile(new URL("movie.wav", folder));
  return { frames, frameRate, samples: wav.subarray(44), sampleRate: 44100, channels: 2 };
}
