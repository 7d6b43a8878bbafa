/**
 * `--extract DIR`: the media of a capture in files.
 *
 * @module
 */

import { join } from "@std/path";
import { DecodeError } from "../bytes/decode_error.ts";
import { describeError, Failure } from "../cli/failure.ts";
import { decodeLabPacket } from "../payload/lab_packet.ts";
import { pcmFormat } from "../payload/pcm.ts";
import { decodeRtpPacket, type RtpPacket } from "../rtp/packet.ts";
import { readNamed } from "./capture_input.ts";
import type { ClockOption } from "./clock_option.ts";
import { type Extractor, H264Extractor, SoundExtractor } from "./extractors.ts";
import type { PacketFilter } from "./packet_filter.ts";
import { PictureExtractor } from "./picture_extractor.ts";
import type { RtspConversation } from "./rtsp_conversation.ts";
import type { Stream } from "./stream.ts";
import { formatOf } from "./stream_format.ts";
import { StreamPackets } from "./stream_packets.ts";

/** What is taken out. */
export interface ExtractOptions {
  /** The folder. */
  readonly folder: string;
  /** Streams and their numbers. */
  readonly streams: readonly (readonly [number: number, stream: Stream])[];
  /** The RTSP conversations that set streams up: each PLAY begins them anew. */
  readonly conversations: readonly RtspConversation[];
  /** Meanings of payload types. */
  readonly clocks: ReadonlyMap<number, ClockOption>;
  /** Which packets. */
  readonly filter: PacketFilter;
}

interface Taken {
  readonly extractor: Extractor;
  readonly payloadType: number;
}

/** A stream, and the frames with the PLAY requests that have not been reached yet. */
interface Taking extends Taken {
  readonly number: number;
  readonly plays: number[];
}

/**
 * Writes the media of the streams that Reel understands and tells in words what it did.
 *
 * @throws {Failure} When files cannot be written.
 */
export async function extract(file: string, options: ExtractOptions): Promise<string[]> {
  const { folder, streams, conversations, filter } = options;
  const lines: string[] = [];
  const taken = new Map<Stream, Taking>();
  try {
    await Deno.mkdir(folder, { recursive: true });
    for (const [number, stream] of streams) {
      const what = open(number, stream, options);
      if (typeof what === "string") lines.push(what);
      else taken.set(stream, { ...what, number, plays: playsOf(stream, conversations) });
    }
    const walk = new StreamPackets([...taken.keys()], ({ stream, datagram, cursor }) => {
      if (!filter.takes(cursor)) return;
      const { extractor, payloadType, plays } = taken.get(stream)!;
      // What is kept of a packet must outlive the block it lies in.
      const bytes = datagram.slice();
      const packet = isLabFilm(stream) ? decodeLabPacket(bytes) : decode(bytes);
      if (packet === undefined || packet.payloadType !== payloadType) return;
      while (plays.length > 0 && plays[0]! < cursor.frameNumber) {
        plays.shift();
        extractor.playSent();
      }
      extractor.push(packet, bytes, cursor.seconds * 1000 + cursor.nanoseconds / 1e6);
    }, filter);
    await readNamed(file, walk);
    for (const { number, extractor } of taken.values()) {
      lines.push(extractor.finish() ?? `stream ${number}: nothing to take out`);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot write to ${folder}: ${describeError(error)}`);
  }
  return lines;
}

/** The frames in which PLAY was sent for a stream. */
function playsOf({ path }: Stream, conversations: readonly RtspConversation[]): number[] {
  const conversation = conversations[(path.conversation ?? 0) - 1];
  return conversation?.plays.map(({ frameNumber }) => frameNumber) ?? [];
}

/** The extractor of a stream, or why there is none. */
function open(
  number: number,
  stream: Stream,
  { folder, clocks }: ExtractOptions,
): Taken | string {
  const [payloadType = 0] = [...stream.countTypes()].sort(([, a], [, b]) => b - a)[0] ?? [];
  const format = formatOf(payloadType, stream.end, clocks);
  const stem = join(folder, `stream-${number}`);
  if (stream.end?.isSecured === true) return `stream ${number}: encrypted, nothing to take out`;
  const pcm = pcmFormat(format ?? {});
  if (pcm !== undefined) {
    return { payloadType, extractor: new SoundExtractor(`${stem}.wav`, pcm) };
  }
  const name = format?.encodingName.toUpperCase();
  if (name === "JPEG") {
    const extractor = new PictureExtractor(stem, format!.clockRate, isLabFilm(stream));
    return { payloadType, extractor };
  }
  if (name === "H264") {
    const fmtp = stream.end?.parameters.get(payloadType) ?? "";
    return { payloadType, extractor: new H264Extractor(`${stem}.h264`, fmtp) };
  }
  const what = name ?? `payload type ${payloadType}`;
  return `stream ${number}: ${what} is nothing that can be taken out${
    name === undefined ? `; name it with --clock ${payloadType}=NAME` : ""
  }`;
}

function isLabFilm(stream: Stream): boolean {
  return stream.end?.dialect === "lab" || stream.holdsWholeJpegs;
}

function decode(datagram: Uint8Array): RtpPacket | undefined {
  try {
    return decodeRtpPacket(datagram, { anyVersion: true });
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
