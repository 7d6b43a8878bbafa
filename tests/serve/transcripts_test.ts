/**
 * The client side of recorded lab sessions, replayed with its segments and pauses. The recordings are
 * no part of the repository; where they are missing the tests say so.
 */

import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import {
  header,
  LabConnection,
  labFrames,
  labHeader,
  LabReceiver,
  MEDIA,
  startServer,
  status,
  type TestServer,
} from "./lab_kit.ts";
import { parseBytesLiteral, readTranscript, type TranscriptEvent } from "./transcript.ts";

const SHARED = fromFileUrl(new URL("../../../shared", import.meta.url));

/** Between requests a user thinks; here no longer than this, in ms. */
const MOST_THINKING_MS = 150;

/** A request as it was sent: pieces with the pauses between them. */
interface Step {
  readonly pieces: readonly (Uint8Array | number)[];
  /** Pause before it, in ms. */
  readonly before: number;
}

/** The requests of one connection. */
function stepsOf(events: readonly TranscriptEvent[], connection: number): Step[] {
  const steps: { pieces: (Uint8Array | number)[]; before: number }[] = [];
  let last = 0;
  let answered = true;
  for (
    const { at, from, what, bytes } of events.filter((event) => event.connection === connection)
  ) {
    if (from === "server") answered ||= what === "bytes";
    else if (what === "bytes") {
      const pause = Math.round((at - last) * 1000);
      // What is not answered before the next segment is either the start of a request or FORWARD.
      const begins = answered || /^[A-Za-z]+ \S/.test(decodeLatin1(bytes));
      if (begins) steps.push({ pieces: [bytes], before: Math.min(pause, MOST_THINKING_MS) });
      else steps.at(-1)!.pieces.push(pause, bytes);
      answered = false;
      last = at;
    }
    if (from === "client") last = at;
  }
  return steps;
}

/** Puts this run's port and session in place of the recorded ones. */
function substitute(text: string, port: number, session: string | undefined): string {
  return text
    .replace(/(client_port\s*=\s*)\d+/i, `$1${port}`)
    .replace(/(dest_addr="[^":]*:)\d+/, `$1${port}`)
    .replace(/^( RTSP\/\d\.\d \d+ )\d+$/m, `$1${port}`)
    .replace(/^(Sess+ion: )\S+/im, `$1${session ?? "0"}`)
    .replace(/^( RTSP\/\d\.\d )[1-9]\d*/m, `$1${session ?? "0"}`);
}

interface Film {
  readonly frames: readonly Uint8Array[];
  readonly indexOf: ReadonlyMap<string, number>;
}

function readFilm(folder: string): Film {
  const frames = labFrames(Deno.readFileSync(`${folder}/movie.Mjpeg`));
  const indexOf = new Map<string, number>();
  frames.forEach((frame, i) => {
    const key = decodeLatin1(frame);
    if (!indexOf.has(key)) indexOf.set(key, i);
  });
  return { frames, indexOf };
}

/** The rules for a reply to a lab client. */
function checkReply(request: string, reply: string): void {
  const eol = request.includes("\r\n") ? "\r\n" : "\n";
  const blankLine = request.endsWith(eol + eol);
  const method = /^[A-Za-z]+/.exec(request)![0].toUpperCase();
  const audioLab = /rtsp\/2\.0/i.test(request);
  assertLess(reply.length, 257, "one short write");
  if (eol === "\n") assert(!reply.includes("\r"), "the line endings of the request");
  else assertEquals(reply.match(/[^\r]\n/g), null, "the line endings of the request");
  const lines = reply.split(eol);
  assertMatch(lines[0]!, /^RTSP\/[12]\.0 \d{3} \w+/);
  const cseq = /^cseq\s*:\s*(\d+)/im.exec(request)?.[1] ?? request.split("\n")[1];
  assertEquals(lines[1], `CSeq: ${cseq}`);
  const countsLines = method === "DESCRIBE" && !/^session/im.test(request) && eol === "\r\n";
  if (audioLab) assertMatch(lines[2]!, /^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/);
  else if (countsLines) assertMatch(lines[2]!, /^Content-Base: \S+$/);
  else assertMatch(lines[2]!, /^Session: \d{1,9}$/);
  if (countsLines) assertEquals(lines.length, 10, reply);
  const withBody = method === "DESCRIBE" || method === "GETLIST";
  if (withBody) return;
  // One line ending behind the last header, and a second only for those who sent one.
  assert(reply.endsWith(eol), reply);
  assertEquals(reply.endsWith(eol + eol), blankLine, reply);
  assertEquals(lines.slice(0, blankLine ? -2 : -1).includes(""), false, reply);
  if (status(reply) !== 200) assertEquals(lines.length, blankLine ? 5 : 4, reply);
}

/** Each datagram is one frame of the film; between jumps they follow each other. */
function checkFilm(datagrams: readonly Uint8Array[], film: Film, jumps: boolean): void {
  let last = -1;
  datagrams.forEach((datagram, i) => {
    const { first, marker, payloadType, sequence, payload } = labHeader(datagram);
    assertEquals([first, marker, payloadType, sequence], [0x80, true, 26, i + 1]);
    const index = jumps ? film.indexOf.get(decodeLatin1(payload)) : last + 1;
    assert(index !== undefined, `datagram ${i} is no frame of the film`);
    assertEquals(payload, film.frames[index]);
    last = index;
  });
}

/** Each datagram is a chunk behind the one before, and the last may say goodbye. */
function checkSound(datagrams: readonly Uint8Array[]): void {
  const goodbye = decodeLatin1(datagrams.at(-1) ?? new Uint8Array(0)) === "teardown";
  datagrams.slice(0, goodbye ? -1 : undefined).forEach((datagram, i) => {
    const label = `${(i + 1) * 1000}.wav`;
    assertEquals(decodeLatin1(datagram.subarray(0, label.length)), label);
    assertEquals(datagram.length, label.length + 1000);
  });
}

async function replay(text: string, film: Film, server: TestServer): Promise<void> {
  const events = readTranscript(text);
  const connections = new Set(events.map(({ connection }) => connection));
  assertGreaterOrEqual(connections.size, 1);
  for (const connection of connections) {
    using receiver = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    let session: string | undefined;
    let served = false;
    let jumps = false;
    let sound = false;
    const steps = stepsOf(events, connection);
    for (const { pieces, before } of steps) {
      const sent = pieces.map((piece) =>
        typeof piece === "number" ? piece : substitute(decodeLatin1(piece), receiver.port, session)
      );
      const request = sent.filter((piece) => typeof piece === "string").join("");
      const method = /^[A-Za-z]+/.exec(request)![0].toUpperCase();
      await client.send(before, ...sent.map((piece) => piece));
      if (method === "FORWARD" || method === "BACKWARD") jumps = true;
      const reply = await client.reply();
      checkReply(request, reply);
      const isThere = !/\.mp3/.test(text);
      if (method === "SETUP") {
        assertEquals(status(reply), isThere ? 200 : 404);
        served = status(reply) === 200;
        sound = /rtsp\/2\.0/i.test(request);
      }
      session = header(reply, "Session") ?? session;
      assertEquals(status(reply), isThere ? 200 : method === "SETUP" ? 404 : 454, reply);
      if (served && method === "PLAY") await receiver.until(receiver.datagrams.length + 2);
      if (sound && method === "TEARDOWN") await receiver.untilText("teardown");
      assertEquals([client.ended, client.silent], [false, true]);
    }
    if (steps.length > 0) assertEquals(receiver.datagrams.length > 3, served);
    if (sound) checkSound(receiver.datagrams);
    else checkFilm(receiver.datagrams, film, jumps);
  }
}

Deno.test("Python's way to write bytes", () => {
  assertEquals(parseBytesLiteral("b'a\\r\\n\\xff\\\\\\''"), Uint8Array.of(97, 13, 10, 255, 92, 39));
});

Deno.test("a transcript is read with its connections, sides and segments", () => {
  const events = readTranscript(
    "  0.000 TCP 5>8 flags SYN\n  1.5 TCP 5>8 len=1 b'a'\n  2 TCP 8>5 len=1 b\"b\"\n  3 TCP 8>5 flags FIN\n",
  );
  assertEquals(events.map(({ at, from, what }) => [at, from, what]), [
    [0, "client", "open"],
    [1.5, "client", "bytes"],
    [2, "server", "bytes"],
    [3, "server", "close"],
  ]);
  assertEquals(events[2]!.bytes, encodeText("b"));
});

const folder = `${SHARED}/wire`;
const names = (() => {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      name.endsWith(".txt")
    ).sort();
  } catch {
    return [];
  }
})();

function hasLabFilm(): boolean {
  try {
    return Deno.statSync(`${SHARED}/media/movie.Mjpeg`).isFile;
  } catch {
    return false;
  }
}

async function replayAll(media: string): Promise<void> {
  const film = readFilm(media);
  await using server = startServer(media);
  const results: PromiseSettledResult<void>[] = [];
  // A few at a time: server and clients share one process, and a socket holds few whole frames.
  for (let i = 0; i < names.length; i += 6) {
    const some = names.slice(i, i + 6).map((name) =>
      replay(Deno.readTextFileSync(`${folder}/${name}`), film, server)
    );
    results.push(...await Promise.allSettled(some));
  }
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [`${names[i]}: ${result.reason.message}`] : []
  );
  assertEquals(failures, []);
}

const missing = names.length === 0 ? " (skipped: no ../shared/wire)" : "";
Deno.test({
  name: `the clients of all transcripts are served${missing}`,
  ignore: names.length === 0,
  fn: () => replayAll(MEDIA),
});

const noFilm = hasLabFilm() ? "" : " (skipped: no ../shared/media/movie.Mjpeg)";
Deno.test({
  name: `the same with the labs' own film, byte for byte${missing || noFilm}`,
  ignore: names.length === 0 || !hasLabFilm(),
  fn: async () => {
    const media = Deno.makeTempDirSync();
    Deno.copyFileSync(`${SHARED}/media/movie.Mjpeg`, `${media}/movie.Mjpeg`);
    Deno.copyFileSync(`${MEDIA}/default.wav`, `${media}/default.wav`);
    try {
      await replayAll(media);
    } finally {
      Deno.removeSync(media, { recursive: true });
    }
  },
});
