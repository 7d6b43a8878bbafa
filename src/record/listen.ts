/**
 * The receiver alone: media that somebody sends to a UDP port, without any RTSP of ours.
 *
 * @module
 */

import { isRtcp } from "../rtp/packet.ts";
import { decodeLatin1 } from "../bytes/text.ts";
import type { SessionCapture } from "../capture/session_capture.ts";
import { describeError, Failure } from "../cli/failure.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { print } from "../cli/terminal.ts";
import { type UdpAddress, UdpPair } from "../net/udp_pair.ts";
import { isLabelledChunk } from "../payload/labelled_wav.ts";
import type { WavFormat } from "../media/wav_header.ts";
import { conclude } from "./conclude.ts";
import { FileSet } from "./file_set.ts";
import { guessStream } from "./guess_stream.ts";
import { LabelledRecording } from "./labelled_recording.ts";
import { Loudspeaker } from "./loudspeaker.ts";
import {
  checkReport,
  fileOptions,
  isFolder,
  openCapture,
  type RecordOptions,
  settleCapture,
} from "./options.ts";
import { type OutputPlan, planOutput } from "./output_plan.ts";
import type { Recorder } from "./recorder.ts";
import { Recording } from "./recording.ts";
import { type Ending, Run } from "./run.ts";
import { durationOfSdp, formatsOfSdp, type StreamFormat } from "./stream_format.ts";

/** Silence after which RTP is over. In the audio lab a pause may last as long as it likes. */
const IDLE_MS = 30_000;

/** Chunks after which the audio lab's receiver begins to play. */
const AUDIBLE_AFTER = 18;

/** Records what comes to `port` (0 for any free one); gives the exit code. */
export async function listen(host: string, port: number, options: RecordOptions): Promise<number> {
  using interrupt = new Interrupt();
  const receiver = new Receiver(host, options, interrupt.signal);
  try {
    receiver.open(port);
    return await receiver.finish();
  } finally {
    receiver.close();
  }
}

/** The sockets, and what becomes of what they receive. */
class Receiver {
  readonly #host: string;
  readonly #options: RecordOptions;
  readonly #signal: AbortSignal;
  readonly #pairs: UdpPair[] = [];
  readonly #started = new Date();
  readonly #notes: string[] = [];
  readonly #begun = Promise.withResolvers<void>();
  #streams: readonly StreamFormat[] | "labelled" | undefined;
  #recorder: Recorder | undefined;
  /** Address of the first sender: labels have nothing else that tells senders apart. */
  #sender: string | undefined;
  #run: Run | undefined;
  #failure: unknown;
  readonly #capture: SessionCapture;
  #speaker: Loudspeaker | undefined;
  #presentationSeconds: number | undefined;
  /** Whether TEARDOWN came before any media. */
  #goodbye = false;

  constructor(host: string, options: RecordOptions, signal: AbortSignal) {
    this.#host = host;
    this.#options = options;
    this.#signal = signal;
    checkReport(options);
    this.#capture = openCapture(options, (words) => this.#notes.push(words));
  }

  open(port: number): void {
    const { sdp, format } = this.#options;
    if (sdp !== undefined) this.#streams = this.#readSdp(sdp);
    else if (format !== undefined) this.#streams = format === "labelled" ? format : [format];
    const named = Array.isArray(this.#streams) ? this.#streams as StreamFormat[] : [];
    const first = this.#bind(port, 0);
    for (let track = 1; track < named.length; track++) {
      this.#bind(named[track]!.port ?? first + 2 * track, track);
    }
    if (this.#streams !== undefined) this.#check();
    if (!this.#options.json) {
      const ports = this.#pairs.map(({ rtpPort }) => rtpPort).join(", ");
      print(`Waiting for media on UDP port ${ports}. Ctrl-C ends it.`);
    }
  }

  async finish(): Promise<number> {
    if (this.#signal.aborted) this.#begun.resolve();
    this.#signal.addEventListener("abort", () => this.#begun.resolve(), { once: true });
    const ending = await this.#ended();
    this.close();
    await this.#speaker?.close();
    const parts = this.#recorder === undefined ? [] : [this.#recorder.summary()];
    return conclude(this.#options, parts, {
      source: `UDP port ${this.#pairs[0]?.rtpPort}`,
      started: this.#started,
      elapsedSeconds: this.#run?.elapsedSeconds ?? 0,
      captures: this.#capture.files,
      notes: this.#notes,
    }, ending);
  }

  async #ended(): Promise<Ending> {
    // Who names a time does not want to wait for ever; by default the sender may be started later.
    const { idleMs } = this.#options;
    const timer = idleMs === undefined
      ? undefined
      : setTimeout(() => this.#begun.resolve(), idleMs);
    await this.#begun.promise;
    clearTimeout(timer);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#run !== undefined) return await this.#run.ended;
    if (this.#signal.aborted) {
      return { kind: "interrupted", why: "interrupted before anything came" };
    }
    if (this.#goodbye) return { kind: "complete", why: "the sender ended before anything came" };
    const why = `Cannot record UDP port ${this.#pairs[0]?.rtpPort}: no media came in ` +
      `${(idleMs ?? 0) / 1000} s. Does the sender send to this port of this machine?`;
    return { kind: "failed", why };
  }

  close(): void {
    for (const pair of this.#pairs) pair.close();
    this.#capture.close();
  }

  #readSdp(path: string): StreamFormat[] {
    let text: string;
    try {
      text = Deno.readTextFileSync(path);
    } catch (error) {
      throw new Failure(`Cannot read ${path}: ${describeError(error)}`);
    }
    const streams = formatsOfSdp(text);
    if (streams.length === 0) {
      throw new Failure(`Cannot use ${path}: it describes no media. Look for its m= lines`);
    }
    this.#presentationSeconds = durationOfSdp(text);
    return streams;
  }

  #bind(port: number, track: number): number {
    let pair: UdpPair;
    try {
      pair = port === 0 ? UdpPair.bind(this.#host) : UdpPair.bindFrom(this.#host, port);
    } catch (error) {
      throw new Failure(
        `Cannot listen on UDP port ${port}: ${describeError(error)}. Is another receiver running?`,
      );
    }
    this.#pairs.push(pair);
    pair.growReceiveBuffer();
    pair.listen(
      (datagram, from) => {
        if (isRtcp(datagram)) this.#onRtcp(track, datagram, from, pair.rtpPort);
        else this.#onMedia(track, datagram, from, pair.rtpPort);
      },
      (datagram, from) => this.#onRtcp(track, datagram, from, pair.rtcpPort),
    );
    return pair.rtpPort;
  }

  #onMedia(track: number, datagram: Uint8Array, from: UdpAddress, port: number): void {
    if (this.#failure !== undefined) return;
    if (this.#recorder instanceof LabelledRecording && from.hostname !== this.#sender) {
      this.#keep(datagram, from, port);
      this.#recorder.stray();
      return;
    }
    if (isTeardown(datagram)) {
      this.#keep(datagram, from, port);
      this.#run?.senderIsDone("the server tore the session down");
      this.#goodbye = true;
      this.#begun.resolve();
      return;
    }
    try {
      this.#streams ??= isLabelledChunk(datagram) ? "labelled" : guessStream(datagram);
      if (this.#streams === undefined) return;
      this.#run ??= this.#begin(this.#streams);
      this.#sender ??= from.hostname;
    } catch (error) {
      this.#failure = error;
      this.#begun.resolve();
      return;
    }
    this.#keep(datagram, from, port);
    // The buffer is the socket's; the packet may have to wait for others.
    this.#run.packet(this.#trackOf(track, datagram), datagram.slice());
    this.#begun.resolve();
  }

  #onRtcp(track: number, datagram: Uint8Array, from: UdpAddress, port: number): void {
    this.#keep(datagram, from, port);
    this.#run?.rtcp(track, datagram);
  }

  /** Streams may share a port: then the payload type tells them apart. */
  #trackOf(track: number, datagram: Uint8Array): number {
    if (!Array.isArray(this.#streams) || this.#streams.length < 2) return track;
    const streams: readonly StreamFormat[] = this.#streams;
    const payloadType = datagram[1] === undefined ? -1 : datagram[1] & 0x7f;
    if (streams[track]?.payloadType === payloadType) return track;
    const other = streams.findIndex((stream) => stream.payloadType === payloadType);
    return other === -1 ? track : other;
  }

  #keep(datagram: Uint8Array, from: UdpAddress, port: number): void {
    const host = this.#host === "0.0.0.0" || this.#host === "::" ? "127.0.0.1" : this.#host;
    const sender = { host: from.hostname, port: from.port };
    this.#capture.udp(sender, { host, port }, datagram, Date.now());
  }

  #plan(): OutputPlan {
    const streams = this.#streams;
    if (streams === undefined || streams === "labelled") {
      const lab: StreamFormat = { kind: "audio", encoding: "L16", clockRate: 44_100, channels: 2 };
      return planOutput([lab], this.#options.output, isFolder);
    }
    return planOutput(streams, this.#options.output, isFolder);
  }

  /** Whether the files can be made, before anything has come. */
  #check(): void {
    const plan = this.#plan();
    this.#checkFiles(plan);
    settleCapture(this.#capture, plan);
  }

  #begin(streams: readonly StreamFormat[] | "labelled"): Run {
    const plan = this.#plan();
    this.#notes.push(...plan.notes);
    this.#checkFiles(plan);
    this.#recorder = this.#makeRecorder(plan);
    settleCapture(this.#capture, plan);
    const { durationMs, idleMs = streams === "labelled" ? undefined : IDLE_MS } = this.#options;
    const run = new Run(this.#recorder, {
      signal: this.#signal,
      ...(durationMs === undefined ? undefined : { durationMs }),
      ...(idleMs === undefined ? undefined : { idleMs }),
    });
    run.presentationSeconds = this.#presentationSeconds;
    return run;
  }

  #checkFiles(plan: OutputPlan): void {
    new FileSet(plan, fileOptions(this.#options)).check();
  }

  #makeRecorder(plan: OutputPlan): Recorder {
    const files = fileOptions(this.#options, 1, this.#options.durationMs);
    if (this.#streams === "labelled") {
      return new LabelledRecording(plan, files, (samples, format, chunks) => {
        this.#play(samples, format, chunks);
      });
    }
    return new Recording(this.#streams ?? [], plan, files);
  }

  #play(samples: Uint8Array, format: WavFormat, chunks: number): void {
    if (this.#options.silent || chunks < AUDIBLE_AFTER) return;
    if (chunks === AUDIBLE_AFTER) {
      this.#speaker = Loudspeaker.start(format, (why) => this.#notes.push(`No sound: ${why}.`));
    }
    this.#speaker?.write(samples);
  }
}

/** The word that the audio lab's server sends its receiver at TEARDOWN. */
function isTeardown(datagram: Uint8Array): boolean {
  return datagram.length <= 64 && /^\s*teardown\b/i.test(decodeLatin1(datagram));
}
