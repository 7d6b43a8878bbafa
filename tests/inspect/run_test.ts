import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { encodeUdp, pathBetween } from "../../src/capture/packet_builder.ts";
import { CaptureWriter, LINK_TYPE } from "../../src/capture/pcap_writer.ts";
import { rtpBytes, TestCapture } from "./test_capture.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const FROM = { host: "192.0.2.1", port: 5000 };
const TO = { host: "198.51.100.7", port: 6000 };

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function inspect(...args: string[]): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "inspect", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Two streams that take turns. */
function twoStreams(): TestCapture {
  const capture = new TestCapture();
  for (let i = 0; i < 20; i++) {
    const ssrc = i % 2 === 0 ? 0xa : 0xb;
    const packet = { sequenceNumber: i >> 1, timestamp: (i >> 1) * 160, ssrc };
    capture.rtp(FROM, TO, packet, i * 10);
  }
  return capture;
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a capture is not written over while it is read", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "two.pcap");
    await Deno.writeFile(file, twoStreams().bytes);
    const before = (await Deno.stat(file)).size;
    await Deno.symlink(file, join(folder, "link.pcap"));
    for (const flag of ["--write", "--rtpdump", "--html"]) {
      const run = await inspect("--stream", "1", flag, join(folder, "link.pcap"), file);
      assertEquals(run.code, 2, flag);
      assertStringIncludes(run.stderr, "it is the capture that is read");
    }
    assertEquals((await Deno.stat(file)).size, before);
  });
});

Deno.test("a stream's fragments go with it into a file of its own", async () => {
  await withFolder(async (folder) => {
    const [file, part] = [join(folder, "all.pcap"), join(folder, "part.pcap")];
    const writer = new CaptureWriter({ linkType: LINK_TYPE.raw });
    const records: Uint8Array[] = [writer.header()];
    for (let i = 0; i < 5; i++) {
      const path = pathBetween(FROM, TO);
      const rtp = rtpBytes({ sequenceNumber: i, timestamp: 160 * i, payload: new Uint8Array(900) });
      for (const fragment of fragmented(encodeUdp(path, rtp, i), 480)) {
        records.push(writer.record(i * 20, fragment));
      }
    }
    await Deno.writeFile(file, concatBytes(records));
    assertEquals((await inspect("--write", part, file)).code, 0);
    const [all, written] = [await inspect("--json", file), await inspect("--json", part)];
    assertEquals(JSON.parse(written.stdout).streams, JSON.parse(all.stdout).streams);
    assertEquals(JSON.parse(written.stdout).frames, 10);
  });
});

/** An IPv4 packet in fragments of so many bytes, a multiple of eight. */
function fragmented(packet: Uint8Array, size: number): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  for (let at = 20; at < packet.length; at += size) {
    const fragment = concatBytes([packet.subarray(0, 20), packet.subarray(at, at + size)]);
    const view = new DataView(fragment.buffer);
    view.setUint16(2, fragment.length);
    view.setUint16(6, (at + size < packet.length ? 0x2000 : 0) | ((at - 20) / 8));
    fragments.push(fragment);
  }
  return fragments;
}

Deno.test("files, filters and formats from the command line", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "two.pcap");
    await Deno.writeFile(file, twoStreams().bytes);

    const table = await inspect(file);
    assertEquals(table.code, 0);
    assertStringIncludes(table.stdout, "0x0000000b");

    const rows = await inspect("--headers", "--stream", "2", "--frames", "4-9", file);
    const frames = rows.stdout.trimEnd().split("\n").slice(1).map((row) => row.split("\t")[0]);
    assertEquals(frames, ["4", "6", "8"]);

    const timed = await inspect("--headers", "--from", "100ms", "--to", "0.12", file);
    assertEquals(timed.stdout.trimEnd().split("\n").length, 1 + 3);

    const one = join(folder, "one.pcap");
    const dump = join(folder, "one.rtp");
    const written = await inspect("--stream", "1", "--write", one, "--rtpdump", dump, file);
    assertEquals(written.code, 0, written.stderr);
    const again = JSON.parse((await inspect("--json", one)).stdout);
    const streams = again.streams as { ssrc: string; packetsReceived: number }[];
    assertEquals(streams.map(({ ssrc, packetsReceived }) => [ssrc, packetsReceived]), [[
      "0x0000000a",
      10,
    ]]);
    const dumped = await Deno.readFile(dump);
    const line = encodeText("#!rtpplay1.0 192.0.2.1/5000\n");
    assertEquals(dumped.subarray(0, line.length), line);
    assertEquals(dumped.length, line.length + 16 + 10 * (8 + 172));

    const page = join(folder, "report.html");
    assertEquals((await inspect("--html", page, file)).code, 0);
    assertStringIncludes(await Deno.readTextFile(page), "Bit rate of the payload");
  });
});

Deno.test("what cannot be done is said with the right exit code", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "two.pcap");
    await Deno.writeFile(file, twoStreams().bytes);
    const text = join(folder, "notes.txt");
    await Deno.writeTextFile(text, "this is no capture, only a text that is long enough");
    const cases: [args: string[], code: number, words: string][] = [
      [[join(folder, "missing.pcap")], 1, "Cannot open"],
      [[folder], 1, "it is a folder"],
      [[text], 1, "neither pcap nor pcapng"],
      [["--write", join(folder, "x.pcap"), file], 2, "Choose one with --stream"],
      [["--stream", "9", "--write", join(folder, "x.pcap"), file], 1, "it has 2"],
      [["--json", "--csv", file], 2, "Take one"],
      [["--clock", "96", file], 2, "--clock takes"],
      [["--frames", "x", file], 2, "--frames takes"],
      [[], 2, "Usage"],
    ];
    for (const [args, code, words] of cases) {
      const output = await inspect(...args);
      assertEquals(output.code, code, `${args}: ${output.stderr}`);
      assertStringIncludes(output.stderr, words);
    }
    const cut = join(folder, "cut.pcap");
    await Deno.writeFile(cut, twoStreams().bytes.slice(0, -5));
    const output = await inspect(cut);
    assertEquals(output.code, 0);
    assertStringIncludes(output.stdout, "cut short");
  });
});

Deno.test("a live pipe is reported on while it goes on", async () => {
  const { bytes } = twoStreams();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "inspect", "--ndjson", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(bytes.subarray(0, bytes.length - 300));
  const lines: { type: string; packetsReceived?: number }[] = [];
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const complete = text.split("\n");
    text = complete.pop()!;
    lines.push(...complete.map((line) => JSON.parse(line)));
    // Only once it has told of the beginning does it get the rest.
    if (lines.length >= 2 && lines.every(({ type }) => type === "progress")) {
      await writer.write(bytes.subarray(bytes.length - 300));
      await writer.close();
    }
  }
  assertEquals((await child.status).code, 0);
  const last = lines.filter(({ type }) => type === "stream");
  assertEquals(last.map(({ packetsReceived }) => packetsReceived), [10, 10]);
  assert(lines.some(({ type }) => type === "capture"));
});

Deno.test("the report is of the frames that the filters leave", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "two.pcap");
    await Deno.writeFile(file, twoStreams().bytes);
    for (const limits of [["--frames", "9-"], ["--from", "80ms"]]) {
      const report = JSON.parse((await inspect("--json", ...limits, file)).stdout);
      const streams = report.streams as { packetsReceived: number; firstFrame: number }[];
      const told = streams.map(({ packetsReceived, firstFrame }) => [packetsReceived, firstFrame]);
      assertEquals(told, [[6, 9], [6, 10]]);
      assertEquals(report.durationMs, 190);
      assertStringIncludes(report.notes[0], "8 of 20 frames are left out");
    }
    const rows = (await inspect("--csv", "--to", "50ms", file)).stdout.trimEnd().split("\r\n");
    assert(rows.slice(1).every((row) => row.includes(",3,")), rows.join("\n"));
    assertEquals((await inspect("--wireshark", "--to", "50ms", file)).code, 2);
  });
});

Deno.test("no media file is written when nothing is left of the stream", async () => {
  await withFolder(async (folder) => {
    const [file, media] = [join(folder, "two.pcap"), join(folder, "media")];
    await Deno.writeFile(file, twoStreams().bytes);
    const run = await inspect("--from", "100", "--extract", media, file);
    assertEquals(run.code, 0, run.stderr);
    assertStringIncludes(run.stderr, "stream 1: nothing to take out");
    assertEquals([...Deno.readDirSync(media)], []);
    const page = join(folder, "report.html");
    assertStringIncludes((await inspect("--html", page, file)).stderr, `${page}: written`);
  });
});

Deno.test("a part of a pipe cannot be taken out, and that is said", async () => {
  const run = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "inspect", "--from", "80ms", "--extract", "nowhere", "-"],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = run.stdin.getWriter();
  await writer.write(twoStreams().bytes);
  await writer.close();
  const { code, stderr } = await run.output();
  assertEquals(code, 2);
  assertStringIncludes(new TextDecoder().decode(stderr), "reads the capture twice");
});
