import { assert, assertEquals } from "@std/assert";
import { readCapture } from "../../src/inspect/capture_input.ts";
import { parseClocks } from "../../src/inspect/clock_option.ts";
import { HEADER_COLUMNS } from "../../src/inspect/headers_report.ts";
import { PacketFilter } from "../../src/inspect/packet_filter.ts";
import { HeaderRows, WiresharkStreams } from "../../src/inspect/run_wireshark.ts";
import { sharedFiles, sharedPath, sharedTest } from "./shared_captures.ts";

/** The capture that an answer file belongs to. */
function captureOf(stem: string): URL {
  const name = sharedFiles("dev").find((file) =>
    file === `${stem}.pcap` || file === `${stem}.pcapng`
  );
  assert(name !== undefined, `no capture for ${stem}`);
  return sharedPath("dev", name);
}

async function table(capture: URL, heuristics: boolean, clocks: string[]): Promise<string[]> {
  const streams = new WiresharkStreams(parseClocks(clocks), { heuristics });
  using file = await Deno.open(capture);
  await readCapture(file, streams);
  return streams.format().split("\n").filter((line) => line !== "");
}

/** Rows with their numbers compared to 0.001, since one of us may round the other way. */
function assertSameTable(actual: string[], expected: string[], what: string): void {
  const cells = (line: string) => line.trim().split(/\s+/);
  assertEquals(actual.length, expected.length, what);
  actual.forEach((line, i) => {
    const [ours, theirs] = [cells(line), cells(expected[i]!)];
    assertEquals(ours.length, theirs.length, `${what}: ${line}`);
    ours.forEach((cell, j) => {
      const close = Math.abs(Number(cell) - Number(theirs[j])) <= 0.001 + 1e-9;
      assert(cell === theirs[j] || close, `${what}: ${cell} is not ${theirs[j]} in ${line}`);
    });
  });
}

sharedTest("headers are those that tshark prints, for every capture", async (context) => {
  for (const answer of sharedFiles("dev").filter((name) => name.endsWith(".rtp.tsv"))) {
    const stem = answer.replace(".rtp.tsv", "");
    await context.step(stem, async () => {
      const rows = [HEADER_COLUMNS.join("\t")];
      using file = await Deno.open(captureOf(stem));
      await readCapture(file, new HeaderRows((row) => rows.push(row), new PacketFilter()));
      const expected = (await Deno.readTextFile(sharedPath("dev", answer))).split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"));
      assertEquals(rows, expected);
    });
  }
});

sharedTest(
  "the table of streams is tshark's, plain, with heuristics and with a clock",
  async (context) => {
    for (const answer of sharedFiles("dev").filter((name) => name.endsWith(".streams.txt"))) {
      const stem = answer.replace(/(\.clock)?\.streams\.txt$/, "");
      const sections = (await Deno.readTextFile(sharedPath("dev", answer))).split(/^# /m).slice(1);
      for (const section of sections) {
        const [title = "", ...lines] = section.split("\n");
        const clock = /rtp\.pt==(\d+),(\w+)/.exec(title);
        const heuristics = title.includes("--enable-heuristic");
        // Skinny sets these streams up, which only tshark reads.
        if (stem.startsWith("d11") && !heuristics) continue;
        await context.step(`${stem}: ${title.replace(/:.*/, "")}`, async () => {
          const clocks = clock === null ? [] : [`${clock[1]}=${clock[2]}`];
          assertSameTable(
            await table(captureOf(stem), heuristics, clocks),
            lines.filter((line) => line !== ""),
            answer,
          );
        });
      }
    }
  },
);
