/**
 * RTP streams without a mistake, to be watched as they are or with one thing changed.
 *
 * @module
 */

import { concatBytes } from "../../src/bytes/text.ts";
import type { Finding } from "../../src/diagnose/finding.ts";
import { Findings } from "../../src/diagnose/findings.ts";
import { RtpObserver, type StreamEnd } from "../../src/diagnose/rtp_observer.ts";
import type { RtpObserverOptions } from "../../src/diagnose/stream_options.ts";
import { encodeRtpPacket, type RtpExtension } from "../../src/rtp/packet.ts";

/** A packet on its way. */
export interface Sent {
  marker: boolean;
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
  timeMs: number;
  csrcs?: number[];
  extension?: RtpExtension;
  paddingLength?: number;
  /** Changes the encoded bytes. */
  spoil?: (datagram: Uint8Array) => Uint8Array;
  /** An RTCP packet, on its own port or on that of RTP. */
  rtcp?: { bytes: Uint8Array; onRtpPort?: boolean };
}

/** A stream, what is known of it, and how it ended. */
export interface Stream {
  readonly options: RtpObserverOptions;
  readonly packets: Sent[];
  readonly end?: Partial<StreamEnd>;
}

/** What is found in a stream. */
export function watch(stream: Stream): readonly Finding[] {
  const findings = new Findings();
  const observer = new RtpObserver(findings, stream.options);
  let number = 0;
  let timeMs = 0;
  for (const packet of stream.packets) {
    const meta = { number: ++number, timeMs: packet.timeMs };
    timeMs = packet.timeMs;
    if (packet.rtcp !== undefined) {
      if (packet.rtcp.onRtpPort === true) observer.packet(packet.rtcp.bytes, meta);
      else observer.rtcp(packet.rtcp.bytes, meta);
      continue;
    }
    const datagram = encodeRtpPacket(packet);
    observer.packet(packet.spoil?.(datagram) ?? datagram, meta);
  }
  observer.end({ bye: true, timeMs: timeMs + 50, ...stream.end });
  return findings.list();
}

/** Bytes that look compressed: no FF among them, the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = (state >>> 24) % 0xfe + 1;
  }
  return bytes;
}

/** A whole image, as far as the labs' checks look. */
export function image(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return concatBytes([
    Uint8Array.of(0xff, 0xd8, 0xff, 0xdb),
    noise(length - 6, seed),
    Uint8Array.of(0xff, 0xd9),
  ]);
}

/** The lab's skeleton: 20 frames a second, whole seconds, SSRC 0, no marker. */
export function labStream(frames = 100): Stream {
  return {
    options: { stream: "video", dialect: "lab" },
    packets: Array.from({ length: frames }, (_, i) => ({
      marker: false,
      payloadType: 26,
      sequenceNumber: (i + 1) & 0xffff,
      timestamp: 1_700_000_000 + Math.floor(i * 52 / 1000),
      ssrc: 0,
      payload: image(6000 + i % 7 * 100, i),
      timeMs: 100 + i * 52,
    })),
  };
}

/** The hello lab: the SessionID as SSRC. */
export function helloStream(frames = 100): Stream {
  const { packets } = labStream(frames);
  for (const packet of packets) packet.ssrc = 48_113;
  return { options: { stream: "video", dialect: "hello", ssrc: 48_113 }, packets };
}

const TABLES = noise(128, 99);

/** An RFC 2435 payload: 8 bytes of header, tables in the first packet, scan data. */
export function jpegPayload(
  offset: number,
  scan: Uint8Array,
  { type = 1, q = 255, tables = TABLES, restart }: {
    type?: number;
    q?: number;
    tables?: Uint8Array;
    restart?: number[];
  } = {},
): Uint8Array<ArrayBuffer> {
  const header = [0, offset >> 16, (offset >> 8) & 255, offset & 255, type, q, 80, 60];
  const tableHeader = offset === 0 && q >= 128
    ? [0, 0, tables.length >> 8, tables.length & 255, ...tables]
    : [];
  return concatBytes([Uint8Array.from([...header, ...(restart ?? []), ...tableHeader]), scan]);
}

/** Standard JPEG: 25 frames a second in three packets each. */
export function jpegStream(
  frames = 120,
  how: Parameters<typeof jpegPayload>[2] = {},
): Stream {
  const packets: Sent[] = [];
  for (let frame = 0; frame < frames; frame++) {
    for (let piece = 0; piece < 3; piece++) {
      packets.push({
        marker: piece === 2,
        payloadType: 26,
        sequenceNumber: (65_400 + packets.length) & 0xffff,
        timestamp: (4_294_900_000 + frame * 3600) >>> 0,
        ssrc: 0x1a2b3c4d,
        payload: jpegPayload(piece * 1000, noise(1000, packets.length), how),
        timeMs: 20 + frame * 40 + piece * 2,
      });
    }
  }
  return {
    options: {
      stream: "video",
      dialect: "standard",
      payloadType: 26,
      encodingName: "JPEG",
      clockRate: 90_000,
      ssrc: 0x1a2b3c4d,
      frameRate: 25,
    },
    packets,
  };
}

/** Sound: 44.1 kHz, two channels, 16 bits in network byte order, a tone in each channel. */
export function soundStream(count = 300, littleEndian = false): Stream {
  const samples = 320;
  return {
    options: {
      stream: "audio",
      dialect: "standard",
      payloadType: 97,
      encodingName: "L16",
      clockRate: 44_100,
      channels: 2,
    },
    packets: Array.from({ length: count }, (_, i) => {
      const payload = new Uint8Array(samples * 4);
      const view = new DataView(payload.buffer);
      for (let s = 0; s < samples; s++) {
        const time = (i * samples + s) / 44_100;
        view.setInt16(4 * s, 9000 * Math.sin(2 * Math.PI * 440 * time), littleEndian);
        view.setInt16(4 * s + 2, 7000 * Math.sin(2 * Math.PI * 660 * time), littleEndian);
      }
      return {
        marker: i === 0,
        payloadType: 97,
        sequenceNumber: 3000 + i,
        timestamp: 12_345 + i * samples,
        ssrc: 77,
        payload,
        timeMs: i * samples / 44.1,
      };
    }),
  };
}

/** H.264 as far as the header goes: frames of two packets, shown in another order than sent. */
export function h264Stream(frames = 120): Stream {
  const packets: Sent[] = [];
  for (let frame = 0; frame < frames; frame++) {
    // I B B P order: every third frame is sent before two that are shown earlier.
    const shown = frame % 3 === 0 ? frame + 2 : frame - 1;
    for (let piece = 0; piece < 2; piece++) {
      packets.push({
        marker: piece === 1,
        payloadType: 96,
        sequenceNumber: 900 + packets.length,
        timestamp: 50_000 + shown * 3600,
        ssrc: 99,
        payload: noise(900, packets.length),
        timeMs: frame * 40 + piece,
      });
    }
  }
  return {
    options: { stream: "video", dialect: "standard", encodingName: "H264", clockRate: 90_000 },
    packets,
  };
}
