import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { serveFolder } from "../support/serving.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Counts are the same to the last. */
const COUNTS = [
  "frames",
  "bytes",
  "packetsExpected",
  "packetsReceived",
  "packetsLost",
  "lossRate",
  "duplicates",
  "reordered",
  "late",
  "malformed",
  "damagedFrames",
] as const;

function reel(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(ROOT, "main.ts"), ...args],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

/** Times are, but for the digits that a capture does not keep. */
const TIMES = ["frameRateMean", "dataRateMean", "jitterMs", "firstFrameDelayMs"] as const;

type Numbers = Record<string, number>;

for (
  const [name, flags] of [
    ["standard RTP", []],
    ["interleaved", ["--transport", "tcp"]],
    ["the lab's RTP", ["--dialect", "lab"]],
  ] as const
) {
  Deno.test(`a player's numbers and those of its capture are the same: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    await using serving = serveFolder(join(ROOT, "media"));
    try {
      const pcap = join(folder, "session.pcap");
      const played = await reel(
        ...[
          "play",
          `${serving.url}/movie.Mjpeg`,
          "--no-page",
          "--no-audio",
          "--json",
          "--duration",
          "2",
          "--pcap",
          pcap,
        ],
        ...flags,
      ).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      assertEquals(played.code, 0, text(played.stderr));
      const inspected = await reel("inspect", "--json", "--no-rules", pcap).output();
      const { tracks } = JSON.parse(text(played.stdout)) as { tracks: Numbers[] };
      const { streams } = JSON.parse(text(inspected.stdout)) as { streams: Numbers[] };
      assertEquals(streams.length, tracks.length);
      for (const track of tracks) {
        const stream = streams.find(({ kind }) => kind === track["kind"]);
        assert(stream !== undefined);
        const counts = (from: Numbers) => COUNTS.map((field) => [field, from[field]]);
        assertEquals(counts(stream), counts(track));
        // Where the labs pause is not said to the millisecond.
        const share = name === "the lab's RTP" ? 0.05 : 0.001;
        for (const field of TIMES) {
          const [ours, theirs] = [stream[field], track[field]];
          assertEquals(ours === undefined, theirs === undefined, field);
          if (theirs !== undefined) assertAlmostEquals(ours!, theirs, share * theirs + 0.01, field);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
