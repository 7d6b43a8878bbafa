import { assertEquals } from "@std/assert";
import { Findings } from "../../src/diagnose/findings.ts";
import { RtpObserver } from "../../src/diagnose/rtp_observer.ts";
import type { RtpObserverOptions } from "../../src/diagnose/stream_options.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import type { Payloader } from "../../src/payload/payload_format.ts";
import { framesPerPacket } from "../../src/payload/pcm.ts";
import { WholeJpegPayloader } from "../../src/payload/whole_jpeg.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { RtpSender } from "../../src/rtp/sender.ts";
import { makeJpeg } from "../payload/jpegs.ts";
import { noise } from "./rtp_stream.ts";

/** Sends frames as Reel does, with a report before and BYE behind, and gives what is found. */
function send(
  options: Omit<RtpObserverOptions, "stream">,
  payloader: Payloader,
  frames: readonly Uint8Array[],
  { clockRate, rate, maxBytes = 1400, ssrc = 0x5eed1234, first = 40_000, overtaken = () => 0 }: {
    clockRate: number;
    rate: number;
    /** How many packets overtake the one of that number. */
    overtaken?: (packet: number) => number;
    maxBytes?: number;
    ssrc?: number;
    first?: number;
  },
): string[] {
  const findings = new Findings();
  const observer = new RtpObserver(findings, { stream: "own", ...options });
  const payloadType = options.payloadType ?? 26;
  const sender = new RtpSender({
    payloadType,
    ssrc,
    sequenceNumber: first,
    timestampOffset: 4_294_000_000,
  });
  const cname = { type: "SDES", chunks: [{ ssrc, items: [{ type: 1, text: "reel" }] }] } as const;
  let number = 0;
  let packets = 0;
  const underway: { datagram: Uint8Array; place: number }[] = [];
  const report = (bytes: Uint8Array, timeMs: number) =>
    observer.rtcp(bytes, { number: ++number, timeMs });
  frames.forEach((frame, i) => {
    const timeMs = i * 1000 / rate;
    const timestamp = sender.timestampAt(i * clockRate / rate);
    for (const { payload, marker } of payloader.payloads(frame, maxBytes)) {
      const datagram = new Uint8Array(12 + payload.length);
      datagram.set(payload, 12);
      sender.stamp(datagram, marker, timestamp);
      const place = packets + overtaken(packets++);
      underway.push({ datagram, place });
      underway.sort((a, b) => a.place - b.place);
      while (underway.length > 0 && underway[0]!.place < packets) {
        observer.packet(underway.shift()!.datagram, { number: ++number, timeMs });
      }
    }
    if (i % 50 === 1) {
      report(encodeRtcp([sender.report(1.7e12 + timeMs, timestamp), cname]), timeMs);
    }
  });
  const timeMs = frames.length * 1000 / rate;
  const last = sender.report(1.7e12 + timeMs, sender.timestampAt(0));
  report(encodeRtcp([last, cname, { type: "BYE", ssrcs: [ssrc] }]), timeMs);
  observer.end({ bye: false, timeMs, expectedFrames: frames.length });
  return findings.list().map(({ severity, rule }) => `${severity} ${rule}`);
}

const pictures = Array.from(
  { length: 120 },
  (_, i) => makeJpeg({ width: 320, height: 240, sampling: 1, scan: noise(5000 + i, i + 1) }),
);

Deno.test("our own JPEG by RFC 2435 has no findings", () => {
  const options = { dialect: "standard", payloadType: 26, frameRate: 20 } as const;
  const found = send(options, new JpegPayloader(), pictures, { clockRate: 90_000, rate: 20 });
  assertEquals(found, []);
});

Deno.test("packets that overtake each other are the network's doing, and no mistake of ours", () => {
  const options = { dialect: "standard", payloadType: 26, frameRate: 20 } as const;
  const how = { clockRate: 90_000, rate: 20 };
  for (const distance of [1.5, 2.5, 4.5]) {
    for (const every of [7, 50]) {
      const overtaken = (packet: number): number => packet % every === 5 ? distance : 0;
      const found = send(options, new JpegPayloader(), pictures, { ...how, overtaken });
      assertEquals(found, ["note rtp-reordered"], `${distance} every ${every}`);
    }
  }
});

Deno.test("our own JPEG with restart markers has no findings", () => {
  const frames = pictures.map((_, i) => makeJpeg({ restartInterval: 4, scan: noise(3000, i + 1) }));
  const options = { dialect: "standard", payloadType: 26, frameRate: 20 } as const;
  assertEquals(send(options, new JpegPayloader(), frames, { clockRate: 90_000, rate: 20 }), []);
});

Deno.test("our own sound has no findings", () => {
  const format = { encoding: "L16", sampleRate: 44_100, channels: 2 } as const;
  const count = framesPerPacket(format, 1400);
  const frames = Array.from({ length: 200 }, (_, i) => {
    const view = new DataView(new ArrayBuffer(4 * count));
    for (let s = 0; s < count; s++) {
      const sample = Math.round(8000 * Math.sin((i * count + s) / 20));
      view.setInt16(4 * s, sample);
      view.setInt16(4 * s + 2, -sample);
    }
    return new Uint8Array(view.buffer);
  });
  const options = {
    dialect: "standard",
    payloadType: 97,
    encodingName: "L16",
    clockRate: 44_100,
    channels: 2,
  } as const;
  const onePacket: Payloader = { payloads: (payload) => [{ payload, marker: false }] };
  const found = send(options, onePacket, frames, { clockRate: 44_100, rate: 44_100 / count });
  assertEquals(found, []);
});

Deno.test("our own frames for the lab have no warning", () => {
  const found = send({ dialect: "lab" }, new WholeJpegPayloader(), pictures, {
    clockRate: 90_000,
    rate: 20,
    maxBytes: 65_495,
    first: 1,
  });
  assertEquals(found.filter((text) => !text.startsWith("note ")), []);
});

Deno.test("our own frames for the hello lab have no findings", () => {
  const unmarked: Payloader = {
    payloads: (frame, maxBytes) =>
      new WholeJpegPayloader().payloads(frame, maxBytes).map(({ payload }) => ({
        payload,
        marker: false,
      })),
  };
  const found = send({ dialect: "hello", ssrc: 4711 }, unmarked, pictures, {
    clockRate: 90_000,
    rate: 20,
    maxBytes: 65_495,
    ssrc: 4711,
    first: 1,
  });
  assertEquals(found, []);
});
