import { assertEquals } from "@std/assert";
import { Findings } from "../../src/diagnose/findings.ts";
import { RtpObserver } from "../../src/diagnose/rtp_observer.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { helloStream, labStream, soundStream, type Stream } from "./rtp_stream.ts";

/** `count` numbers from `first` on, which wrap. */
const run = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => (first + i) & 0xffff);

/** Sound whose timestamps go with these numbers. */
const stamped = (numbers: readonly number[]) => (count: number): Stream => {
  const stream = soundStream(count);
  stream.packets.forEach((packet, i) => packet.timestamp = (numbers[i]! - numbers[0]!) * 441);
  return stream;
};

/** What is found about numbers that come in this order, a new timestamp with each. */
function watch(
  numbers: readonly number[],
  stream: (packets: number) => Stream = soundStream,
  pauseBefore: readonly number[] = [],
): string[] {
  const { options, packets } = stream(numbers.length);
  const findings = new Findings();
  const observer = new RtpObserver(findings, { ...options, fromStart: false });
  packets.forEach((packet, i) => {
    if (pauseBefore.includes(i)) observer.pause();
    const datagram = encodeRtpPacket({ ...packet, sequenceNumber: numbers[i]! });
    observer.packet(datagram, { number: i + 1, timeMs: packet.timeMs });
  });
  observer.end({ bye: true, timeMs: packets.at(-1)!.timeMs, stopped: true });
  return findings.list().filter(({ rule }) => /sequence|duplicate|reordered/.test(rule))
    .map(({ rule, seen, count }) => `${rule} ${count}: ${seen}`);
}

Deno.test("a jump forward of thousands did not go back", () => {
  assertEquals(watch([...run(1000, 100), ...run(20_000, 100)]), [
    "rtp-sequence-jump 1: 20000 after 1099: 18900 missing",
  ]);
});

Deno.test("numbers that go back after the wrap did not jump", () => {
  assertEquals(watch([...run(65_000, 12_536), ...run(5000, 50)]), [
    "rtp-sequence-backwards 1: 5000, 5001 after 11999",
  ]);
});

Deno.test("what is lost in a long silence is a loss, however much it is", () => {
  const silence = (count: number) => {
    const stream = soundStream(count);
    for (const packet of stream.packets.slice(500)) packet.timeMs += 30_000;
    return stream;
  };
  assertEquals(watch([...run(1000, 500), ...run(4700, 100)], silence), [
    "rtp-sequence-gap 1: 4700 after 1499: 3200 missing",
  ]);
});

Deno.test("a new sequence after PAUSE and PLAY is no mistake, one from the very beginning is", () => {
  const first = run(30_000, 100);
  for (const second of [10_000, 29_950, 30_105, 31_000, 33_500, 60_000]) {
    assertEquals(watch([...first, ...run(second, 100)], soundStream, [100]), [], `${second}`);
  }
  assertEquals(watch([...first, ...run(0, 100)], soundStream, [100]), [
    "rtp-sequence-restart 1: 0 after 30099",
  ]);
  assertEquals(watch([...run(1, 20), ...run(1, 20)], labStream, [20]), [
    "rtp-sequence-restart 1: 1 after 20",
  ]);
});

Deno.test("packets that were on their way at PLAY begin no new sequence", () => {
  const first = run(30_000, 100);
  const inFlight = [...first.slice(0, -3), 30_099, 30_098, 30_097, ...run(30_100, 100)];
  assertEquals(watch(inFlight, stamped(inFlight), [98]), [
    "rtp-reordered 2: 30098 after 30099",
  ]);
  // The first packets behind PLAY are of the old range still.
  assertEquals(watch([...first, ...run(30_100, 3), ...run(12_000, 100)], soundStream, [100]), []);
});

for (
  const [name, stream] of Object.entries({ soundStream, labStream, helloStream })
) {
  Deno.test(`a number that never changes is named, though the timestamps do: ${name}`, () => {
    assertEquals(watch(run(7000, 200).fill(7000), stream), [
      "rtp-sequence-constant 196: always 7000",
    ]);
  });
}

Deno.test("the smallest pictures under one number differ", () => {
  const small = (count: number) => {
    const stream = labStream(count);
    stream.packets.forEach((packet, i) => {
      packet.payload = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, i, 1, 1, 1, 1, 0xff, 0xd9);
    });
    return stream;
  };
  assertEquals(watch(run(7000, 60).fill(7000), small), [
    "rtp-sequence-constant 56: always 7000",
  ]);
});

Deno.test("numbers that two packets share did not go back", () => {
  assertEquals(watch(Array.from({ length: 200 }, (_, i) => 7000 + (i >> 1))), [
    "rtp-sequence-repeat 100: 7000 again, with other content",
  ]);
});

Deno.test("a number of some packets ago is a repetition", () => {
  assertEquals(watch([...run(7000, 50), 7040, ...run(7050, 50)]), [
    "rtp-sequence-repeat 1: 7040 again, with other content",
  ]);
});

Deno.test("where packets only changed places nothing is missing", () => {
  const reordered = "rtp-reordered 2: 7002 after 7005";
  const mixed = [7001, 7003, 7005, 7002, 7004, ...run(7006, 90)];
  assertEquals(watch(mixed, stamped(mixed)), [reordered]);
  const without = mixed.filter((number) => number !== 7008);
  assertEquals(watch(without, stamped(without)), [
    reordered,
    "rtp-sequence-gap 1: 7009 after 7007: 1 missing",
  ]);
});

Deno.test("the gap behind packets that changed places is counted from the highest", () => {
  const numbers = [...run(7000, 40), 7041, 7040, ...run(7043, 60)];
  assertEquals(watch(numbers, stamped(numbers)), [
    "rtp-reordered 1: 7040 after 7041",
    "rtp-sequence-gap 1: 7043 after 7041: 1 missing",
  ]);
});
