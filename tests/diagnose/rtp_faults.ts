/**
 * One fault for each RTP and RTCP rule.
 *
 * @module
 */

import { concatBytes } from "../../src/bytes/text.ts";
import type { Severity } from "../../src/diagnose/finding.ts";
import type { RuleId } from "../../src/diagnose/rules/catalogue.ts";
import { encodeRtcp, type RtcpPacket } from "../../src/rtp/rtcp.ts";
import {
  h264Stream,
  helloStream,
  image,
  jpegPayload,
  jpegStream,
  labStream,
  noise,
  type Sent,
  soundStream,
  type Stream,
} from "./rtp_stream.ts";

/** A stream with something wrong in it. */
export interface RtpFault {
  /** The rule that has to be the only one that is broken, beyond those of `base`. */
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly base: Stream;
  readonly faulty: Stream;
  /** What has to be in `seen`. */
  readonly seen: string;
}

function fault(
  rule: RuleId,
  severity: Severity,
  make: () => Stream,
  spoil: (packets: Sent[]) => Sent[] | void,
  seen: string,
  more: Partial<Stream> = {},
): RtpFault {
  const stream = make();
  const packets = spoil(stream.packets) ?? stream.packets;
  return { rule, severity, base: make(), faulty: { ...stream, packets, ...more }, seen };
}

const each = (change: (packet: Sent, index: number) => void) => (packets: Sent[]) =>
  packets.forEach(change);
const at = (index: number, change: (packet: Sent) => void) => (packets: Sent[]) =>
  change(packets[index]!);
const bits = (mask: number, byte = 0) => (packet: Sent) => {
  packet.spoil = (datagram) => {
    datagram[byte]! |= mask;
    return datagram;
  };
};
const renumber = (packets: Sent[], number: (index: number) => number) =>
  packets.forEach((packet, i) => packet.sequenceNumber = number(i) & 0xffff);

const SSRC = 0x1a2b3c4d;
const RR: RtcpPacket = { type: "RR", ssrc: SSRC, reports: [] };
const SR: RtcpPacket = {
  type: "SR",
  ssrc: SSRC,
  ntp: { seconds: 3_900_000_000, fraction: 0 },
  rtpTimestamp: 5,
  packetCount: 1,
  octetCount: 1,
  reports: [],
};
const CNAME: RtcpPacket = {
  type: "SDES",
  chunks: [{ ssrc: SSRC, items: [{ type: 1, text: "reel@127.0.0.1" }] }],
};
const rtcpAt = (index: number, bytes: Uint8Array, onRtpPort = false) => (packets: Sent[]) => {
  packets.splice(index, 0, { ...packets[index]!, rtcp: { bytes, onRtpPort } });
};
const compound = (...packets: RtcpPacket[]) => encodeRtcp(packets);

/** Frames of two lab packets, the marker on the second. */
function inTwo(packets: Sent[]): Sent[] {
  return packets.flatMap((packet) => [
    { ...packet, payload: packet.payload.subarray(0, 4000) },
    { ...packet, payload: packet.payload.subarray(4000), marker: true },
  ]).map((packet, i) => ({ ...packet, sequenceNumber: i + 1 }));
}

/** The faults. */
export const RTP_FAULTS: readonly RtpFault[] = [
  fault(
    "rtp-short",
    "error",
    labStream,
    (packets) => packets.toSpliced(5, 0, { ...packets[5]!, spoil: () => Uint8Array.of(0x80, 26) }),
    "2 bytes: 80 1A",
  ),
  fault(
    "rtp-version",
    "error",
    labStream,
    each((packet) => {
      packet.spoil = (datagram) => {
        datagram[0] = 0;
        return datagram;
      };
    }),
    "version 0 in 00 1A 00 01",
  ),
  fault(
    "rtp-padding",
    "error",
    () => soundStream(),
    each((packet) => {
      packet.payload = concatBytes([packet.payload.subarray(0, -4), new Uint8Array(4)]);
      bits(0x20)(packet);
    }),
    "last byte 0",
  ),
  fault("rtp-padding-set", "error", helloStream, each((packet) => packet.paddingLength = 4), "P=1"),
  fault("rtp-extension-cut", "error", labStream, each(bits(0x10)), "X=1 in 90 1A 00 01"),
  fault(
    "rtp-extension-set",
    "error",
    labStream,
    each((packet) => {
      packet.extension = { profile: 0xbede, data: new Uint8Array(4) };
    }),
    "X=1",
  ),
  fault(
    "rtp-csrc-cut",
    "error",
    () => jpegStream(),
    at(359, (packet) => {
      packet.spoil = (datagram) => {
        datagram[0] = 0x8f;
        return datagram.subarray(0, 40);
      };
    }),
    "CC=15",
  ),
  fault("rtp-csrc-set", "error", labStream, each((packet) => packet.csrcs = [1]), "CC=1"),
  fault("rtp-marker-set", "error", helloStream, each((packet) => packet.marker = true), "M=1"),
  fault(
    "rtp-marker-missing",
    "error",
    () => jpegStream(),
    each((packet) => {
      packet.marker = false;
    }),
    "offset 0 where 3000 was due",
  ),
  fault(
    "rtp-marker-missing",
    "error",
    h264Stream,
    each((packet) => {
      packet.marker = false;
    }),
    "M=0",
  ),
  fault(
    "rtp-marker-early",
    "error",
    () => jpegStream(),
    each((packet) => packet.marker = true),
    "offset",
  ),
  fault(
    "rtp-payload-type",
    "warning",
    labStream,
    each((packet) => {
      packet.payloadType = 14;
    }),
    "PT=14",
  ),
  fault(
    "rtp-payload-type-announced",
    "error",
    () => soundStream(),
    each((packet) => {
      packet.payloadType = 98;
    }),
    "PT=98",
  ),
  fault(
    "rtp-payload-type-changed",
    "note",
    h264Stream,
    at(100, (packet) => {
      packet.payloadType = 100;
    }),
    "PT=100",
  ),
  fault("rtp-ssrc-zero", "warning", h264Stream, each((packet) => packet.ssrc = 0), "0x00000000"),
  fault(
    "rtp-ssrc-changed",
    "warning",
    h264Stream,
    each((packet, i) => {
      if (i > 50) packet.ssrc = 5;
    }),
    "0x00000005 after 0x00000063",
  ),
  fault("rtp-ssrc-announced", "error", helloStream, each((packet) => packet.ssrc = 7), "(48113)"),
  fault(
    "rtp-empty",
    "warning",
    h264Stream,
    at(9, (packet) => {
      packet.payload = new Uint8Array(0);
    }),
    "12 bytes, all header",
  ),
  fault(
    "rtp-length-buffer",
    "warning",
    labStream,
    at(8, (packet) => {
      packet.payload = image(20_469, 1);
    }),
    "a datagram of 20481 bytes",
  ),
  fault(
    "rtp-length-mtu",
    "warning",
    h264Stream,
    at(9, (packet) => {
      packet.payload = noise(1461, 5);
    }),
    "1473",
  ),

  fault("rtp-sequence-start", "warning", labStream, (packets) => {
    renumber(packets, (i) => i);
  }, "first number 0"),
  fault(
    "rtp-sequence-gap",
    "note",
    labStream,
    (packets) => packets.toSpliced(40, 1),
    "42 after 40",
  ),
  fault("rtp-sequence-jump", "warning", labStream, (packets) => {
    renumber(packets, (i) => i < 50 ? i + 1 : i + 31);
  }, "81 after 50"),
  fault("rtp-sequence-constant", "error", h264Stream, (packets) => {
    renumber(packets, () => 1234);
  }, "always 1234"),
  fault("rtp-sequence-repeat", "error", h264Stream, (packets) => {
    renumber(packets, (i) => 900 + i - (i > 99 ? 1 : 0));
  }, "999 again"),
  fault("rtp-sequence-backwards", "warning", soundStream, (packets) => {
    renumber(packets, (i) => i > 150 ? 2950 + i : 3000 + i);
  }, "3101, 3102 after 3150"),
  fault("rtp-sequence-restart", "warning", labStream, (packets) => {
    renumber(packets, (i) => i < 60 ? i + 1 : i - 59);
    packets.slice(60).forEach((packet) => {
      packet.timeMs += 1200;
      packet.timestamp += 1;
    });
  }, "1, 2 after 60"),
  fault("rtp-sequence-one-byte", "error", () => labStream(300), (packets) => {
    renumber(packets, (i) => (i + 1) & 255);
  }, "0 after 255"),
  fault(
    "rtp-sequence-stop-255",
    "error",
    () => ({ ...labStream(255), end: { expectedFrames: 255 } }),
    () => {},
    "last sequence number 255",
    {
      end: { expectedFrames: 500 },
    },
  ),
  fault(
    "rtp-sequence-stop-65535",
    "error",
    () => labStream(300),
    (packets) => {
      renumber(packets, (i) => 65_236 + i);
    },
    "last sequence number 65535",
    {
      options: { ...labStream(1).options, fromStart: false },
      end: { expectedFrames: 500 },
    },
  ),
  fault(
    "rtp-duplicate",
    "note",
    h264Stream,
    (packets) => packets.toSpliced(40, 0, packets[39]!),
    "939 twice",
  ),
  fault("rtp-reordered", "note", h264Stream, (packets) => {
    [packets[40], packets[41]] = [packets[41]!, packets[40]!];
  }, "940 after 941"),

  fault(
    "rtp-timestamp-constant",
    "error",
    h264Stream,
    each((packet) => packet.timestamp = 5),
    "0 units in 3",
  ),
  fault(
    "rtp-timestamp-seconds",
    "error",
    () => soundStream(900),
    each((packet) => {
      packet.timestamp = 1_700_000_000 + Math.floor(packet.timeMs / 1000);
    }),
    "3 units in 3",
  ),
  fault(
    "rtp-timestamp-milliseconds",
    "error",
    h264Stream,
    each((packet) => {
      packet.timestamp = Math.floor(packet.timeMs / 40) * 40;
    }),
    "units in 3",
  ),
  fault(
    "rtp-timestamp-rate",
    "error",
    () => h264Stream(400),
    each((packet) => {
      packet.timestamp = Math.floor(packet.timeMs / 40) * 1800;
    }),
    "45000 units a second of arrival, clock 90000 Hz",
  ),
  fault(
    "rtp-timestamp-backwards",
    "error",
    () => jpegStream(),
    each((packet, i) => {
      if (i >= 180) packet.timestamp = (packet.timestamp - 7200) >>> 0;
    }),
    "after",
  ),
  fault(
    "rtp-timestamp-in-frame",
    "error",
    () => jpegStream(),
    each((packet, i) => {
      packet.timestamp = (packet.timestamp + i % 3) >>> 0;
    }),
    "at fragment offset 1000",
  ),
  fault(
    "rtp-pacing-fast",
    "warning",
    labStream,
    each((packet) => packet.timeMs /= 2),
    "26.0 ms apart",
  ),
  fault(
    "rtp-pacing-slow",
    "warning",
    labStream,
    each((packet) => {
      packet.timeMs *= 2;
      packet.timestamp = 1_700_000_000 + Math.floor(packet.timeMs / 1000);
    }),
    "104.0 ms apart",
  ),
  fault(
    "rtp-pacing-burst",
    "warning",
    labStream,
    each((packet, i) => {
      packet.timeMs = 100 + Math.floor(i / 10) * 520;
    }),
    "at once",
  ),
  fault(
    "rtp-pacing-fast",
    "warning",
    () => jpegStream(1200),
    each((packet) => packet.timeMs /= 2),
    "180000 units",
  ),
  fault(
    "rtp-pacing-slow",
    "warning",
    () => jpegStream(400),
    each((packet) => packet.timeMs *= 2),
    "45000 units",
  ),
  fault("rtp-frames-missing", "warning", labStream, () => {}, "100 frames of 500", {
    end: { expectedFrames: 500 },
  }),
  fault("rtp-no-bye", "warning", h264Stream, () => {}, "no BYE", { end: { bye: false } }),
  fault(
    "rtp-after-bye",
    "note",
    () => jpegStream(),
    rtcpAt(
      300,
      compound(SR, CNAME, { type: "BYE", ssrcs: [SSRC] }),
    ),
    "ms after BYE",
  ),

  fault(
    "rtp-payload-not-jpeg",
    "error",
    labStream,
    at(30, (packet) => {
      packet.payload = noise(3000, 4);
    }),
    "a payload that begins",
  ),
  fault(
    "rtp-payload-jpeg-cut",
    "error",
    labStream,
    at(30, (packet) => {
      packet.payload = packet.payload.subarray(0, -2);
    }),
    "the frame of packet 31 ends",
  ),
  fault("rtp-frame-fragmented", "note", () => labStream(), inTwo, "the middle of an image"),
  fault("rtp-fragment-no-header", "error", labStream, (packets) =>
    packets.flatMap((packet) => [
      { ...packet, payload: packet.payload.subarray(0, 4000) },
      { ...packet, spoil: () => packet.payload.subarray(4000) },
    ]), "behind an unfinished frame"),
  fault(
    "rtp-samples-odd",
    "error",
    () => soundStream(),
    at(200, (packet) => {
      packet.payload = packet.payload.subarray(0, -1);
    }),
    "1279 bytes, 4 a sample",
  ),
  fault("rtp-samples-little-endian", "warning", () => soundStream(), (packets) => {
    soundStream(packets.length, true).packets.forEach(({ payload }, i) =>
      packets[i]!.payload = payload
    );
  }, "times less"),

  fault(
    "jpeg-header-missing",
    "error",
    () => jpegStream(),
    (packets) =>
      packets.filter((_, i) => i % 3 === 2).map((packet, i) => ({
        ...packet,
        sequenceNumber: 500 + i,
        payload: image(1300, i),
      })),
    "FF D8 FF DB",
  ),
  fault(
    "jpeg-header-short",
    "error",
    () => jpegStream(),
    at(359, (packet) => {
      packet.payload = packet.payload.subarray(0, 7);
    }),
    "7 bytes",
  ),
  fault("jpeg-type", "error", () => jpegStream(), ({ length }) => {
    const { packets } = jpegStream(length / 3, { type: 2 });
    return packets;
  }, "type 2"),
  fault("jpeg-q", "error", () => jpegStream(), () => jpegStream(120, { q: 100 }).packets, "Q 100"),
  fault(
    "jpeg-dimensions",
    "warning",
    () => jpegStream(),
    each((packet) => {
      packet.payload[6] = 0;
    }),
    "width 0, height 480",
  ),
  fault(
    "jpeg-fragment-offset",
    "error",
    () => jpegStream(),
    each((packet) => {
      packet.payload[2] = packet.payload[2]! >> 1;
    }),
    "where 1000 was due",
  ),
  fault(
    "jpeg-scan-with-headers",
    "error",
    () => jpegStream(),
    each((packet, i) => {
      if (i % 3 === 0) packet.payload.set([0xff, 0xd8], 8 + 4 + 128);
    }),
    "FF D8",
  ),
  fault(
    "jpeg-tables-missing",
    "error",
    () => jpegStream(),
    () => jpegStream(120, { tables: new Uint8Array(0) }).packets,
    "Q 255, then 00 00 00 00",
  ),
  fault(
    "jpeg-tables-omitted",
    "note",
    () => jpegStream(120, { q: 130 }),
    at(9, (packet) => {
      packet.payload = jpegPayload(0, packet.payload.subarray(8 + 4 + 128), {
        q: 130,
        tables: new Uint8Array(0),
      });
    }),
    "Q 130, then 00 00 00 00",
  ),
  fault(
    "jpeg-tables-length",
    "error",
    () => jpegStream(),
    () => jpegStream(120, { tables: noise(100, 1) }).packets,
    "Q 255, then 00 00 00 64",
  ),
  fault(
    "jpeg-tables-varied",
    "error",
    () => jpegStream(120, { q: 130 }),
    at(9, (packet) => {
      packet.payload[20]! ^= 1;
    }),
    "under Q 130",
  ),
  fault(
    "jpeg-tables-static",
    "error",
    () => jpegStream(120, { q: 80 }),
    each((packet, i) => {
      if (i % 3 === 0) packet.payload.set([0, 0, 0, 128], 8);
    }),
    "Q 80, then 00 00 00 80",
  ),
  fault(
    "jpeg-restart",
    "error",
    () => jpegStream(),
    () => jpegStream(120, { type: 65, restart: [0, 0, 0xff, 0xff] }).packets,
    "00 00 FF FF",
  ),

  fault(
    "rtcp-on-rtp-port",
    "warning",
    () => jpegStream(),
    rtcpAt(30, compound(SR, CNAME), true),
    "80 C8",
  ),
  fault(
    "rtcp-malformed",
    "error",
    () => jpegStream(),
    rtcpAt(
      30,
      Uint8Array.of(0x40, 200, 0, 1, 0, 0, 0, 1),
    ),
    "version is 1",
  ),
  fault(
    "rtcp-length",
    "error",
    () => jpegStream(),
    rtcpAt(
      30,
      concatBytes([Uint8Array.of(0x81, 201, 0, 32, 0, 0, 0, 9), new Uint8Array(24)]),
    ),
    "length field 32 in 32 bytes",
  ),
  fault(
    "rtcp-compound-first",
    "warning",
    () => jpegStream(),
    rtcpAt(30, compound(CNAME, SR)),
    "81 CA",
  ),
  fault("rtcp-cname-missing", "note", () => jpegStream(), rtcpAt(30, compound(SR)), "80 C8"),
  fault(
    "rtcp-ssrc-zero",
    "warning",
    () => jpegStream(),
    rtcpAt(
      30,
      compound({ ...RR, ssrc: 0 } as RtcpPacket, CNAME),
    ),
    "80 C9 00 01 00 00 00 00",
  ),
  fault("rtcp-bye-ssrc", "warning", () => jpegStream(), (packets) => {
    const last = packets.at(-1)!;
    const bytes = compound(SR, CNAME, { type: "BYE", ssrcs: [5] });
    return [...packets, { ...last, rtcp: { bytes } }];
  }, "BYE of 0x00000005"),
  fault("rtcp-sr-missing", "warning", () => jpegStream(), (packets) => {
    for (const index of [10, 100, 200, 300]) rtcpAt(index, compound(RR, CNAME))(packets);
  }, "4 RTCP datagrams"),
];
