import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import { Findings } from "../../src/diagnose/findings.ts";
import { RtpObserver } from "../../src/diagnose/rtp_observer.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { RTP_FAULTS } from "./rtp_faults.ts";
import {
  h264Stream,
  helloStream,
  image,
  jpegStream,
  labStream,
  soundStream,
  type Stream,
  watch,
} from "./rtp_stream.ts";

const rules = (stream: Stream) => watch(stream).map(({ rule }) => rule);

for (const [index, { rule, severity, base, faulty, seen }] of RTP_FAULTS.entries()) {
  const again = RTP_FAULTS.findIndex((other) => other.rule === rule) < index;
  const { dialect, stream } = faulty.options;
  Deno.test(`${rule} is named, and nothing else: ${dialect} ${stream}${again ? ", 2" : ""}`, () => {
    const before = new Set(rules(base));
    const findings = watch(faulty).filter((finding) => !before.has(finding.rule));
    assertEquals(findings.map((finding) => finding.rule), [rule]);
    assertEquals(findings[0]!.severity, severity);
    assertStringIncludes(findings[0]!.seen, seen);
  });
}

for (
  const [name, stream] of Object.entries({
    "JPEG by RFC 2435": jpegStream(),
    "JPEG with tables under a Q of its own": jpegStream(60, { q: 200 }),
    "JPEG with computed tables": jpegStream(60, { q: 75 }),
    "JPEG with restart markers": jpegStream(60, { type: 65, restart: [0, 4, 0xff, 0xff] }),
    "L16": soundStream(),
    "H.264 with frames out of order": h264Stream(),
  })
) {
  Deno.test(`a correct stream has no findings: ${name}`, () => {
    assertEquals(watch(stream), []);
  });
}

Deno.test("error correction beside JPEG is not judged as JPEG", () => {
  const stream = jpegStream();
  const end = stream.packets.findIndex(({ marker }) => marker);
  const parity = { ...stream.packets[end]!, payloadType: 127, payload: new Uint8Array(40) };
  stream.packets.splice(end + 1, 0, { ...parity, marker: false });
  stream.packets.forEach((packet, i) => packet.sequenceNumber = (3 + i) & 0xffff);
  const found = watch(stream).filter(({ severity }) => severity !== "note");
  assertEquals(found.map(({ rule }) => rule), ["rtp-payload-type-announced"]);
});

Deno.test("error correction beside a lab's frames, under their numbers, is no frame", () => {
  const stream = labStream();
  const usual = new Set(rules(stream));
  // The parity of whole images begins like one of them, and ends like none.
  const parity = { payloadType: 127, payload: stream.packets[0]!.payload.subarray(0, 3000) };
  const packets = stream.packets.flatMap((packet, i) =>
    i % 3 === 2 ? [packet, { ...packet, ...parity }] : [packet]
  );
  const found = rules({ ...stream, packets }).filter((rule) => !usual.has(rule));
  assertEquals(found.toSorted(), ["rtp-payload-type", "rtp-sequence-repeat"]);
});

Deno.test("a clock that runs wrong is named however short the stream, and once", () => {
  for (const frames of [40, 61, 70, 90, 150, 200]) {
    const stream = labStream(frames);
    stream.packets.forEach((packet, i) => packet.timestamp = i);
    const found = rules(stream).filter((rule) => rule.startsWith("rtp-timestamp"));
    assertEquals(found, ["rtp-timestamp-rate"], `${frames} frames`);
  }
});

Deno.test("the lab's skeleton has one warning, the clock, and notes", () => {
  assertEquals(watch(labStream()).map(({ rule, severity }) => `${severity} ${rule}`), [
    "warning rtp-timestamp-seconds",
    "note rtp-ssrc-zero",
    "note rtp-length-mtu",
    "note rtp-marker-missing",
  ]);
});

Deno.test("a lab sender that does as the RFC says has no warning", () => {
  const stream = labStream();
  stream.packets.forEach((packet, i) => {
    packet.timestamp = 1000 + i * 4680;
    packet.ssrc = 5;
    packet.marker = true;
  });
  assertEquals(rules(stream), ["rtp-length-mtu"]);
});

Deno.test("the hello lab as it is prescribed has a note alone", () => {
  assertEquals(watch(helloStream()).map(({ rule, severity }) => `${severity} ${rule}`), [
    "note rtp-timestamp-seconds",
  ]);
});

Deno.test("whole images make an unknown stream the lab's", () => {
  const stream = labStream();
  const observer = new RtpObserver(new Findings(), { stream: "video", dialect: "unknown" });
  assertEquals(observer.dialect, "unknown");
  const unknown = { ...stream, options: { ...stream.options, dialect: "unknown" as const } };
  assertEquals(watch(unknown), watch(stream));
});

Deno.test("seconds are recognized in a stream of half a second", () => {
  assert(rules(labStream(12)).includes("rtp-timestamp-seconds"));
});

Deno.test("what only the receiver's stop explains is not held against the sender", () => {
  const stream = { ...labStream(255), end: { bye: false, expectedFrames: 500, stopped: true } };
  assertEquals(rules(stream), rules(labStream()));
});

Deno.test("a pause between two PLAYs is neither slow pacing nor a wrong clock", () => {
  const findings = new Findings();
  const stream = jpegStream(300);
  const observer = new RtpObserver(findings, stream.options);
  let number = 0;
  let offset = 0;
  for (const packet of stream.packets) {
    if (number > 0 && number % 90 === 0) {
      observer.pause();
      offset += 900;
    }
    const datagram = encodeRtpPacket(packet);
    observer.packet(datagram, { number: ++number, timeMs: packet.timeMs + offset });
  }
  observer.end({ bye: true, timeMs: 20_000 });
  assertEquals(findings.list(), []);
});

Deno.test("a burst at the start of a standard stream is allowed", () => {
  const stream = jpegStream(500);
  for (const packet of stream.packets) {
    const ahead = Math.min(packet.timeMs, 4000);
    packet.timeMs = packet.timeMs - ahead + ahead / 10;
  }
  assertEquals(rules(stream), []);
});

Deno.test("over the control connection a packet may be long", () => {
  const stream = h264Stream();
  stream.packets[5]!.payload = new Uint8Array(9000);
  assertEquals(rules(stream), ["rtp-length-mtu"]);
  const options = { ...stream.options, overTcp: true };
  assertEquals(rules({ ...stream, options }), []);
});

Deno.test("over IPv6 a packet may be shorter by twenty bytes", () => {
  const stream = h264Stream();
  stream.packets[5]!.payload = new Uint8Array(1441);
  assertEquals(rules(stream), []);
  const options = { ...stream.options, overIpv6: true };
  assertEquals(rules({ ...stream, options }), ["rtp-length-mtu"]);
});

Deno.test("BYE seen in RTCP counts as the end", () => {
  const stream = jpegStream();
  const ssrc = 0x1a2b3c4d;
  const bytes = encodeRtcp([
    { type: "RR", ssrc, reports: [] },
    { type: "SDES", chunks: [{ ssrc, items: [{ type: 1, text: "a" }] }] },
    { type: "BYE", ssrcs: [ssrc] },
  ]);
  stream.packets.push({ ...stream.packets.at(-1)!, rtcp: { bytes } });
  assertEquals(rules({ ...stream, end: { bye: false } }), []);
});

Deno.test("packets behind a BYE for somebody else are not too late", () => {
  const stream = jpegStream();
  const bytes = encodeRtcp([
    { type: "RR", ssrc: 9, reports: [] },
    { type: "SDES", chunks: [{ ssrc: 9, items: [{ type: 1, text: "a" }] }] },
    { type: "BYE", ssrcs: [9] },
  ]);
  stream.packets.splice(30, 0, { ...stream.packets[30]!, rtcp: { bytes } });
  assertEquals(rules({ ...stream, end: { bye: false } }), ["rtcp-bye-ssrc"]);
});

Deno.test("what receivers send to open a firewall is no stream", () => {
  const findings = new Findings();
  const observer = new RtpObserver(findings, { stream: "video", dialect: "standard" });
  const ffmpeg = new Uint8Array(12);
  ffmpeg[0] = 0x80;
  observer.packet(ffmpeg, { number: 1, timeMs: 0 });
  observer.packet(Uint8Array.of(0xce, 0xfa, 0xed, 0xfe), { number: 2, timeMs: 0 });
  observer.rtcp(Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 0), { number: 2, timeMs: 0 });
  for (let i = 0; i < 5; i++) {
    observer.packet(new Uint8Array(200).fill(i * 17), { number: 3, timeMs: 0 });
  }
  observer.end({ bye: false, timeMs: 9 });
  assertEquals(findings.list(), []);
});

Deno.test("a frame with a small header of its own is told from one that is no JPEG", () => {
  const stream = labStream();
  stream.packets.forEach((packet, i) => {
    packet.payload = new Uint8Array([0, i, 1, 0, ...image(900, i)]);
  });
  const found = watch(stream);
  assertEquals(found.filter(({ rule }) => rule.startsWith("rtp-payload")), []);
  assertStringIncludes(
    found.find(({ rule }) => rule === "rtp-frame-fragmented")!.seen,
    "00 00 01 00, a header of its own",
  );
});

Deno.test("frames in pieces that all have the frame's number: that is named, and nothing that is not", () => {
  const pieces = (header: (index: number, total: number) => number[]): Stream => {
    const stream = labStream();
    const packets = stream.packets.flatMap((packet) => {
      const size = 1400;
      const total = Math.ceil(packet.payload.length / size);
      return Array.from({ length: total }, (_, i) => {
        const part = packet.payload.subarray(i * size, (i + 1) * size);
        return {
          ...packet,
          payload: concatBytes([Uint8Array.from(header(i, total)), part]),
          marker: i === total - 1,
          timeMs: packet.timeMs + i / 10,
        };
      });
    });
    return { ...stream, packets };
  };
  const expected = [
    "rtp-sequence-repeat",
    "rtp-timestamp-seconds",
    "rtp-ssrc-zero",
    "rtp-frame-fragmented",
  ];
  for (const header of [() => [], (i: number, total: number) => [0, i, 0, total, 9, 9]]) {
    const found = watch(pieces(header));
    assertEquals(new Set(found.map(({ rule }) => rule)), new Set(expected));
  }
});

Deno.test("a timestamp whose bytes stand in the wrong places is no clock", () => {
  const stream = labStream();
  stream.packets.forEach((packet, i) => packet.timestamp = ((i * 40 & 255) << 24) >>> 0);
  const findings = watch(stream).filter(({ rule }) => rule.startsWith("rtp-timestamp"));
  assertEquals(findings.map(({ rule }) => rule), ["rtp-timestamp-rate"]);
  assertStringIncludes(findings[0]!.seen, "671088640 units");
});

Deno.test("pieces of a frame that are stamped one by one are no new beginning", () => {
  const stream = labStream();
  const packets = stream.packets.flatMap((packet, n) =>
    [0, 2500, 5000].map((at, i) => ({
      ...packet,
      payload: packet.payload.subarray(at, i === 2 ? undefined : at + 2500),
      // The clock moves on within every tenth frame.
      timestamp: 1_700_000_000 + Math.floor((n + (i > 0 ? 1 : 0)) / 10),
      marker: i === 2,
    }))
  );
  const found = rules({ ...stream, packets });
  for (const rule of ["rtp-sequence-restart", "rtp-sequence-backwards", "rtp-sequence-jump"]) {
    assert(!found.includes(rule), found.join(" "));
  }
});

Deno.test("what a busy receiver reads late is a loss, and no jump of the sender's", () => {
  // 300 packets a second; for a quarter of a second nothing is read, and 40 packets find no room.
  const stream = labStream(400);
  const packets = stream.packets.filter((_, i) => i < 190 || i >= 230);
  packets.forEach((packet, i) => {
    const number = packet.sequenceNumber;
    packet.timeMs = i < 150 || number >= 230 ? number * 10 / 3 : 250 + 150 * 10 / 3;
  });
  const found = rules({ ...stream, packets });
  assert(found.includes("rtp-sequence-gap"), found.join(" "));
  assert(!found.includes("rtp-sequence-jump"), found.join(" "));
});

Deno.test("a clock that is set back is not taken for one that runs wrong", () => {
  const stream = soundStream(900);
  stream.packets.slice(450).forEach((packet) => packet.timestamp -= 100_000);
  assertEquals(rules(stream), ["rtp-timestamp-backwards"]);
});

Deno.test("where a finding was made is told", () => {
  const stream = jpegStream();
  stream.packets[77]!.payload[5] = 0;
  const [finding] = watch(stream);
  assertEquals(finding!.where, {
    kind: "packet",
    number: 78,
    timeMs: stream.packets[77]!.timeMs,
    stream: "video",
  });
});

Deno.test("arbitrary bytes never throw", () => {
  const header = fc.tuple(
    fc.constantFrom(0x80, 0x90, 0xa0, 0xb1, 0x00),
    fc.constantFrom(26, 154, 97, 200, 201, 14),
    fc.uint8Array({ minLength: 10, maxLength: 10 }),
    fc.constantFrom([0xff, 0xd8, 0xff], [0, 0, 0, 0, 1, 255, 0, 0, 0, 0], []),
    fc.uint8Array({ maxLength: 60 }),
  ).map(([first, second, rest, start, tail]) =>
    Uint8Array.from([first, second, ...rest, ...start, ...tail])
  );
  const datagrams = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), header), { maxLength: 30 });
  const dialects = fc.constantFrom("standard", "lab", "hello", "unknown", "audio-lab" as const);
  const names = fc.constantFrom("JPEG", "L16", "H264", "");
  fc.assert(
    fc.property(datagrams, dialects, names, (packets, dialect, encodingName) => {
      const findings = new Findings();
      const observer = new RtpObserver(findings, { stream: "s", dialect, encodingName });
      packets.forEach((packet, i) => {
        observer.packet(packet, { number: i + 1, timeMs: i * 37 });
        observer.rtcp(packet, { number: i + 1, timeMs: i * 37 });
      });
      observer.end({ bye: false, timeMs: 5000, expectedFrames: 9 });
      findings.list();
    }),
    { seed: 4711, numRuns: 1500 },
  );
});
