import { assert } from "@std/assert";
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
  /** Port that the film went to; the sound went to the one after next. */
  readonly port: number;
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
      return { folder, kind, sent: packets.slice(0, sent), port };
    }
  },
);

async function end(reel: ReelProcess): Promise<void> {
  reel.kill("SIGKILL");
  await reel.outcome();
}

async function check({ folder, kind, sent, port }: Victim): Promise<void> {
  const { text } = await runPeer("tshark", [
    ...["-n", "-r", join(folder, "session.pcap"), "-T", "fields", "-e", "udp.dstport"],
  ]);
  const ports = text.split("\n").filter((line) => line !== "");
  // The capture shows what the recorder had come to see of each track, however busy the machine is.
  const [film, sound] = [0, 1].map((track) => {
    const packets = sent.filter((one) => one.track === track);
    const captured = ports.filter((one) => one === String(port + 2 * track)).length;
    assert(captured <= packets.length, `${captured} packets of ${packets.length}`);
    return (packets[captured - 1]?.timeMs ?? 0) / 1000 - MAY_BE_MISSING_SECONDS;
  });
  const { frames, seconds } = kind === "avi"
    ? await measureAvi(join(folder, "new.avi"))
    : await measureFiles(folder, film! > 0, sound! > 0);
  assert(frames >= Math.floor(film! * 20), `${frames} frames, not ${film} s`);
  assert(seconds >= sound!, `${seconds} s of sound, not ${sound} s`);
}

/** Frames and seconds of sound; nothing is there before the first second is over, if it is late. */
async function measureAvi(path: string): Promise<{ frames: number; seconds: number }> {
  const [video, audio] = await probe(path);
  const decoded = await runPeer("ffmpeg", [
    ...["-v", "quiet", "-i", path, "-vn", "-f", "s16le", "-"],
  ]);
  assert(video === undefined || audio !== undefined);
  return {
    frames: Number(video?.nb_read_packets ?? 0),
    seconds: decoded.stdout.length / 4 / 44_100,
  };
}

async function measureFiles(
  folder: string,
  hasFilm: boolean,
  hasSound: boolean,
): Promise<{ frames: number; seconds: number }> {
  const [sound] = hasSound ? await probe(join(folder, "new.wav")) : [];
  const path = join(folder, "new.Mjpeg");
  const [film] = hasFilm ? await probe("-f", "mjpeg", path) : [];
  return {
    frames: Number(film?.nb_read_packets ?? 0),
    seconds: Number(sound?.duration ?? 0),
  };
}

async function probe(...args: string[]): Promise<Record<string, string>[]> {
  const { text } = await runPeer("ffprobe", [
    ...["-v", "quiet", "-count_packets", "-show_streams", "-of", "json", ...args],
  ]);
  return JSON.parse(text).streams ?? [];
}
