/**
 * tshark's table of RTP streams, line by line as it prints it.
 *
 * @module
 */

import type { ClockOption } from "./clock_option.ts";
import { clockByName, presetName, staticClock, wiresharkName } from "./wireshark_names.ts";
import type { WiresharkPacket } from "./wireshark_dissector.ts";
import {
  sampleOf,
  type WiresharkEnds,
  type WiresharkSample,
  WiresharkStream,
} from "./wireshark_streams.ts";

/** RTP packets of one frame that reach the table as they are. */
const TAP_SLOTS = 4;
/** Addresses that are kept once for all streams. */
const MAX_ADDRESSES = 4096;

/** Gathers the streams of one file. */
export class WiresharkTable {
  readonly #streams = new Map<string, WiresharkStream>();
  readonly #addresses = new Map<string, string>();
  readonly #clocks: ReadonlyMap<number, ClockOption>;
  #firstSeconds = -1;
  #firstNanoseconds = 0;
  /** Packets of the frame at hand. */
  #frame: { key: string; ends: WiresharkEnds; sample: WiresharkSample }[] = [];
  #frameNumber = 0;

  /** `clocks` name payload types, as `-d rtp.pt==96,h264` does. */
  constructor(clocks: ReadonlyMap<number, ClockOption> = new Map()) {
    this.#clocks = clocks;
  }

  /** The streams, newest first as tshark has them. */
  get streams(): WiresharkStream[] {
    this.#flush();
    return [...this.#streams.values()].reverse();
  }

  /** Notes the file's first frame, from which times are counted. */
  begin(seconds: number, nanoseconds: number): void {
    if (this.#firstSeconds !== -1) return;
    this.#firstSeconds = seconds;
    this.#firstNanoseconds = nanoseconds;
  }

  /** Counts a packet. */
  add(packet: WiresharkPacket): void {
    if (!packet.isCounted) return;
    const { cursor, fields } = packet;
    if (cursor.frameNumber !== this.#frameNumber) this.#flush();
    this.#frameNumber = cursor.frameNumber;
    const nowMs = (cursor.seconds - this.#firstSeconds) * 1000 +
      (cursor.nanoseconds - this.#firstNanoseconds) / 1e6;
    const { name, clockRate } = this.#format(packet);
    const { source, sourcePort, destination, destinationPort } = packet;
    const key = `${source}|${sourcePort}|${destination}|${destinationPort}|${fields.ssrc}`;
    const { ssrc } = fields;
    const ends = { source, sourcePort, destination, destinationPort, ssrc };
    this.#frame.push({ key, ends, sample: sampleOf(fields, nowMs, name, clockRate) });
  }

  #stream(key: string, ends: WiresharkEnds): WiresharkStream {
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const stream = new WiresharkStream({
      ...ends,
      source: this.#once(ends.source),
      destination: this.#once(ends.destination),
    });
    this.#streams.set(key, stream);
    return stream;
  }

  /** The same string for the same address, since there may be many streams between few. */
  #once(address: string): string {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    if (this.#addresses.size < MAX_ADDRESSES) this.#addresses.set(address, address);
    return address;
  }

  /**
   * tshark keeps the fields of four packets and hands them on when the whole frame is read: with more
   * packets in a TCP segment, later ones have overwritten earlier ones.
   */
  #flush(): void {
    const frame = this.#frame;
    this.#frame = [];
    frame.forEach((_, i) => {
      const last = i + Math.floor((frame.length - 1 - i) / TAP_SLOTS) * TAP_SLOTS;
      const { key, ends, sample } = frame[last]!;
      this.#stream(key, ends).add(sample);
    });
  }

  #format(packet: WiresharkPacket): { name: string; clockRate: number } {
    const { payloadType } = packet.fields;
    if (payloadType < 96) {
      return { name: wiresharkName(payloadType), clockRate: staticClock(payloadType) };
    }
    const { end } = packet;
    const described = end?.by === "SIP" ? end.formats.get(payloadType) : undefined;
    if (described !== undefined) {
      const { encodingName, clockRate } = described;
      const isEvent = /^telephone-event/i.test(encodingName);
      return { name: encodingName, clockRate: isEvent ? 0 : clockRate };
    }
    const option = this.#clocks.get(payloadType);
    if (option !== undefined && end?.by !== "SIP") return optionFormat(payloadType, option);
    const preset = end?.by === "SIP" ? undefined : presetName(payloadType);
    return preset === undefined
      ? { name: wiresharkName(payloadType), clockRate: 0 }
      : { name: preset, clockRate: clockByName(preset) };
  }
}

/** A name alone gives the clock that Wireshark has for it, none for some; a rate is taken at its word. */
function optionFormat(
  payloadType: number,
  { name, format, isRateGiven }: ClockOption,
): { name: string; clockRate: number } {
  if (name === "") return { name: wiresharkName(payloadType), clockRate: format.clockRate };
  return { name, clockRate: isRateGiven ? format.clockRate : clockByName(name) };
}

const TITLE = "========================= RTP Streams ========================";
const COLUMNS =
  "   Start time      End time     Src IP addr  Port    Dest IP addr  Port       SSRC " +
  "         Payload  Pkts         Lost   Min Delta(ms)  Mean Delta(ms)   Max Delta(ms) " +
  " Min Jitter(ms) Mean Jitter(ms)  Max Jitter(ms) Problems?";
const LINE = "==============================================================";

/** The table as text, a line after the other. */
export function* wiresharkTableLines(streams: readonly WiresharkStream[]): Generator<string> {
  yield TITLE;
  yield COLUMNS;
  for (const stream of streams) yield formatRow(stream);
  yield LINE;
}

function formatRow(stream: WiresharkStream): string {
  const { ends, expected, lost } = stream;
  const share = expected === 0 ? 0 : (lost * 100) / expected;
  const ms = (value: number) => value.toFixed(3).padStart(15);
  return [
    (stream.startMs / 1000).toFixed(6).padStart(13),
    (stream.endMs / 1000).toFixed(6).padStart(13),
    ends.source.padStart(15),
    ends.sourcePort.toString().padStart(5),
    ends.destination.padStart(15),
    ends.destinationPort.toString().padStart(5),
    `0x${ends.ssrc.toString(16).toUpperCase().padStart(8, "0")}`,
    stream.payloadNames.join(", ").padStart(16),
    stream.packets.toString().padStart(5),
    lost.toString().padStart(5),
    `(${share.toFixed(1)}%)`,
    ms(stream.minDelta),
    ms(stream.meanDelta),
    ms(stream.maxDelta),
    ms(stream.minJitter),
    ms(stream.meanJitter),
    ms(stream.maxJitter),
    stream.hasProblems ? "X" : "",
  ].join(" ");
}
