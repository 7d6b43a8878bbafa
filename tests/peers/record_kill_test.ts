import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  filmOf,
  filmPackets,
  impair,
  openMovie,
  randomFrom,
  type Sent,
  soundOf,
  soundPackets,
} from "../record/simulate.ts";
import { inFolder, type ReelProcess, startReceiver, UdpSender } from "../record/process.ts";
import { peerTest, runPeer } from "./peer.ts";

const KILLS = 50;
const AT_ONCE = 5;
const SDP = "v=0\r\nm=video 0 RTP/AVP 26\r\na=framerate:20\r\nm=audio 0 RTP/AVP 10\r\n";

/** All but the last second has to be there. */
const MAY_BE_MISSING_SECONDS = 1;

interface Victim {
  readonly folder: string;
  readonly kind: "avi" | "files";
  /** Packets that had been sent when it was killed. */
  readonly sent: readonly Sent[];
}

peerTest(
  "ffmpeg ffprobe tshark",
  `a recorder killed at ${KILLS} random moments leaves files that open`,
  async () => {
    using movie = openMovie();
    const packets = impair([
      ...filmPackets(filmOf(movie), { track: 0, frames: 80 }),
      ...soundPackets(soundOf(movie), { track: 1, seconds: 4 }),
    ]);
    const random = randomFrom(2026);
    await inFolder(async (root) => {
      let next = 0;
      const worker = async (): Promise<void> => {
        for (let i = next++; i < KILLS; i = next++) {
          const folder = join(root, String(i));
          await Deno.mkdir(folder);
          await check(await kill(folder, i % 2 === 0 ? "avi" : "files", 0.1 + 2.2 * random()));
          await Deno.remove(folder, { recursive: true });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    });

    /** Sends in real time and kills after so many seconds. */
    async function kill(folder: string, kind: Victim["kind"], after: number): Promise<Victim> {
      await Deno.writeTextFile(join(folder, "session.sdp"), SDP);
      const output = kind === "avi" ? "new.avi" : "new.Mjpeg";
      const { reel, port } = await startReceiver(
        ["--sdp", "session.sdp", "-o", output, "--pcap", "session.pcap"],
        folder,
      );
      using sender = new UdpSender(port);
      const startedMs = performance.now();
      let sent = 0;
      for (const { track, datagram, timeMs } of packets) {
        if (timeMs > after * 1000) break;
        const wait = startedMs + timeMs - performance.now();
        if (wait > 2) await new Promise((resolve) => setTimeout(resolve, wait));
        await sender.send(datagram, 2 * track);
        sent++;
      }
      await end(reel);
      return { folder, kind, sent: packets.slice(0, sent) };
    }
  },
);

async function end(reel: ReelProcess): Promise<void> {
  reel.kill("SIGKILL");
  await reel.outcome();
}

async function check({ folder, kind, sent }: Victim): Promise<void> {
  const { text } = await runPeer("tshark", ["-n", "-r", join(folder, "session.pcap")]);
  const captured = text.split("\n").length - 1;
  assert(captured <= sent.length, `${captured} packets of ${sent.length}`);
  // The capture shows what the recorder had come to see, however busy the machine is.
  const seconds = (sent[captured - 1]?.timeMs ?? 0) / 1000;
  const least = seconds - MAY_BE_MISSING_SECONDS;
  if (least <= 0) return;
  if (kind === "avi") {
    const streams = await probe(join(folder, "new.avi"));
    assertEquals(streams.length, 2);
    assert(Number(streams[0]?.nb_read_packets) >= Math.floor(least * 20));
    const decoded = await runPeer("ffmpeg", [
      ...["-v", "quiet", "-i", join(folder, "new.avi"), "-vn", "-f", "s16le", "-"],
    ]);
    const heard = decoded.stdout.length / 4 / 44_100;
    assert(heard >= least, `${heard} of ${seconds} s`);
    return;
  }
  const [sound] = await probe(join(folder, "new.wav"));
  assert(Number(sound?.duration) >= least, `${sound?.duration} of ${seconds} s`);
  const film = await runPeer("ffprobe", [
    ...["-v", "quiet", "-f", "mjpeg", "-count_packets", "-show_streams", "-of", "json"],
    join(folder, "new.Mjpeg"),
  ]);
  const frames = Number(JSON.parse(film.text).streams[0].nb_read_packets);
  assert(frames >= Math.floor(least * 20), `${frames} frames of ${seconds} s`);
}

async function probe(path: string): Promise<Record<string, string>[]> {
  const { text, code } = await runPeer("ffprobe", [
    ...["-v", "quiet", "-count_packets", "-show_streams", "-of", "json", path],
  ]);
  assertEquals(code, 0, path);
  return JSON.parse(text).streams;
}
