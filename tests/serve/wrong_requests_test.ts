/** What clients get wrong: each gets its status or a clean close, and nobody else notices. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import {
  header,
  LabConnection,
  labHeader,
  LabReceiver,
  MEDIA,
  startServer,
  status,
  type TestServer,
} from "./lab_kit.ts";

const FILM = "movie.Mjpeg";

/** A request of a standard client. */
function request(line: string, ...headers: string[]): string {
  return [`${line} RTSP/1.0`, ...headers, "", ""].join("\r\n");
}

function urlOf({ port }: TestServer): string {
  return `rtsp://127.0.0.1:${port}/${FILM}`;
}

const UDP = "Transport: RTP/AVP;unicast;client_port=9998-9999";

/**
 * Somebody who watches while others misbehave: no packet may be missing. The film is slow, so that what
 * comes late when the machine is busy still has room in the watcher's socket.
 */
async function withWitness(
  server: TestServer,
  misbehave: () => Promise<void>,
): Promise<void> {
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const url = urlOf(server);
  const transport = `Transport: RTP/AVP;unicast;client_port=${receiver.port}-${receiver.port + 1}`;
  const setup = await client.ask(request(`SETUP ${url}/track1`, "CSeq: 1", transport));
  const session = `Session: ${header(setup, "Session")!.split(";")[0]}`;
  assertEquals(status(await client.ask(request(`PLAY ${url}`, "CSeq: 2", session))), 200);
  await receiver.until(1);
  const before = receiver.datagrams.length;
  await misbehave();
  await receiver.until(before + 20);
  const numbers = receiver.datagrams.map((datagram) => labHeader(datagram).sequence);
  const first = numbers[0]!;
  assertEquals(numbers, numbers.map((_, i) => (first + i) & 0xffff));
  const teardown = await client.ask(request(`TEARDOWN ${url}`, "CSeq: 3", session));
  assertEquals(status(teardown), 200);
}

type State = "Init" | "unknown session" | "Ready" | "Playing";

const METHODS: readonly (readonly [method: string, statuses: Record<State, number>])[] = [
  ["OPTIONS", { "Init": 200, "unknown session": 454, "Ready": 200, "Playing": 200 }],
  ["DESCRIBE", { "Init": 200, "unknown session": 200, "Ready": 200, "Playing": 200 }],
  ["SETUP", { "Init": 200, "unknown session": 454, "Ready": 200, "Playing": 455 }],
  ["PLAY", { "Init": 454, "unknown session": 454, "Ready": 200, "Playing": 200 }],
  ["PAUSE", { "Init": 454, "unknown session": 454, "Ready": 200, "Playing": 200 }],
  ["TEARDOWN", { "Init": 454, "unknown session": 454, "Ready": 200, "Playing": 200 }],
  ["GET_PARAMETER", { "Init": 200, "unknown session": 454, "Ready": 200, "Playing": 200 }],
  ["SET_PARAMETER", { "Init": 200, "unknown session": 454, "Ready": 200, "Playing": 200 }],
  ...["ANNOUNCE", "RECORD", "REDIRECT", "PLAY_NOTIFY"].map((method) =>
    [
      method,
      { "Init": 405, "unknown session": 405, "Ready": 405, "Playing": 405 },
    ] as const
  ),
  ...["FLY", "GET", "CONNECT", "GETLIST", "CHANGE", "SETTIME", "FORWARD", "X-Y_Z"].map((method) =>
    [
      method,
      { "Init": 501, "unknown session": 501, "Ready": 501, "Playing": 501 },
    ] as const
  ),
];

Deno.test("state × method", async () => {
  await using server = startServer(MEDIA, { frameRate: 5 });
  const url = urlOf(server);
  const wrong: string[] = [];
  const tryOut = async (method: string, state: State, expected: number): Promise<void> => {
    using client = await LabConnection.connect(server.port);
    const headers: string[] = [];
    if (state === "unknown session") headers.push("Session: 0123456789ABCDEF");
    if (state === "Ready" || state === "Playing") {
      const setup = await client.ask(request(`SETUP ${url}/track1`, "CSeq: 1", UDP));
      headers.push(`Session: ${header(setup, "Session")!.split(";")[0]}`);
      if (state === "Playing") await client.ask(request(`PLAY ${url}`, "CSeq: 2", ...headers));
    }
    if (method === "SETUP") headers.push(UDP);
    const target = method === "SETUP" ? `${url}/track1` : url;
    const reply = await client.ask(request(`${method} ${target}`, "CSeq: 77", ...headers));
    const got = [status(reply), header(reply, "CSeq")];
    if (got.join() !== `${expected},77`) wrong.push(`${method} in ${state}: ${got}`);
    if (expected === 405) assertMatch(header(reply, "Allow")!, /DESCRIBE/);
    if (expected === 455) assertMatch(header(reply, "Allow")!, /PAUSE/);
    // The connection goes on, whatever was wrong.
    assertEquals(status(await client.ask(request("OPTIONS *", "CSeq: 78"))), 200);
  };
  await withWitness(server, async () => {
    for (const [method, statuses] of METHODS) {
      await Promise.all(
        Object.entries(statuses).map(([state, expected]) =>
          tryOut(method, state as State, expected)
        ),
      );
    }
  });
  assertEquals(wrong, []);
  assertEquals(server.notices, []);
});

/** A request outside any session and the status that it gets. */
const CASES = (url: string): [name: string, message: string, status: number][] => [
  ["no CSeq", request(`OPTIONS ${url}`), 400],
  ["two CSeqs that differ", request(`OPTIONS ${url}`, "CSeq: 1", "CSeq: 2"), 400],
  ["two CSeqs alike", request(`OPTIONS ${url}`, "CSeq: 1", "cseq: 1"), 200],
  ["a CSeq of letters", request(`OPTIONS ${url}`, "CSeq: one"), 400],
  ["a CSeq below nought", request(`OPTIONS ${url}`, "CSeq: -1"), 400],
  ["a CSeq that is too long", request(`OPTIONS ${url}`, "CSeq: 12345678901"), 400],
  ["an empty CSeq", request(`OPTIONS ${url}`, "CSeq:"), 400],
  ["CSeq 0", request(`OPTIONS ${url}`, "CSeq: 0"), 200],
  ["a lower-case method", request(`options ${url}`, "cseq: 1"), 200],
  ["a folded header", request(`OPTIONS ${url}`, "CSeq:", " 1"), 200],
  ["no URL", "OPTIONS RTSP/1.0\r\nCSeq: 1\r\n\r\n", 400],
  ["a URL with a space", request("DESCRIBE rtsp://h/a b", "CSeq: 1"), 404],
  ["a URL with a tab", request("DESCRIBE rtsp://h/a\tb", "CSeq: 1"), 400],
  ["version 3", `OPTIONS ${url} RTSP/3.0\r\nCSeq: 1\r\n\r\n`, 505],
  ["version 0.9", `OPTIONS ${url} RTSP/0.9\r\nCSeq: 1\r\n\r\n`, 505],
  ["something required", request(`OPTIONS ${url}`, "CSeq: 1", "Require: wings"), 551],
  ["of a proxy", request(`OPTIONS ${url}`, "CSeq: 1", "Proxy-Require: a, b"), 551],
  ["what there is", request(`OPTIONS ${url}`, "CSeq: 1", "Require: play.basic"), 200],
  ["no such film", request("DESCRIBE rtsp://h/no.Mjpeg", "CSeq: 1"), 404],
  ["no such track", request(`SETUP ${url}/track9`, "CSeq: 1", UDP), 404],
  ["only a web page will do", request(`DESCRIBE ${url}`, "CSeq: 1", "Accept: text/html"), 406],
  ["anything will do", request(`DESCRIBE ${url}`, "CSeq: 1", "Accept: text/html, */*"), 200],
  ["all tracks at once", request(`SETUP ${url}`, "CSeq: 1", UDP), 459],
  ["no transport", request(`SETUP ${url}/track1`, "CSeq: 1"), 400],
  ["an empty transport", request(`SETUP ${url}/track1`, "CSeq: 1", "Transport:"), 461],
  ...[
    "RTP/SAVP;unicast;client_port=9998-9999",
    "RTP/AVP;multicast;client_port=9998-9999",
    "RTP/AVP;unicast",
    "RTP/AVP;unicast;client_port=",
    "RTP/AVP;unicast;client_port=x-y",
    "RTP/AVP;unicast;client_port=80-81",
    "RTP/AVP;unicast;client_port=0-1",
    "RTP/AVP;unicast;client_port=1023-1024",
    "RTP/AVP;unicast;client_port=9998-22",
    "RTP/AVP;unicast;client_port=65535",
    "RTP/AVP;unicast;client_port=65536-65537",
    "RTP/AVP;unicast;client_port=99999999999",
    "RTP/AVP;unicast;client_port=-1--2",
    "RTP/AVP;unicast;client_port=9998-9999;destination=192.0.2.7",
    "RTP/AVP;unicast;client_port=9998-9999;destination=example.org",
    "RTP/AVP;unicast;client_port=9998-9999;mode=RECORD",
    "RTP/AVP/TCP;unicast;interleaved=255-256",
    "RTP/AVP/TCP;unicast;interleaved=700",
    ";;;===",
    "\u0007\u0001",
  ].map((transport): [string, string, number] => [
    transport,
    request(`SETUP ${url}/track1`, "CSeq: 1", `Transport: ${transport}`),
    461,
  ]),
  [
    "the second of two transports",
    request(`SETUP ${url}/track1`, "CSeq: 1", `Transport: RTP/SAVP;unicast, ${UDP.slice(11)}`),
    200,
  ],
  [
    "the client's own address as destination",
    request(`SETUP ${url}/track1`, "CSeq: 1", `${UDP};destination=127.0.0.1`),
    200,
  ],
  [
    "media for somebody else, in RTSP 2.0",
    `SETUP ${url}/track1 RTSP/2.0\r\nCSeq: 1\r\nTransport: RTP/AVP/UDP;unicast;dest_addr="192.0.2.7:9998"/"192.0.2.7:9999"\r\n\r\n`,
    463,
  ],
  ["a Session of garbage", request(`PLAY ${url}`, "CSeq: 1", "Session: ;;"), 454],
  ["an empty Session", request(`PLAY ${url}`, "CSeq: 1", "Session:"), 454],
  ["nothing before the colon", request(`OPTIONS ${url}`, ": x", "CSeq: 1"), 200],
  ["a line without a colon", request(`OPTIONS ${url}`, "what is this", "CSeq: 1"), 200],
  [
    "a body nobody asked for",
    `${request(`OPTIONS ${url}`, "CSeq: 1", "Content-Length: 3")}abc`,
    200,
  ],
];

Deno.test("requests outside a session", async () => {
  await using server = startServer(MEDIA, { frameRate: 5 });
  const wrong: string[] = [];
  const tryOut = async ([name, message, expected]: [string, string, number]): Promise<void> => {
    using client = await LabConnection.connect(server.port);
    const reply = await client.ask(message);
    if (status(reply) !== expected) wrong.push(`${name}: ${status(reply)}, expected ${expected}`);
    const next = await client.ask(request("OPTIONS *", "CSeq: 9"));
    if (status(next) !== 200) wrong.push(`after ${name}: ${next}`);
  };
  await withWitness(server, async () => {
    const cases = CASES(urlOf(server));
    for (let i = 0; i < cases.length; i += 8) {
      await Promise.all(cases.slice(i, i + 8).map((one) => tryOut(one)));
    }
  });
  assertEquals(wrong, []);
  assertEquals(server.notices, []);
});

Deno.test("requests inside a session", async () => {
  await using server = startServer();
  const url = urlOf(server);
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(request(`SETUP ${url}/track1`, "CSeq: 1", UDP));
  const session = `Session: ${header(setup, "Session")!.split(";")[0]}`;
  const ask = async (line: string, headers: string[], body = ""): Promise<string> => {
    const length = body === "" ? [] : [`Content-Length: ${body.length}`];
    return await client.ask(request(line, "CSeq: 5", session, ...headers, ...length) + body);
  };
  const cases: [string, string[], number, string?][] = [
    ["PLAY", ["Range: npt=99999-"], 457],
    ["PLAY", ["Range: npt=5-2"], 457],
    ["PLAY", ["Range: npt=x-"], 457],
    ["PLAY", ["Range: npt=-"], 457],
    ["PLAY", ["Range: clock=19961108T143720.25Z-"], 457],
    ["PLAY", ["Range: "], 457],
    ["PLAY", ["Scale: fast"], 400],
    ["PLAY", ["Scale: 0"], 400],
    ["PLAY", ["Speed: -1"], 400],
    ["GET_PARAMETER", [], 451, "colour\r\n"],
    ["GET_PARAMETER", [], 451, "constructor\r\n__proto__\r\ntoString\r\n"],
    ["GET_PARAMETER", [], 200, "position\r\n"],
    ["SET_PARAMETER", [], 458, "position: 3\r\n"],
    ["SET_PARAMETER", [], 451, "colour: red\r\n"],
    ["SETUP", [UDP], 459],
  ];
  for (const [method, headers, expected, body] of cases) {
    const target = method === "SETUP" ? `${url.replace(FILM, "default.wav")}/track1` : url;
    const reply = await ask(`${method} ${target}`, headers, body);
    assertEquals(status(reply), expected, `${method} ${headers} ${body}`);
  }
  assertEquals(server.notices, []);
});

Deno.test("session identifiers are 64 random bits; a session is gone once torn down", async () => {
  await using server = startServer(MEDIA, { hostname: "0.0.0.0" });
  const url = urlOf(server);
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(request(`SETUP ${url}/track1`, "CSeq: 1", UDP));
  const session = `Session: ${header(setup, "Session")!.split(";")[0]}`;
  assertMatch(session, /^Session: [0-9A-F]{16}$/);
  assertEquals(status(await client.ask(request(`TEARDOWN ${url}`, "CSeq: 2", session))), 200);
  assertEquals(status(await client.ask(request(`TEARDOWN ${url}`, "CSeq: 3", session))), 454);
});

Deno.test("more sessions than there may be get 503", async () => {
  await using server = startServer(MEDIA, { limits: { total: 2, perClient: 2 } });
  const statuses: number[] = [];
  const clients: LabConnection[] = [];
  for (let i = 0; i < 3; i++) {
    const client = await LabConnection.connect(server.port);
    clients.push(client);
    const setup = request(`SETUP ${urlOf(server)}/track1`, "CSeq: 1", UDP);
    statuses.push(status(await client.ask(setup)));
  }
  assertEquals(statuses, [200, 200, 503]);
  clients.push(await LabConnection.connect(server.port));
  const lab = await clients[3]!.ask(
    `SETUP ${FILM} RTSP/1.0\nCSeq: 2\nTransport: RTP/UDP; client_port= 9999`,
  );
  assertEquals(lab, "RTSP/1.0 503 Service Unavailable\nCSeq: 2\nSession: 0\n");
  for (const client of clients) await client.close();
});

const TLS_HELLO = concatBytes([
  Uint8Array.of(0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3),
  Uint8Array.from({ length: 192 }, (_, i) => (i * 37 + 11) & 0xff),
]);

/** What is no RTSP at all: pieces to send, and what may come back. */
const FOREIGN: [name: string, pieces: (string | Uint8Array | number)[], answer: RegExp][] = [
  ["HTTP", ["GET /movie.Mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n"], /^RTSP\/1\.0 400 /],
  ["TLS", [TLS_HELLO], /^RTSP\/1\.0 400 /],
  ["SSH", ["SSH-2.0-OpenSSH_9.2\r\n"], /^RTSP\/1\.0 400 /],
  ["SMTP", ["EHLO example.org\r\n", 200, "\r\n"], /^RTSP\/1\.0 400 /],
  ["nought bytes", [new Uint8Array(2000)], /^RTSP\/1\.0 400 /],
  ["a million letters", [new Uint8Array(1_000_000).fill(0x61)], /^RTSP\/1\.0 400 /],
  ["a million spaces", [new Uint8Array(1_000_000).fill(0x20)], /^RTSP\/1\.0 400 /],
  [
    "a header of a million letters",
    ["OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nX: ", new Uint8Array(1_000_000).fill(0x61)],
    /^RTSP\/1\.0 400 /,
  ],
  [
    "10,000 headers",
    [`OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n${"X: y\r\n".repeat(10_000)}\r\n`],
    /^RTSP\/1\.0 400 /,
  ],
  [
    "200 headers",
    [`OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n${"X: y\r\n".repeat(200)}\r\n`],
    /^RTSP\/1\.0 400 /,
  ],
  [
    "a body of a terabyte",
    [request("OPTIONS *", "CSeq: 1", "Content-Length: 1000000000000")],
    /^RTSP\/1\.0 400 /,
  ],
  [
    "a length below nought",
    [request("OPTIONS *", "CSeq: 1", "Content-Length: -5")],
    /^RTSP\/1\.0 400 /,
  ],
  [
    "a length of letters",
    [request("OPTIONS *", "CSeq: 1", "Content-Length: x")],
    /^RTSP\/1\.0 400 /,
  ],
  [
    "a response",
    ["RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", request("OPTIONS *", "CSeq: 2")],
    /^RTSP\/1\.0 200 OK\r\nCSeq: 2\r\n/,
  ],
  [
    "frames on channels that nobody has set up",
    [Uint8Array.of(0x24, 9, 0, 3, 1, 2, 3), request("OPTIONS *", "CSeq: 3")],
    /^RTSP\/1\.0 200 OK\r\nCSeq: 3\r\n/,
  ],
  [
    "empty lines before a request",
    ["\r\n\r\n\n", request("OPTIONS *", "CSeq: 4")],
    /^RTSP\/1\.0 200 OK\r\nCSeq: 4\r\n/,
  ],
];

Deno.test("what is no RTSP gets 400 or a clean close", async () => {
  await using server = startServer(MEDIA, { frameRate: 5 });
  const wrong: string[] = [];
  const tryOut = async ([name, pieces, answer]: (typeof FOREIGN)[number]): Promise<void> => {
    using client = await LabConnection.connect(server.port);
    try {
      await client.send(...pieces);
      const reply = await client.reply();
      if (!answer.test(reply)) wrong.push(`${name}: ${reply.slice(0, 60)}`);
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message}`);
    }
    if (client.broken) wrong.push(`${name}: reset`);
  };
  await withWitness(server, async () => {
    await Promise.all(FOREIGN.map((one) => tryOut(one)));
  });
  assertEquals(wrong, []);
});

Deno.test("a request byte by byte, and many in one piece", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const url = urlOf(server);
  const slow = request(`DESCRIBE ${url}`, "CSeq: 1", "Accept: application/sdp");
  for (const byte of slow) await client.send(byte, 0);
  assertEquals(status(await client.reply()), 200);
  const count = 50;
  await client.send(
    Array.from({ length: count }, (_, i) => request(`OPTIONS ${url}`, `CSeq: ${i + 2}`)).join(""),
  );
  const seen: string[] = [];
  while (seen.length < count) {
    seen.push(...(await client.reply()).match(/(?<=CSeq: )\d+/g) ?? []);
  }
  assertEquals(seen, Array.from({ length: count }, (_, i) => String(i + 2)));
  // A whole session in one piece.
  using lab = await LabConnection.connect(server.port);
  using receiver = new LabReceiver();
  await lab.send(
    `SETUP ${FILM} RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}\n` +
      `PLAY ${FILM} RTSP/1.0\nCSeq: 2\n`,
  );
  let replies = "";
  while (!replies.includes("CSeq: 2\n")) replies += await lab.reply();
  assertEquals(replies.match(/ 200 OK\n/g)?.length, 2);
  await receiver.until(2);
});

Deno.test("a body shorter than its length gets 400, and the connection goes on", async () => {
  await using server = startServer();
  await Promise.all(["", "posi"].map(async (body) => {
    using client = await LabConnection.connect(server.port);
    const lie = request(`GET_PARAMETER ${urlOf(server)}`, "CSeq: 1", "Content-Length: 10");
    const reply = await client.ask(lie + body);
    assertEquals([status(reply), header(reply, "CSeq")], [400, "1"]);
    assertEquals(status(await client.ask(request("OPTIONS *", "CSeq: 2"))), 200);
  }));
});

Deno.test("a body longer than its length gets 400 for the rest, and the connection goes on", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const lie = request(`GET_PARAMETER ${urlOf(server)}`, "CSeq: 1", "Content-Length: 2");
  await client.send(`${lie}\r\nmore than was said\r\n`);
  let replies = "";
  while ((replies.match(/^RTSP/gm)?.length ?? 0) < 2) replies += await client.reply();
  assertMatch(replies, / 400 Bad Request\r\n/);
  assertEquals(status(await client.ask(request("OPTIONS *", "CSeq: 2"))), 200);
});

Deno.test("junk between the interleaved frames of a client that plays", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const url = urlOf(server);
  const transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";
  const setup = await client.ask(request(`SETUP ${url}/track1`, "CSeq: 1", transport));
  const session = `Session: ${header(setup, "Session")!.split(";")[0]}`;
  await client.send(
    request(`PLAY ${url}`, "CSeq: 2", session),
    Uint8Array.of(0x24, 1, 0, 4, 0x80, 201, 0, 0),
    Uint8Array.of(0xff, 0x00, 0xfe),
    Uint8Array.of(0x24, 7, 0, 1, 0),
    request(`PAUSE ${url}`, "CSeq: 3", session),
  );
  let text = "";
  while (!/RTSP\/1\.0 200 OK\r\nCSeq: 3\r\n/.test(text)) text += await client.reply();
  assertMatch(text, /RTSP\/1\.0 200 OK\r\nCSeq: 2\r\n/);
});

Deno.test("connections that are reset, half closed or left in mid-request", async () => {
  await using server = startServer(MEDIA, { frameRate: 5 });
  await withWitness(server, async () => {
    const endings = ["", "OPT", "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n", "$\x00\x10"];
    for (const text of endings) {
      const reset = await LabConnection.connect(server.port);
      await reset.send(text);
      await reset.close();
      using half = await LabConnection.connect(server.port);
      await half.send(text);
      await half.closeWrite();
      await half.rest();
      assertEquals(half.broken, false);
    }
  });
  assertEquals(server.server.sessionCount, 0);
});

Deno.test("requests with bytes changed, left out and put in never hurt the server", async () => {
  await using server = startServer(MEDIA, { frameRate: 5 });
  const url = urlOf(server);
  const valid = [
    request(`OPTIONS ${url}`, "CSeq: 1"),
    request(`DESCRIBE ${url}`, "CSeq: 2", "Accept: application/sdp"),
    request(`SETUP ${url}/track1`, "CSeq: 3", UDP),
    request(`SETUP ${url}/track2`, "CSeq: 4", "Transport: RTP/AVP/TCP;interleaved=0-1"),
    `SETUP ${FILM} RTSP/1.0\nCSeq: 5\nTransport: RTP/UDP; client_port= 9999`,
    `SETUP rtsp://h RTSP/2.0\nCSeq: 6\nTransport: UDP;unicast;dest_addr=":9999"\n`,
    `${FILM} 9999\nGo`,
    request(`PLAY ${url}`, "CSeq: 7", "Range: npt=1-2", "Scale: 2"),
    `SETUP ${FILM}\n1\n RTSP/1.0 0 9999`,
  ].map((text) => encodeText(text));
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    kind: fc.constantFrom("set", "remove", "insert", "repeat"),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  const mutation = fc.tuple(fc.constantFrom(...valid), fc.array(change, { maxLength: 4 }));
  await withWitness(server, async () => {
    const messages = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 3 }), {
      numRuns: 1000,
      seed: 20,
    });
    for (let i = 0; i < messages.length; i += 50) {
      await Promise.all(
        messages.slice(i, i + 50).map(async (mutations) => {
          using client = await LabConnection.connect(server.port);
          for (const [bytes, changes] of mutations) {
            const mutated = Array.from(bytes);
            for (const { at, kind, byte } of changes) {
              const index = Math.floor(at * mutated.length);
              if (kind === "set") mutated[index] = byte;
              else if (kind === "remove") mutated.splice(index, 1);
              else if (kind === "insert") mutated.splice(index, 0, byte);
              else mutated.splice(index, 0, ...mutated.slice(index, index + byte));
            }
            try {
              await client.send(Uint8Array.from(mutated), 5);
            } catch {
              // The server has closed already.
            }
          }
          await client.close();
        }),
      );
      using probe = await LabConnection.connect(server.port);
      assertEquals(status(await probe.ask(request("OPTIONS *", "CSeq: 1"))), 200);
    }
  });
  // A 500 comes with a notice.
  assertEquals(server.notices.filter((notice) => !/frames of up to/.test(notice)), []);
  assertNotEquals(server.server.sessionsServed, 1);
  assert(server.server.connectionCount <= 1, "no connection is left behind");
});
