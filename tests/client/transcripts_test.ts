/**
 * The server side of recorded lab sessions, played to a real player: the replies byte by byte, and the
 * datagrams where they were recorded. The recordings are no part of the repository; where they are
 * missing the test says so.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { decodeLatin1 } from "../../src/bytes/text.ts";
import { readTranscript, type TranscriptEvent } from "../serve/transcript.ts";
import {
  clientPort,
  DatagramSender,
  type ScriptedConnection,
  ScriptedServer,
} from "../support/scripted_server.ts";
import { filmFrames } from "../support/short_media.ts";
import { WatchedPlayer } from "../support/watched_player.ts";

const WIRE = fromFileUrl(new URL("../../../shared/wire", import.meta.url));

type Method = "SETUP" | "DESCRIBE" | "PLAY" | "PAUSE" | "TEARDOWN";

interface Recorded {
  readonly greeting: Uint8Array | undefined;
  /** Methods in the order of the recording, with their replies; no bytes where there was none. */
  readonly steps: readonly { readonly method: Method; readonly reply: Uint8Array[] }[];
  /** Datagrams after each PLAY. */
  readonly media: readonly (readonly Uint8Array[])[];
  readonly audioLab: boolean;
}

function readSteps(events: readonly TranscriptEvent[]): Pick<Recorded, "greeting" | "steps"> {
  const steps: { method: Method; reply: Uint8Array[] }[] = [];
  let greeting: Uint8Array | undefined;
  let open: { reply: Uint8Array[] } | undefined;
  for (const { connection, from, what, bytes } of events) {
    if (what !== "bytes" || connection !== 0) continue;
    if (from === "server") {
      if (open === undefined) greeting ??= bytes;
      else open.reply.push(bytes);
      continue;
    }
    const word = /^(\w+) /.exec(decodeLatin1(bytes))?.[1]?.toUpperCase();
    if (word === undefined) continue;
    const known = /^(SETUP|DESCRIBE|PLAY|PAUSE|TEARDOWN)$/.test(word);
    // What the player has no use for (CONNECT, GETLIST, FORWARD) is left out with its reply.
    const step = { method: word as Method, reply: [] };
    if (known) steps.push(step);
    open = step;
  }
  return { greeting, steps };
}

/** UDP payloads to the player's port in a pcap, with their times in seconds. */
function readPcap(path: string, port: number): { at: number; datagram: Uint8Array }[] {
  const bytes = Deno.readFileSync(path);
  const view = new DataView(bytes.buffer);
  const little = view.getUint32(0, true) === 0xa1b2c3d4;
  const linkBytes = view.getUint32(20, little) === 1 ? 14 : 16;
  const found: { at: number; datagram: Uint8Array }[] = [];
  for (let at = 24; at + 16 <= bytes.length;) {
    const seconds = view.getUint32(at, little) + view.getUint32(at + 4, little) / 1e6;
    const length = view.getUint32(at + 8, little);
    const ip = at + 16 + linkBytes;
    const udp = ip + (bytes[ip]! & 15) * 4;
    if (bytes[ip]! >> 4 === 4 && bytes[ip + 9] === 17 && view.getUint16(udp + 2) === port) {
      const end = udp + view.getUint16(udp + 4);
      found.push({ at: seconds, datagram: bytes.slice(udp + 8, Math.min(end, at + 16 + length)) });
    }
    at += 16 + length;
  }
  return found;
}

/** Recorded headers before frames of Reel's own film. */
function syntheticMedia(text: string): Uint8Array[] {
  const frames = filmFrames();
  const datagrams: Uint8Array[] = [];
  for (
    const [, header = "", start = ""] of text.matchAll(/hdr=([0-9a-f]{24}).*payload\S*=(\w+)/g)
  ) {
    if (!start.startsWith("ffd8")) continue;
    const frame = frames[datagrams.length]!;
    const datagram = new Uint8Array(12 + frame.length);
    for (let i = 0; i < 12; i++) datagram[i] = parseInt(header.slice(2 * i, 2 * i + 2), 16);
    datagram.set(frame, 12);
    datagrams.push(datagram);
  }
  return datagrams;
}

function readRecorded(name: string): Recorded {
  const text = Deno.readTextFileSync(`${WIRE}/${name}.txt`);
  const { greeting, steps } = readSteps(readTranscript(text));
  const port = Number(
    /client_port\s*=\s*(\d+)|dest_addr="[^":]*:(\d+)/i.exec(text)?.slice(1).find(Boolean),
  );
  let media: Uint8Array[][];
  try {
    const captured = readPcap(`${WIRE}/${name}.pcap`, port);
    // A new PLAY shows as a pause of more than half a second.
    media = [];
    let last = -Infinity;
    for (const { at, datagram } of captured) {
      if (at - last > 0.5 && media.length < 2) media.push([]);
      media.at(-1)!.push(datagram);
      last = at;
    }
  } catch {
    media = [syntheticMedia(text)];
  }
  return { greeting, steps, media, audioLab: /rtsp\/2\.0/i.test(text) };
}

async function serve(recorded: Recorded, connection: ScriptedConnection): Promise<void> {
  const { greeting, steps, media } = recorded;
  const rest = [...steps];
  let sender: DatagramSender | undefined;
  let plays = 0;
  let sending = Promise.resolve();
  if (greeting !== undefined) await connection.send(greeting);
  await connection.answer(async (request) => {
    const method = /^\w+/.exec(request)![0].toUpperCase();
    if (method === "SETUP") sender = new DatagramSender(clientPort(request));
    const at = rest.findIndex((step) => step.method === method);
    const [step] = at === -1 ? [] : rest.splice(at, 1);
    await connection.send(...(step?.reply ?? []));
    if (method === "PLAY") {
      const datagrams = media[plays++] ?? [];
      sending = sending.then(() => sender!.send(datagrams, 1));
    }
    return undefined;
  });
  await sending;
  sender?.[Symbol.dispose]();
}

const isWhole = (datagram: Uint8Array): boolean => datagram[12] === 0xff && datagram[13] === 0xd8;

async function replay(name: string): Promise<void> {
  const recorded = readRecorded(name);
  const { steps, media, audioLab } = recorded;
  assert(steps.length >= 4, "the recording has requests");
  await using server = new ScriptedServer((connection) => serve(recorded, connection));
  await using player = new WatchedPlayer({
    url: `rtsp://127.0.0.1:${server.port}/movie.Mjpeg`,
    timeoutMs: 400,
    ...(audioLab ? { dialect: "audio-lab" as const } : { labForm: true }),
  });
  let plays = 0;
  for (const { method } of steps) {
    if (method === "SETUP") await player.session.setup();
    // Before SETUP the labs' servers have nothing to describe.
    if (method === "DESCRIBE" && player.snapshot.state !== "Init") {
      assertMatch(await player.session.describe(), /v=0|Version|m=|streamid/i);
    }
    if (method === "PLAY" && player.snapshot.state === "Ready") {
      const before = player.snapshot.statistics[0]?.packetsReceived ?? 0;
      await player.session.play();
      const datagrams = media[plays++] ?? [];
      if (datagrams.length > 0 && !audioLab) {
        await player.until(
          () => player.snapshot.statistics[0]!.packetsReceived >= before + datagrams.length,
          `${datagrams.length} datagrams`,
        );
      }
    }
    if (method === "PAUSE" && player.snapshot.state === "Playing") await player.session.pause();
    if (method === "TEARDOWN") await player.session.teardown();
  }
  assertEquals(player.snapshot.state, "Init");
  const sent = media.slice(0, plays).flat();
  if (!audioLab && sent.length > 0 && sent.every(isWhole)) {
    assertEquals(player.pictures.map((jpeg) => jpeg.length), sent.map(({ length }) => length - 12));
    player.pictures.forEach((jpeg, i) => assertEquals(jpeg, sent[i]!.subarray(12)));
  }
  const methods = server.requests.map((request) => /^\w+/.exec(request)![0]);
  assertEquals(methods.at(-1), "TEARDOWN");
}

function transcriptNames(): string[] | undefined {
  try {
    return [...Deno.readDirSync(WIRE)].map(({ name }) => name).filter((name) =>
      name.endsWith(".txt")
    )
      .map((name) => name.slice(0, -4)).sort();
  } catch {
    return undefined;
  }
}

const names = transcriptNames();
Deno.test({
  name: `recorded lab servers play to the player${
    names === undefined ? " (skipped: no recordings)" : ""
  }`,
  ignore: names === undefined,
  async fn() {
    assert(names!.length >= 16);
    const results = await Promise.allSettled(names!.map(replay));
    const failures = results.flatMap((result, i) =>
      result.status === "rejected" ? [`${names![i]}: ${result.reason?.stack}`] : []
    );
    assertEquals(failures, []);
  },
});
