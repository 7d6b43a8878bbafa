import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { Failure } from "../../src/cli/failure.ts";
import { analyse } from "../../src/inspect/analyse.ts";
import { readCapture } from "../../src/inspect/capture_input.ts";
import { formatHtml } from "../../src/inspect/html_report.ts";
import { PacketFilter } from "../../src/inspect/packet_filter.ts";
import { HeaderRows, WiresharkStreams } from "../../src/inspect/run_wireshark.ts";
import { type SignalledEnd, Signalling } from "../../src/inspect/signalling.ts";
import { formatJson } from "../../src/inspect/structured_report.ts";
import { formatReport } from "../../src/inspect/table_report.ts";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { sharedFiles, sharedPath, sharedTest } from "./shared_captures.ts";
import { CLIENT, exchange, rtpBytes, SERVER, TestCapture } from "./test_capture.ts";

/** A capture with a little of everything. */
function sample(): Uint8Array<ArrayBuffer> {
  const capture = new TestCapture({ container: "pcapng" });
  exchange(
    capture,
    "SETUP rtsp://192.0.2.20/a RTSP/1.0\nCSeq: 1\nTransport: RTP/AVP/TCP;interleaved=0-1\n\n",
    "RTSP/1.0 200 OK\nCSeq: 1\nSession: 1\nTransport: RTP/AVP/TCP;interleaved=0-1\n\n",
    0,
  );
  const [from, to] = [{ host: "192.0.2.1", port: 5000 }, { host: "192.0.2.2", port: 6000 }];
  for (let i = 0; i < 8; i++) {
    const packet = rtpBytes({ sequenceNumber: i, timestamp: i * 160, payloadType: 26 });
    capture.udp(from, to, packet, i * 20);
    capture.tcp(SERVER, CLIENT, encodeInterleaved(0, packet), i * 20 + 1);
  }
  capture.udp(from, to, encodeRtcp([{ type: "BYE", ssrcs: [0x1234] }]), 200);
  return capture.bytes;
}

/** All that inspect does with a capture; errors with a name are answers. */
async function inspectAll(bytes: Uint8Array): Promise<void> {
  try {
    const report = await analyse(memorySource(bytes), { series: true });
    formatReport(report, true);
    formatJson([report]);
    await readCapture(memorySource(bytes), new HeaderRows(() => {}, new PacketFilter()));
    const table = new WiresharkStreams(new Map());
    await readCapture(memorySource(bytes), table);
    table.format();
  } catch (error) {
    assert(error instanceof Failure || error instanceof DecodeError, String(error));
  }
}

Deno.test("a cut, changed or spliced capture ends in an answer or a named error", async () => {
  const whole = sample();
  await inspectAll(whole);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length),
      fc.nat(whole.length),
      fc.nat(whole.length),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
      async (end, spliceFrom, spliceTo, changes) => {
        const changed = whole.slice();
        for (const [at, value] of changes) changed[at] = value;
        await inspectAll(changed);
        await inspectAll(changed.subarray(0, end));
        await inspectAll(concatBytes([whole.subarray(0, spliceFrom), whole.subarray(spliceTo)]));
      },
    ),
    { seed: 71, numRuns: 150 },
  );
});

Deno.test("a page holds nothing that a capture could make it run", async () => {
  const capture = new TestCapture();
  exchange(
    capture,
    "OPTIONS rtsp://x/</script><script>alert(1)</script> RTSP/1.0\nCSeq: 1\n\n",
    "RTSP/1.0 200 OK\nCSeq: 1\n\n",
    0,
  );
  const { Analysis } = await import("../../src/inspect/analyse.ts");
  const analysis = await Analysis.create({ file: "<b>.pcap", series: true });
  const outcome = await readCapture(memorySource(capture.bytes), analysis);
  await analysis.finish();
  const page = formatHtml({
    report: analysis.report(outcome),
    streams: analysis.streams,
    conversations: analysis.analyser.intake.rtsp.conversations,
  });
  assert(page.includes("&lt;b&gt;.pcap"));
  assert(!page.includes("<script>alert"));
  assertEquals(page.split("</script>").length, 4);
});

sharedTest("every robust capture gives an answer or a clear error", async () => {
  for (const name of sharedFiles("robust")) {
    await inspectAll(await Deno.readFile(sharedPath("robust", name)));
  }
});

sharedTest("no stream is seen where there is none", async () => {
  const names = sharedFiles("robust").filter((name) => name.startsWith("n"));
  assert(names.length > 0);
  for (const name of names) {
    const bytes = await Deno.readFile(sharedPath("robust", name));
    assertEquals((await analyse(memorySource(bytes))).streams, [], name);
  }
  const tinc = await Deno.readFile(sharedPath("dev", "d13-negative-tinc.pcap"));
  assertEquals((await analyse(memorySource(tinc))).streams, []);
});

sharedTest("two tracks with one SSRC are two streams without loss", async () => {
  const bytes = await Deno.readFile(sharedPath("dev", "d05-rtsp-interleaved-same-ssrc.pcap"));
  const { streams } = await analyse(memorySource(bytes));
  assertEquals(streams.map(({ channel, packetsLost }) => [channel, packetsLost]), [[2, 0], [0, 0]]);
});

Deno.test("streams without end are counted, and the first of them reported", async () => {
  const capture = new TestCapture();
  const [from, to] = [{ host: "192.0.2.1", port: 5000 }, { host: "192.0.2.2", port: 6000 }];
  const payload = new Uint8Array(8);
  for (let ssrc = 1; ssrc <= 10_020; ssrc++) {
    for (let i = 0; i < 6; i++) {
      const packet = { sequenceNumber: i, timestamp: i * 8, ssrc, payload };
      capture.rtp(from, to, packet, ssrc + i);
    }
  }
  const { streams, notes } = await capture.analyse({ rules: false });
  assertEquals(streams.length, 10_000);
  assertEquals(notes, [
    "120 packets of further RTP sources are not looked at: there are 10000 streams already",
  ]);
});

Deno.test("a connection that begins as RTSP and goes on as junk is given up", async () => {
  const capture = new TestCapture();
  capture.tcp(CLIENT, SERVER, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", 0);
  for (let i = 0; i < 100; i++) capture.tcp(CLIENT, SERVER, "A: 1\r\n".repeat(100), i);
  const { conversations } = await capture.analyse();
  assertEquals(conversations.map(({ messages }) => messages), [2001]);
});

Deno.test("ends that signalling names without end are forgotten, the newest last", () => {
  const signalling = new Signalling();
  const end: SignalledEnd = {
    kind: "audio",
    formats: new Map(),
    parameters: new Map(),
    by: "SIP",
    frameNumber: 1,
    carries: "rtp",
    isSecured: false,
    dialect: "standard",
  };
  for (let i = 0; i < 100_000; i++) signalling.add(`host ${i}`, 1 + i % 60_000, end);
  assert([...signalling.entries()].length <= 20_000);
  assertEquals(signalling.get("host 99999", 40_000), end);
  assertEquals(signalling.get("host 0", 1), undefined);
});
