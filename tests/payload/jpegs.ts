/** JPEG files and packets for tests. */

import { concatBytes } from "../../src/bytes/text.ts";
import { segment } from "../../src/payload/jpeg_build.ts";
import { STANDARD_HUFFMAN_TABLES } from "../../src/payload/jpeg_tables.ts";
import type { Payload } from "../../src/payload/payload_format.ts";
import type { RtpPacket } from "../../src/rtp/packet.ts";

export interface TestJpeg {
  width?: number;
  height?: number;
  sampling?: 0 | 1;
  lumaSampling?: number;
  frameType?: number;
  restartInterval?: number;
  components?: 1 | 3;
  oneTable?: boolean;
  wide?: boolean;
  customHuffman?: boolean;
  /** Not stuffed yet. */
  scan?: Uint8Array;
}

/** A file whose segments are right; its scan is whatever was given. */
export function makeJpeg(parts: TestJpeg): Uint8Array {
  const { width = 64, height = 48, frameType = 0xc0, components = 3, wide = false } = parts;
  const { restartInterval = 0, scan = Uint8Array.of(1, 2, 3), sampling = 1 } = parts;
  const luma = parts.lumaSampling ?? (sampling === 0 ? 0x21 : 0x22);
  const table = (id: number): Uint8Array =>
    segment(
      0xdb,
      Uint8Array.of(
        wide ? 16 + id : id,
        ...Array.from({ length: 64 }, (_, i) => wide ? [i >> 5, i + id] : [i + id + 1]).flat(),
      ),
    );
  const huffman = [...STANDARD_HUFFMAN_TABLES].map(([place, { counts, values }]) => {
    const changed = values.slice();
    if (parts.customHuffman === true) changed.reverse();
    return segment(0xc4, Uint8Array.of(place), counts, changed);
  });
  const chroma = parts.oneTable === true ? 0 : 1;
  const specs = [[1, luma, 0], [2, 0x11, chroma], [3, 0x11, chroma]].slice(0, components);
  return concatBytes([
    Uint8Array.of(0xff, 0xd8),
    table(0),
    ...(parts.oneTable === true ? [] : [table(1)]),
    ...huffman,
    ...(restartInterval > 0 ? [segment(0xdd, Uint8Array.of(0, restartInterval))] : []),
    segment(
      frameType,
      Uint8Array.of(8, height >> 8, height, width >> 8, width, components, ...specs.flat()),
    ),
    segment(
      0xda,
      Uint8Array.of(components, ...[1, 0, 2, 0x11, 3, 0x11].slice(0, 2 * components), 0, 63, 0),
    ),
    Uint8Array.from([...scan].flatMap((byte) => byte === 0xff ? [0xff, 0] : [byte])),
    Uint8Array.of(0xff, 0xd9),
  ]);
}

/** A packet with a payload; what is not given is 0. */
export function payloadPacket(packet: Partial<RtpPacket>): RtpPacket {
  return {
    marker: false,
    payloadType: 26,
    sequenceNumber: 0,
    timestamp: 0,
    ssrc: 0,
    csrcs: [],
    payload: new Uint8Array(),
    paddingLength: 0,
    ...packet,
  };
}

/** Packets with consecutive sequence numbers. */
export function packetsOf(
  payloads: readonly Payload[],
  packet: Partial<RtpPacket>,
): RtpPacket[] {
  const first = packet.sequenceNumber ?? 0;
  return payloads.map((payload, i) =>
    payloadPacket({ ...packet, ...payload, sequenceNumber: (first + i) & 0xffff })
  );
}
