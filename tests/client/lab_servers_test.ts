/** Lab servers with the habits that such programs have, against a real player. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { concatBytes } from "../../src/bytes/text.ts";
import type { PlayerSessionInit } from "../../src/client/session.ts";
import {
  clientPort,
  DatagramSender,
  headerOf,
  rtp,
  type RtpFields,
  type ScriptedConnection,
  ScriptedServer,
} from "../support/scripted_server.ts";
import { filmFrames } from "../support/short_media.ts";
import { runCases, WatchedPlayer } from "../support/watched_player.ts";

const FRAMES = filmFrames().slice(0, 12);

/** What a lab server does. */
interface LabServer {
  /** Replies; the usual ones by default. `undefined` is silence. */
  readonly reply?: (method: string, request: string, cseq: number) => string | undefined;
  /** Said before any request. */
  readonly greeting?: string;
  /** The datagrams of frame `index` (from 0), sent after PLAY number `play` (from 1). */
  readonly datagrams?: (frame: Uint8Array, index: number, play: number) => Uint8Array[];
  /** Frames sent after each PLAY. */
  readonly frames?: number;
  /** The connection is dropped at a blank line. */
  readonly diesOnBlankLine?: boolean;
  /** Pause after each datagram in ms. */
  readonly gapMs?: number;
  /** Frames go out from a new socket after each PLAY. */
  readonly newSocket?: boolean;
}

function usualReply(cseq: number, eol = "\n", session = "123456"): string {
  return `RTSP/1.0 200 OK${eol}CSeq: ${cseq}${eol}Session: ${session}`;
}

const header = (fields: Partial<RtpFields>, index: number): RtpFields => ({
  sequence: index + 1,
  timestamp: 1_700_000_000 + Math.floor(index / 20),
  ...fields,
});

async function serveLab(lab: LabServer, connection: ScriptedConnection): Promise<void> {
  const { frames = FRAMES.length, datagrams, reply } = lab;
  let port = 0;
  let play = 0;
  let sent = 0;
  let sender: DatagramSender | undefined;
  const stream = async (): Promise<void> => {
    if (lab.newSocket === true) sender?.[Symbol.dispose]();
    if (lab.newSocket === true || sender === undefined) sender = new DatagramSender(port);
    const number = ++play;
    for (let i = 0; i < frames && play === number; i++) {
      const frame = FRAMES[sent % FRAMES.length]!;
      const index = sent++;
      await sender.send(
        datagrams?.(frame, index, number) ?? [rtp(header({}, index), frame)],
        lab.gapMs,
      );
    }
  };
  let streaming: Promise<void> | undefined;
  if (lab.greeting !== undefined) await connection.send(lab.greeting);
  for (;;) {
    const request = await connection.request();
    if (request === undefined) break;
    if (lab.diesOnBlankLine === true && /\n\r?\n/.test(request)) break;
    const method = /^\w+/.exec(request)?.[0] ?? "";
    const cseq = Number(headerOf(request, "CSeq"));
    if (method === "SETUP") port = clientPort(request);
    if (method === "PAUSE") play++;
    const text = reply === undefined ? usualReply(cseq) : reply(method, request, cseq);
    if (text !== undefined) await connection.send(text);
    if (method === "PLAY" && text?.includes("200") !== false) {
      await streaming;
      streaming = stream();
    }
    if (method === "TEARDOWN" && text !== undefined) break;
  }
  play += 1000;
  await streaming;
  sender?.[Symbol.dispose]();
}

function labUrl(port: number, init: Partial<PlayerSessionInit> = {}): PlayerSessionInit {
  return { url: `rtsp://127.0.0.1:${port}/movie.Mjpeg`, labForm: true, ...init };
}

/** Plays some frames and compares them with what was sent. */
async function playFrames(
  lab: LabServer,
  check: (player: WatchedPlayer, server: ScriptedServer) => void | Promise<void> = () => {},
  count = FRAMES.length,
): Promise<void> {
  await using server = new ScriptedServer((connection) => serveLab(lab, connection));
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  await player.gotPictures(count);
  player.pictures.slice(0, count).forEach((picture, i) => {
    assertEquals(picture, FRAMES[i % FRAMES.length], `frame ${i}`);
  });
  await check(player, server);
  const { statistics } = player.snapshot;
  assertEquals(statistics[0]?.malformed, 0, "nothing malformed");
}

const statisticsOf = ({ snapshot }: WatchedPlayer) => snapshot.statistics[0]!;

const REPLY_FORMS: { name: string; reply: NonNullable<LabServer["reply"]>; greeting?: string }[] = [
  { name: "LF, no final newline", reply: (_, __, cseq) => usualReply(cseq) },
  { name: "LF, final newline", reply: (_, __, cseq) => `${usualReply(cseq)}\n` },
  { name: "LF and a blank line", reply: (_, __, cseq) => `${usualReply(cseq)}\n\n` },
  { name: "CR LF without a blank line", reply: (_, __, cseq) => `${usualReply(cseq, "\r\n")}\r\n` },
  { name: "CR LF, no final newline", reply: (_, __, cseq) => usualReply(cseq, "\r\n") },
  {
    name: "mixed line endings",
    reply: (_, __, cseq) => `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\nSession: 42\r\n`,
  },
  {
    name: "a UUID for a session",
    reply: (_, __, cseq) => usualReply(cseq, "\r\n", "0b3c6a3e-7d40-4c0e-a8a1-53c4ba6b9d5f"),
  },
  { name: "CSeq always 1", reply: () => usualReply(1) },
  { name: "CSeq far too high", reply: (_, __, cseq) => usualReply(cseq + 100) },
  { name: "no CSeq at all", reply: () => "RTSP/1.0 200 OK\nSession: 77" },
  {
    name: "more lines behind Session",
    reply: (_, __, cseq) => `${usualReply(cseq)}\nTotalTime: 25.0\nhello there\n`,
  },
  {
    name: "a greeting before any request",
    greeting: "RTSP/1.0 200 OK\r\nCSeq: 0\r\nDate: today\r\n",
    reply: (_, __, cseq) => `${usualReply(cseq, "\r\n")}\r\n`,
  },
  {
    name: "header names in odd case",
    reply: (_, __, n) => `RTSP/1.0 200 OK\ncseq:${n}\nSESSION:9`,
  },
];

Deno.test("replies of every form are taken, and the film comes whole", async () => {
  await runCases(REPLY_FORMS, async ({ reply, greeting }) => {
    await playFrames(
      { reply, ...(greeting === undefined ? undefined : { greeting }) },
      async (player, server) => {
        await player.session.pause();
        await player.session.teardown();
        assertEquals(player.snapshot.state, "Init");
        const methods = server.requests.map((request) => /^\w+/.exec(request)![0]);
        assertEquals(methods, ["SETUP", "PLAY", "PAUSE", "TEARDOWN"]);
      },
    );
  });
});

Deno.test("a lab server is asked in three short lines without a blank one", async () => {
  await playFrames({ diesOnBlankLine: true }, async (player, server) => {
    await player.session.pause();
    await player.session.play();
    await player.gotPictures(FRAMES.length + 2);
    await player.session.teardown();
    const session = "Session: 123456\n";
    const port = clientPort(server.requests[0]!);
    assertEquals(server.requests, [
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${port}\n`,
      `PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\n${session}`,
      `PAUSE movie.Mjpeg RTSP/1.0\nCSeq: 3\n${session}`,
      `PLAY movie.Mjpeg RTSP/1.0\nCSeq: 4\n${session}`,
      `TEARDOWN movie.Mjpeg RTSP/1.0\nCSeq: 5\n${session}`,
    ]);
    assert(server.requests.every((request) => request.length <= 256));
    assertEquals(server.connections.length, 1);
  });
});

interface Headers {
  readonly name: string;
  readonly server: LabServer;
  readonly check?: (player: WatchedPlayer) => void;
}

const one = (fields: (index: number, play: number) => Partial<RtpFields>) =>
(
  frame: Uint8Array,
  index: number,
  play: number,
): Uint8Array[] => [rtp(header(fields(index, play), index), frame)];

const HEADERS: Headers[] = [
  { name: "version 0", server: { datagrams: one(() => ({ version: 0 })) } },
  {
    name: "timestamps in milliseconds",
    server: { datagrams: one(() => ({ timestamp: Date.now() })) },
  },
  { name: "a constant timestamp", server: { datagrams: one(() => ({ timestamp: 7 })) } },
  { name: "SSRC 0", server: { datagrams: one(() => ({ ssrc: 0 })) } },
  { name: "the marker on each", server: { datagrams: one(() => ({ marker: true })) } },
  {
    name: "sequence from 0",
    server: { datagrams: one((index) => ({ sequence: index })) },
    check: (player) => assertEquals(statisticsOf(player).packetsLost, 0),
  },
  {
    name: "sequence that jumps far, once",
    server: { datagrams: one((index) => ({ sequence: index < 6 ? index + 1 : index + 9000 })) },
    check: (player) => assertEquals(statisticsOf(player).packetsLost, 0),
  },
  {
    name: "always the same sequence number",
    server: { datagrams: one(() => ({ sequence: 1 })) },
  },
  ...[0x02, 0x90, 0xa0, 0x82].map((first) => ({
    name: `${first.toString(16)} for the first byte: version or flags in the wrong place`,
    server: {
      datagrams: (frame: Uint8Array, index: number) => {
        const datagram = rtp(header({}, index), frame);
        datagram[0] = first;
        return [datagram];
      },
    },
  })),
  {
    name: "parity of three frames, with the number of the last and a type of its own",
    server: {
      datagrams: (frame, index) => [
        rtp(header({}, index), frame),
        ...(index % 3 === 2
          ? [rtp(header({ payloadType: 127 }, index), concatBytes([frame, new Uint8Array(99)]))]
          : []),
      ],
    },
    check: (player) => {
      const { duplicates, packetsLost, damagedFrames } = statisticsOf(player);
      assertEquals([duplicates, packetsLost, damagedFrames], [0, 0, 0]);
    },
  },
];

Deno.test("RTP headers of every kind: the frames are shown", async () => {
  await runCases(HEADERS, async ({ server, check }) => {
    await playFrames(server, check);
  });
});

Deno.test("timestamps that are no media clock are named", async () => {
  const cases = [
    { name: "seconds", timestamp: () => Math.floor(Date.now() / 1000) },
    { name: "milliseconds", timestamp: () => Date.now() },
    { name: "stands still", timestamp: () => 7 },
    { name: "the frame's number", timestamp: (index: number) => index + 1 },
  ];
  await runCases(cases, async ({ name, timestamp }) => {
    const datagrams = one((index) => ({ timestamp: timestamp(index) }));
    await using server = new ScriptedServer((connection) =>
      serveLab({ frames: 90, gapMs: 20, datagrams }, connection)
    );
    await using player = new WatchedPlayer(labUrl(server.port));
    await player.session.play();
    await player.until(
      () => player.snapshot.statistics[0]?.clockNote !== undefined,
      "the clock's name",
    );
    const { clockNote = "", jitterMs } = statisticsOf(player);
    assertStringIncludes(clockNote, name);
    assertEquals(jitterMs, undefined);
  });
});

Deno.test("sequence numbers that start again at each PLAY, from a new port each time, are no loss", async () => {
  let atPlay = 0;
  let lastPlay = 0;
  const datagrams = one((index, play) => {
    if (play !== lastPlay) atPlay = index;
    lastPlay = play;
    return { sequence: index - atPlay + 1 };
  });
  await playFrames({ newSocket: true, frames: 5, datagrams }, async (player) => {
    await player.session.pause();
    await player.session.play();
    await player.gotPictures(10);
    const statistics = statisticsOf(player);
    assertEquals(statistics.packetsReceived, 10);
    assertEquals(statistics.packetsLost, 0);
    assertEquals(statistics.duplicates, 0);
    assertEquals(player.pictures[5], FRAMES[5]);
  }, 5);
});

Deno.test("a repeated sequence number is a duplicate and shown once", async () => {
  await using server = new ScriptedServer((connection) =>
    serveLab({
      frames: 6,
      datagrams: (frame, index) => [
        rtp(header({}, index), frame),
        ...(index === 2 ? [rtp(header({}, index), frame)] : []),
      ],
    }, connection)
  );
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  await player.until(() => player.snapshot.statistics[0]?.packetsReceived === 7, "7 packets");
  const statistics = statisticsOf(player);
  assertEquals([statistics.duplicates, statistics.packetsLost, statistics.frames], [1, 0, 6]);
  assertEquals(player.pictures.length, 6);
});

Deno.test("lost frames are counted, and the rest is shown", async () => {
  await using server = new ScriptedServer((connection) =>
    serveLab({
      datagrams: (frame, index) =>
        index === 3 || index === 4 ? [] : [rtp(header({}, index), frame)],
    }, connection)
  );
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  await player.gotPictures(10);
  const { packetsExpected, packetsReceived, packetsLost, lossRate } = statisticsOf(player);
  assertEquals([packetsExpected, packetsReceived, packetsLost], [12, 10, 2]);
  assertEquals(lossRate, 2 / 12);
});

const LONG_FRAMES: { name: string; datagrams: NonNullable<LabServer["datagrams"]> }[] = (() => {
  let sequence = 0;
  const pieces = (frame: Uint8Array, size: number): Uint8Array[] => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < frame.length; at += size) parts.push(frame.subarray(at, at + size));
    return parts;
  };
  return [
    {
      name: "1300-byte packets, the marker on the last",
      datagrams: (frame, index) => {
        const parts = pieces(frame, 1300);
        return parts.map((part, i) =>
          rtp(
            {
              ...header({}, index),
              sequence: sequence = index === 0 && i === 0 ? 1 : sequence + 1,
              marker: i === parts.length - 1,
            },
            part,
          )
        );
      },
    },
    {
      name: "pieces numbered in four bytes",
      datagrams: (frame, index) => {
        const parts = pieces(frame, 4000);
        const number = index + 1;
        return parts.map((part, i) =>
          rtp(
            { ...header({}, index), sequence: number, marker: i === parts.length - 1 },
            concatBytes([
              Uint8Array.of(number >> 8, number & 0xff, parts.length, i),
              part,
            ]),
          )
        );
      },
    },
    {
      name: "1400-byte pieces, all with the frame's number, the marker on the last",
      datagrams: (frame, index) => {
        const parts = pieces(frame, 1400);
        return parts.map((part, i) =>
          rtp({ ...header({}, index), marker: i === parts.length - 1 }, part)
        );
      },
    },
    {
      name: "offset and length in eight bytes before each piece",
      datagrams: (frame, index) => {
        const parts = pieces(frame, 1392);
        return parts.map((part, i) => {
          const head = new DataView(new ArrayBuffer(8));
          head.setUint32(0, i * 1392);
          head.setUint32(4, frame.length);
          const payload = concatBytes([new Uint8Array(head.buffer), part]);
          return rtp({ ...header({}, index), marker: i === parts.length - 1 }, payload);
        });
      },
    },
    {
      name: "4096-byte pieces, of which the first has a header",
      datagrams: (frame, index) =>
        pieces(rtp(header({}, index), frame), 4096).map((piece) => piece.slice()),
    },
  ];
})();

Deno.test("frames that are cut up, in each of the labs' ways, are put together, and no mistake is made of it", async () => {
  await runCases(LONG_FRAMES, async ({ datagrams }) => {
    await playFrames({ datagrams }, (player) => {
      const { packetsLost, damagedFrames, frames } = statisticsOf(player);
      assertEquals([packetsLost, damagedFrames, frames], [0, 0, FRAMES.length]);
      const rules = player.session.findings().map(({ rule }) => rule);
      for (const rule of ["rtp-payload-jpeg-cut", "rtp-sequence-constant", "rtp-duplicate"]) {
        assert(!rules.includes(rule), rule);
      }
      assert(rules.includes("rtp-frame-fragmented") || rules.includes("rtp-fragment-no-header"));
    });
  });
});

Deno.test("a film that comes on the control connection, unasked, is shown", async () => {
  await using server = new ScriptedServer(async (connection) => {
    await connection.answer(async (request) => {
      const cseq = Number(headerOf(request, "CSeq"));
      await connection.send(`${usualReply(cseq, "\r\n")}\r\n\r\n`);
      if (!request.startsWith("PLAY")) return undefined;
      for (const [index, frame] of FRAMES.entries()) {
        const packet = rtp(header({ sequence: index }, index), frame);
        await connection.send(
          concatBytes([Uint8Array.of(0x24, 0, packet.length >> 8, packet.length & 0xff), packet]),
        );
      }
      return undefined;
    });
  });
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  await player.gotPictures(FRAMES.length);
  assertEquals(player.pictures, FRAMES);
  await player.session.pause();
  await player.session.teardown();
  assertEquals(player.snapshot.state, "Init");
});

Deno.test("a server that goes on with empty packets behind the film has ended it", async () => {
  await using server = new ScriptedServer((connection) =>
    serveLab({
      frames: 300,
      gapMs: 20,
      datagrams: (frame, index) => [
        index < 10
          ? rtp(header({}, index), frame)
          : rtp(header({ sequence: 11 }, index), new Uint8Array(0)),
      ],
    }, connection)
  );
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  assertStringIncludes(await player.over(), "nothing came for 3 s");
  const { frames, damagedFrames } = statisticsOf(player);
  assertEquals([frames, damagedFrames], [10, 0]);
});

Deno.test("sound in a film's place is received, counted and explained, and not shown", async () => {
  const noise = new Uint8Array(417).fill(0x5a);
  noise.set([0xff, 0xfb, 0x90, 0x64]);
  await using server = new ScriptedServer((connection) =>
    serveLab({
      datagrams: (_, index) => [rtp(header({ payloadType: 14 }, index), noise)],
    }, connection)
  );
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  await player.until(() => player.snapshot.statistics[0]?.packetsReceived === 12, "12 packets");
  await player.session.teardown();
  assertEquals(player.pictures.length, 0);
  const { bytes, packetsLost } = statisticsOf(player);
  assertEquals([bytes, packetsLost], [12 * noise.length, 0]);
  const rules = player.session.findings().map(({ rule }) => rule);
  assert(rules.some((rule) => /payload-type|no-jpeg|jpeg/.test(rule)), rules.join(" "));
});

Deno.test("packets of which no picture is made are explained once", async () => {
  const text = (index: number) => new TextEncoder().encode(`/9j/4AAQSkZJRgABAQ${index}`);
  const cases = [
    { name: "sound", payloadType: 14, words: /payload type is 14, not 26$/ },
    {
      name: "text",
      payloadType: 26,
      words: /payloads begin 2F 39 6A 2F; .* beginning is missing$/,
    },
  ];
  await runCases(cases, async ({ payloadType, words }) => {
    await using server = new ScriptedServer((connection) =>
      serveLab({
        frames: 40,
        datagrams: (_, index) => [rtp(header({ payloadType }, index), text(index))],
      }, connection)
    );
    await using player = new WatchedPlayer(labUrl(server.port));
    await player.session.play();
    await player.over();
    assertEquals(player.remarks.length, 1);
    assertMatch(player.remarks[0]!, words);
  });
});

Deno.test("replies that never come: the film plays, and nobody waits for ever", async () => {
  const cases = [
    { name: "PLAY", silent: ["PLAY"] },
    { name: "PAUSE", silent: ["PAUSE"] },
    { name: "TEARDOWN", silent: ["TEARDOWN"] },
    { name: "all three", silent: ["PLAY", "PAUSE", "TEARDOWN"] },
  ];
  await runCases(cases, async ({ silent }) => {
    await using server = new ScriptedServer((connection) =>
      serveLab({
        reply: (method, _, cseq) => silent.includes(method) ? undefined : usualReply(cseq),
      }, connection)
    );
    await using player = new WatchedPlayer(labUrl(server.port, { timeoutMs: 400 }));
    await player.session.play();
    await player.gotPictures(FRAMES.length);
    await player.session.pause();
    assertEquals(player.snapshot.state, "Ready");
    await player.session.teardown();
    assertEquals(player.snapshot.state, "Init");
    const named = player.session.findings().filter(({ seen }) => /no reply|nothing/i.test(seen));
    assert(named.length > 0 || player.session.findings().length > 0, "the silence is named");
  });
});

Deno.test("200 for a file that is not there, then silence: the player says what that means", async () => {
  await using server = new ScriptedServer((connection) => serveLab({ frames: 0 }, connection));
  await using player = new WatchedPlayer(labUrl(server.port, { timeoutMs: 500 }));
  await player.session.play();
  const reason = await player.over();
  assertEquals(player.snapshot.condition, "failed");
  assertStringIncludes(reason, "no RTP in 0.5 s");
  assertStringIncludes(reason, "the server may not have the file");
});

Deno.test("a status line alone is an answer", async () => {
  const cases = [
    "RTSP/1.0 404 NOT FOUND",
    "RTSP/1.0 404 NOT FOUND\n",
    "RTSP/1.0 404 File Not Found\r\n\r\n",
  ];
  await runCases(cases.map((text) => ({ name: JSON.stringify(text), text })), async ({ text }) => {
    await using server = new ScriptedServer((connection) =>
      serveLab({ reply: () => text }, connection)
    );
    await using player = new WatchedPlayer(labUrl(server.port));
    const error = await player.session.setup().then(() => undefined, (reason: Error) => reason);
    assertMatch(error?.message ?? "", /404 .*Not Found.*SETUP.*movie\.Mjpeg/i);
    assertEquals(player.snapshot.state, "Init");
  });
});

Deno.test("a server that stops at 255, without a sign of the end, has ended", async () => {
  await using server = new ScriptedServer((connection) =>
    serveLab({
      frames: 260,
      gapMs: 0,
      datagrams: (frame, index) => index < 255 ? [rtp(header({}, index), frame)] : [],
    }, connection)
  );
  await using player = new WatchedPlayer(labUrl(server.port));
  await player.session.play();
  const reason = await player.over();
  assertEquals(player.snapshot.condition, "ended");
  assertStringIncludes(reason, "nothing came for 3 s");
  assertEquals(statisticsOf(player).packetsReceived, 255);
  await player.session.teardown();
  const rules = player.session.findings().map(({ rule }) => rule);
  assert(rules.some((rule) => rule.includes("255")), rules.join(" "));
});

Deno.test("STOP as reset: the next session has CSeq from 1, a new connection and fresh numbers", async () => {
  await playFrames({}, async (player, server) => {
    await player.session.teardown();
    await player.session.play();
    await player.gotPictures(2 * FRAMES.length);
    assertEquals(server.connections.length, 2);
    for (const { requests } of server.connections) {
      assertMatch(requests[0]!, /^SETUP .*\nCSeq: 1\n/);
      assertMatch(requests[1]!, /^PLAY .*\nCSeq: 2\n/);
    }
    const { packetsExpected, packetsReceived, packetsLost, frames } = statisticsOf(player);
    const count = FRAMES.length;
    assertEquals([packetsExpected, packetsReceived, packetsLost, frames], [count, count, 0, count]);
  });
});

Deno.test("DESCRIBE: a description without a blank line, or behind one without its length", async () => {
  const sdp = ["v=0", "m=video 25000 RTP/AVP 26", "a=control:streamid=123456", ""];
  const cases = [
    { name: "LF, no blank line", text: (head: string) => `${head}\n${sdp.join("\n")}` },
    { name: "CR LF, no blank line", text: (head: string) => `${head}\r\n${sdp.join("\r\n")}` },
    { name: "a blank line, no length", text: (head: string) => `${head}\n\n${sdp.join("\n")}` },
    {
      name: "a length that counts too little",
      text: (head: string) => `${head}\nContent-Length: 10\n\n${sdp.join("\n")}`,
    },
  ];
  await runCases(cases, async ({ text }) => {
    await using server = new ScriptedServer((connection) =>
      serveLab({
        reply: (method, _, cseq) =>
          method === "DESCRIBE" ? text(usualReply(cseq)) : usualReply(cseq),
      }, connection)
    );
    await using player = new WatchedPlayer(labUrl(server.port));
    await player.session.setup();
    const description = await player.session.describe();
    assertStringIncludes(description, "v=0");
    await player.session.play();
    await player.gotPictures(FRAMES.length);
  });
});

Deno.test("a URL whose server is a lab's: on a new connection, in the lab's way", async () => {
  const cases: { name: string; lab: LabServer; timeoutMs?: number }[] = [
    {
      name: "silent to DESCRIBE",
      lab: { reply: (method, _, cseq) => method === "DESCRIBE" ? undefined : usualReply(cseq) },
      timeoutMs: 500,
    },
    { name: "dead after a blank line", lab: { diesOnBlankLine: true } },
    {
      name: "a lab's answer to DESCRIBE",
      lab: {
        reply: (method, _, cseq) =>
          method === "DESCRIBE" ? "RTSP/1.0 404 NOT FOUND\nCSeq: 1" : usualReply(cseq),
      },
    },
  ];
  await runCases(cases, async ({ lab, timeoutMs }) => {
    await using server = new ScriptedServer((connection) => serveLab(lab, connection));
    const url = `rtsp://127.0.0.1:${server.port}/movie.Mjpeg`;
    await using player = new WatchedPlayer({
      url,
      ...(timeoutMs === undefined ? undefined : { timeoutMs }),
    });
    await player.session.play();
    await player.gotPictures(FRAMES.length);
    assertEquals(player.snapshot.dialect, "lab");
    assertEquals(server.connections.length, 2);
    assertMatch(server.connections[0]!.requests[0]!, /^DESCRIBE rtsp:/);
    assertMatch(server.connections[1]!.requests[0]!, /^SETUP movie\.Mjpeg RTSP\/1\.0\nCSeq: 1\n/);
    assertMatch(player.remarks.join(" "), /lab's dialect/);
    // What is known of the server is not found out again.
    await player.session.teardown();
    await player.session.setup();
    assertMatch(server.connections[2]!.requests[0]!, /^SETUP movie\.Mjpeg RTSP\/1\.0\nCSeq: 1\n/);
  });
});

Deno.test("nothing is sent to a lab server behind its back: no list, no blank line", async () => {
  await using server = new ScriptedServer((connection) =>
    serveLab({ diesOnBlankLine: true }, connection)
  );
  await using player = new WatchedPlayer(labUrl(server.port));
  assertEquals(await player.session.list(), []);
  assertEquals(server.connections.length, 0);
});

Deno.test("a server that dies says so, in words", async () => {
  await using server = new ScriptedServer(async (connection) => {
    await connection.request();
    await connection.send(usualReply(1));
    await connection.request();
  });
  await using player = new WatchedPlayer(labUrl(server.port));
  const error = await player.session.play().then(() => undefined, (reason: Error) => reason);
  const words = error?.message ?? await player.over();
  assertMatch(words, /closed the connection/);
  assertEquals(player.snapshot.state, "Init");
});
