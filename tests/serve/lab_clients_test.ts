/** The labs' clients, written out byte by byte, against a server. */

import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import {
  header,
  LabConnection,
  labFrames,
  labHeader,
  LabReceiver,
  MEDIA,
  startServer,
  status,
} from "./lab_kit.ts";

const FRAMES = labFrames(Deno.readFileSync(`${MEDIA}/movie.Mjpeg`));

/** How a lab client writes its requests. */
interface Script {
  readonly name: string;
  readonly setup: (port: number) => (string | number)[];
  readonly other: (method: string, cseq: number, session: string) => (string | number)[];
  /** What stands at the end of each line of a reply. */
  readonly eol: string;
  readonly blankLine?: boolean;
  readonly version?: string;
  readonly firstCSeq?: number;
  readonly repeatedCSeq?: boolean;
  readonly extraOfSetup?: string;
}

/** Three lines, joined by `eol`, with or without one more at the end. */
function threeLines(
  eol: string,
  end: string,
  options: { url?: string; transport?: string; first?: number; session?: string } = {},
): Pick<Script, "setup" | "other" | "firstCSeq"> {
  const { url = "movie.Mjpeg", transport = "RTP/UDP; client_port= ", first = 1 } = options;
  const { session: sessionName = "Session: " } = options;
  return {
    firstCSeq: first,
    setup: (port) => [
      [`SETUP ${url} RTSP/1.0`, `CSeq: ${first}`, `Transport: ${transport}${port}`].join(eol) + end,
    ],
    other: (method, cseq, session) => [
      [`${method} ${url} RTSP/1.0`, `CSeq: ${cseq}`, `${sessionName}${session}`].join(eol) + end,
    ],
  };
}

const SCRIPTS: Script[] = [
  { name: "three lines, no final newline", eol: "\n", ...threeLines("\n", "") },
  { name: "three lines with a final newline", eol: "\n", ...threeLines("\n", "\n") },
  { name: "a blank line", eol: "\n", blankLine: true, ...threeLines("\n", "\n\n") },
  { name: "CRLF, no blank line", eol: "\r\n", ...threeLines("\r\n", "\r\n") },
  {
    name: "CRLF and a blank line",
    eol: "\r\n",
    blankLine: true,
    ...threeLines("\r\n", "\r\n\r\n"),
  },
  {
    name: "no space before the port",
    eol: "\n",
    ...threeLines("\n", "\n", { transport: "RTP/UDP;client_port=" }),
  },
  {
    name: "the path of a folder that is not there",
    eol: "\n",
    ...threeLines("\n", "", { url: "./videos/movie.Mjpeg" }),
  },
  {
    name: "the file where the host belongs, CSeq from 0",
    eol: "\r\n",
    ...threeLines("\r\n", "\r\n", { url: "rtsp://movie.mjpeg", first: 0 }),
  },
  {
    name: "a whole URL",
    eol: "\n",
    ...threeLines("\n", "", { url: "rtsp://127.0.0.1:8554/movie.Mjpeg" }),
  },
  {
    name: "RTP/AVP in the lab's shape",
    eol: "\n",
    ...threeLines("\n", "", { transport: "RTP/AVP;unicast;client_port=" }),
  },
  {
    name: "RTP/AVP with two ports and CRLF, but no blank line",
    eol: "\r\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;client_port=${port}-${
        port + 1
      }\r\n`,
    ],
    other: threeLines("\r\n", "\r\n").other,
  },
  {
    name: "mixed line endings",
    eol: "\n",
    blankLine: true,
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0 \nCSeq: 1\nTransport: RTP/UDP; client_port=${port}\r\n\n`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0 \nCSeq: ${cseq}\nSession: ${session}\r\n\n`,
    ],
  },
  {
    name: "an equals sign behind Session, and no session there",
    eol: "\n",
    ...threeLines("\n", "\n"),
    other: (method, cseq) => [`${method} movie.Mjpeg RTSP/1.0\nCSeq: ${cseq}\nSession= 7700\n`],
  },
  {
    name: "Session misspelt",
    eol: "\n",
    ...threeLines("\n", "", { session: "Sesssion: " }),
  },
  {
    name: "no Session at all, one CSeq for all",
    eol: "\n",
    repeatedCSeq: true,
    ...threeLines("\n", "\n"),
    other: (method) => [`${method} movie.Mjpeg RTSP/1.0\nCSeq: 1\n`],
  },
  {
    name: "values without names",
    eol: "\n",
    setup: (port) => [`SETUP movie.Mjpeg\n1\n RTSP/1.0 0 ${port}`],
    other: (method, cseq, session) => [`${method} movie.Mjpeg\n${cseq}\n RTSP/1.0 ${session} 9`],
  },
  {
    name: "one segment a line",
    eol: "\n",
    setup: (port) => [
      "SETUP movie.Mjpeg RTSP/1.0\n",
      30,
      "CSeq: 1\n",
      30,
      `Transport: RTP/UDP; client_port= ${port}\n`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0\n`,
      30,
      `CSeq: ${cseq}\n`,
      30,
      `Session: ${session}\n`,
    ],
  },
  {
    name: "upper-case names, and the length asked for",
    eol: "\n",
    extraOfSetup: "TotalTime: 12.0\n",
    setup: (port) => [
      `SETUP ./videos/movie.Mjpeg RTSP/1.0\nCSeq: 1\nTRANSPORT: RTP/UDP; Client_port= ${port}`,
    ],
    other: (method, cseq, session) => [
      `${method} ./videos/movie.Mjpeg RTSP/1.0\nCSeq: ${cseq}\nSESSION: ${session}`,
    ],
  },
  {
    name: "lower-case methods and names",
    eol: "\n",
    setup: (port) => [
      `setup movie.Mjpeg rtsp/1.0\ncseq: 1\ntransport: rtp/udp; client_port= ${port}\n`,
    ],
    other: (method, cseq, session) => [
      `${method.toLowerCase()} movie.Mjpeg rtsp/1.0\ncseq: ${cseq}\nsession: ${session}\n`,
    ],
  },
];

/** The ways that have no place in {@linkcode SCRIPTS}: what is odd is odd in each line. */
const ODD_SCRIPTS: Script[] = [
  {
    name: "values without names, and no file but in SETUP",
    eol: "\n",
    setup: (port) => [`SETUP movie.Mjpeg\n1\n RTSP/1.0 RTP/UDP ${port}`],
    other: (method, cseq) => [`${method} \n${cseq}`],
  },
  {
    name: "values without names, but for the number, and spaces about",
    eol: "\n",
    setup: (port) => [`SETUP movie.Mjpeg\nSeq: 1 \nRTSP/1.0 RTP/UDP ${port} `],
    other: (method, cseq) => [`${method} \n Seq: ${cseq}`],
  },
  {
    name: "values without names, each request twice",
    eol: "\n",
    setup: (port) => [`SETUP movie.Mjpeg\n 1 \n RTSP/1.0 RTP/UDP ${port} `.repeat(2)],
    other: (method, cseq) => [`${method} movie.Mjpeg\n ${cseq}`.repeat(2)],
  },
  {
    name: "no colons",
    eol: "\r\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\r\nCSeq 1\r\nTransport RTP/UDP; client_port= ${port}\r\n`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0\r\nCSeq ${cseq}\r\nSession ${session}\r\n`,
    ],
  },
  {
    name: "no colons, no semicolon, no equals sign",
    eol: "\n",
    firstCSeq: 0,
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq 0\nTransport RTP/UDP client_port ${port}`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0\nCSeq ${cseq}\nSession: ${session}`,
    ],
  },
  {
    name: "a colon behind client_port",
    eol: "\n",
    ...threeLines("\n", "", { transport: "RTP/UDP; client_port: " }),
  },
  {
    name: "a comma before client_port",
    eol: "\r\n",
    ...threeLines("\r\n", "\r\n", { transport: "RTP/UDP, client_port: " }),
  },
  {
    name: "an URL of the file alone, and its own state for a mode",
    eol: "\r\n",
    blankLine: true,
    setup: (port) => [
      "SETUP rtsp://movie.Mjpeg RTSP/1.0\r\nCSeq:1\r\n" +
      `Transport: RTP/UDP;unicast;client_port=${port}; mode=INIT\r\n\r\n`,
    ],
    other: (method, cseq, session) => [
      `${method} rtsp://movie.Mjpeg RTSP/1.0\r\nCSeq:${cseq}\r\nSession: ${session}\r\n\r\n`,
    ],
  },
  {
    name: "no space before the version",
    eol: "\n",
    setup: (port) => [
      `SETUP movie.MjpegRTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${port}`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.MjpegRTSP/1.0\nCSeq: ${cseq}\nSession: ${session}`,
    ],
  },
  {
    name: "CR alone after SETUP",
    eol: "\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${port}\n`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0\rCSeq: ${cseq}\rSession: ${session}\r`,
    ],
  },
  {
    name: "a version that there is not",
    eol: "\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.4\nCSeq: 1\nTransport: RTP/UDP; client_port= ${port}`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.4\nCSeq: ${cseq}\nSession: ${session}`,
    ],
  },
  {
    name: "a number instead of the second port",
    eol: "\n",
    ...threeLines("\n", "", { transport: "RTP/UDP;client_port=" }),
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP;client_port=${port}-${port}1`,
    ],
  },
  {
    name: "CSeq by another name",
    eol: "\r\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\r\nSequence-Number: 1\r\nTransport: RTP/UDP; client_port= ${port}\r\n`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0\r\nSequence-Number: ${cseq}\r\nSession: ${session}\r\n`,
    ],
  },
  {
    name: "RSTP",
    eol: "\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RSTP/1.0\nCseq: 1\nTransport: RTP/UDP; client_port= ${port}\n`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RSTP/1.0\nCseq: ${cseq}\nSession: ${session}\n`,
    ],
  },
  {
    name: "indented as the program is",
    eol: "\r\n",
    setup: (port) => [
      `SETUP movie.Mjpeg RTSP/1.0\r\n    CSeq: 1\r\n    Transport: RTP/UDP; client_port= ${port}\r\n    \r`,
    ],
    other: (method, cseq, session) => [
      `${method} movie.Mjpeg RTSP/1.0\r\n    CSeq: ${cseq}\r\n    Session: ${session}\r\n    \r`,
    ],
  },
  {
    name: "no URL but in SETUP",
    eol: "\r\n",
    blankLine: true,
    ...threeLines("\r\n", "\r\n\r\n"),
    other: (method, cseq, session) => [
      `${method} RTSP/1.0\r\nCSeq: ${cseq}\r\nSession: ${session}\r\n\r\n`,
    ],
  },
];

/** What a stock client does with a reply; throws where that client would. */
function readAsStockClient(reply: string): { status: number; cseq: number; session: number } {
  const lines = reply.split("\n");
  const number = (text: string | undefined): number => {
    assertMatch(text ?? "", /^\s*-?\d+\s*$/, `int(${JSON.stringify(text)}) in ${reply}`);
    return Number(text);
  };
  return {
    status: number(lines[0]?.split(" ")[1]),
    cseq: number(lines[1]?.split(" ")[1]),
    session: number(lines[2]?.split(" ")[1]),
  };
}

function expectedReply(script: Script, cseq: number, session: string, extra = ""): string {
  const { eol, blankLine = false, version = "1.0" } = script;
  return `RTSP/${version} 200 OK${eol}CSeq: ${cseq}${eol}Session: ${session}${eol}${extra}${
    blankLine ? eol : ""
  }`;
}

/** The datagrams from `from` on carry the film's frames from `from` on, numbered from 1. */
function checkFrames(datagrams: readonly Uint8Array[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const { first, marker, payloadType, sequence, payload } = labHeader(datagrams[i]!);
    assertEquals([first, marker, payloadType, sequence], [0x80, true, 26, i + 1]);
    assert(equal(payload, FRAMES[i]!), `frame ${i} is not the film's`);
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function runScript(script: Script, port: number): Promise<void> {
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(port);
  const first = script.firstCSeq ?? 1;
  const setup = await client.ask(...script.setup(receiver.port));
  const session = header(setup, "Session") ?? "";
  assertMatch(session, /^\d{1,9}$/);
  assertEquals(setup, expectedReply(script, first, session, script.extraOfSetup));
  readAsStockClient(setup);
  let cseq = first;
  const ask = async (method: string): Promise<void> => {
    if (script.repeatedCSeq !== true) cseq++;
    const reply = await client.ask(...script.other(method, cseq, session));
    assertEquals(reply, expectedReply(script, cseq, session));
    assertLess(reply.length, 257);
  };
  await ask("PLAY");
  await receiver.until(3);
  await ask("PAUSE");
  // What was on its way when PAUSE was answered is there before an answer to something else.
  await ask("PAUSE");
  const paused = receiver.datagrams.length;
  await ask("PLAY");
  await receiver.until(paused + 3);
  checkFrames(receiver.datagrams, 0, paused + 3);
  await ask("PAUSE");
  assertEquals([client.ended, client.silent], [false, true]);
  await ask("TEARDOWN");
  checkFrames(receiver.datagrams, 0, receiver.datagrams.length);
}

async function runScripts(scripts: readonly Script[]): Promise<void> {
  await using server = startServer(MEDIA, { frameRate: 50 });
  const results: PromiseSettledResult<void>[] = [];
  // A few at a time: server and clients share one process, and a socket holds few whole frames.
  for (let i = 0; i < scripts.length; i += 5) {
    const some = scripts.slice(i, i + 5).map((script) => runScript(script, server.port));
    results.push(...await Promise.allSettled(some));
  }
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [`${scripts[i]!.name}: ${result.reason.message}`] : []
  );
  assertEquals(failures, []);
}

Deno.test("each way to write a lab request is answered in kind, and plays", async () => {
  await runScripts(SCRIPTS);
});

Deno.test("so is what only the place of a value, or a good guess, can tell", async () => {
  await runScripts(ODD_SCRIPTS);
});

Deno.test("a request in one piece is answered within 50 ms", async () => {
  await using server = startServer();
  for (const end of ["", "\n", "\n\n"]) {
    using client = await LabConnection.connect(server.port);
    const waits: number[] = [];
    await client.ask(
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999${end}`,
    );
    for (let cseq = 2; cseq < 8; cseq++) {
      const from = performance.now();
      await client.ask(`PAUSE movie.Mjpeg RTSP/1.0\nCSeq: ${cseq}${end}`);
      waits.push(performance.now() - from);
    }
    // The quickest tells what the server waits for; the others also what else the machine does.
    assertLess(Math.min(...waits), 50);
  }
});

Deno.test("a file that is not there: 404 in three lines, then another SETUP", async () => {
  await using server = startServer();
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const refused = await client.ask(
    `SETUP pi.mp3 RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}`,
  );
  assertEquals(refused, "RTSP/1.0 404 Not Found\nCSeq: 1\nSession: 0\n");
  assertEquals(readAsStockClient(refused), { status: 404, cseq: 1, session: 0 });
  assertEquals(
    await client.ask(`PLAY pi.mp3 RTSP/1.0\nCSeq: 2\nSession: 0`),
    "RTSP/1.0 454 Session Not Found\nCSeq: 2\nSession: 0\n",
  );
  const reply = await client.ask(
    `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 3\nTransport: RTP/UDP; client_port= ${receiver.port}`,
  );
  assertEquals(readAsStockClient(reply).status, 200);
  assertEquals(client.ended, false);
});

Deno.test("errors keep the three lines, in every state", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999",
  );
  const session = header(setup, "Session")!;
  const requests: [string, number][] = [
    [`PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: ${session}`, 200],
    [`SETUP movie.Mjpeg RTSP/1.0\nCSeq: 3\nTransport: RTP/UDP; client_port= 9999`, 455],
    [`RECORD movie.Mjpeg RTSP/1.0\nCSeq: 4\nSession: ${session}`, 405],
    [`FLY movie.Mjpeg RTSP/1.0\nCSeq: 5\nSession: ${session}`, 501],
    [`PLAY movie.Mjpeg RTSP/1.0\nCSeq: 6\nRequire: wings\nSession: ${session}`, 551],
    [`PLAY movie.Mjpeg RTSP/3.0\nCSeq: 7\nSession: ${session}`, 505],
    [`CHANGE no.Mjpeg RTSP/1.0\nCSeq: 8\nSession: ${session}`, 404],
    [`SETTIME movie.Mjpeg RTSP/1.0\nCSeq: 9\nSession: ${session}\nFRAME: x`, 400],
  ];
  for (const [request, expected] of requests) {
    const reply = await client.ask(request);
    const cseq = Number(/CSeq: (\d)/.exec(request)![1]);
    assertMatch(reply, /^RTSP\/\d\.0 \d{3} [^\n]*\nCSeq: \d+\nSession: \d+\n$/, request);
    const read = readAsStockClient(reply);
    assertEquals([read.status, read.cseq], [expected, cseq], request);
    assertEquals(read.session, Number(session), request);
  }
  assertEquals(client.ended, false);
});

Deno.test("DESCRIBE of the client that counts lines", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  await client.ask(
    "SETUP movie.Mjpeg RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/UDP; client_port= 9999\r\n",
  );
  const reply = await client.ask(
    "DESCRIBE movie.Mjpeg RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n",
  );
  const lines = reply.split("\r\n");
  assertEquals(lines.length, 10, reply);
  assertEquals(lines.slice(0, 4), [
    "RTSP/1.0 200 OK",
    "CSeq: 2",
    "Content-Base: movie.Mjpeg",
    "Content-Type: application/sdp",
  ]);
  const length = Number(header(reply, "Content-Length"));
  assertEquals(reply.slice(reply.indexOf("v=0")).length, length);
  assertEquals(lines[5], "v=0");
  assertMatch(lines[6]!, /^m=video \d+ RTP\/AVP 26$/);
  assertMatch(lines[7]!, /^a=control:streamid=\d+$/);
  assertEquals(lines.slice(8), ['a=mimetype:string;"video/MJPEG"', ""]);
});

Deno.test("DESCRIBE of the others: Session third, a blank line, four lines; short enough", async () => {
  await using server = startServer();
  for (const name of ["movie.Mjpeg", `./${"long/".repeat(6)}movie.Mjpeg`]) {
    for (const end of ["", "\n", "\n\n", "\nAccept: application/sdp"]) {
      using client = await LabConnection.connect(server.port);
      const setup = await client.ask(
        "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999",
      );
      const session = header(setup, "Session")!;
      const reply = await client.ask(
        `DESCRIBE ${name} RTSP/1.0\nCSeq: 2\nSession: ${session}${end}`,
      );
      assertLess(reply.length, 257, reply);
      assertEquals(readAsStockClient(reply).session, Number(session));
      const [head, body] = reply.split("\n\n");
      assertEquals(body!.length, Number(header(head!, "Content-Length")));
      assertEquals(body!.split("\n").length, 5);
      assertStringIncludes(body!, `a=control:streamid=${session}\n`);
    }
  }
});

Deno.test("CONNECT, GETLIST, SETUP without a transport, and the number of frames with PLAY", async () => {
  await using server = startServer(MEDIA, { frameRate: 50 });
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const connect = await client.ask(
    `CONNECT RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}\n`,
  );
  const session = header(connect, "Session")!;
  assertEquals(connect, `RTSP/1.0 200 OK\nCSeq: 1\nSession: ${session}\n`);
  const ok = (cseq: number): string => `RTSP/1.0 200 OK\nCSeq: ${cseq}\nSession: ${session}\n`;
  const ask = (method: string, cseq: number, more = ""): Promise<string> =>
    client.ask(`${method} RTSP/1.0\nCSeq: ${cseq}\nSession: ${session}\n${more}`);
  assertEquals(await ask("GETLIST /", 2), `${ok(2)}NVideo: 1\nmovie.Mjpeg`);
  assertEquals(await ask("SETUP movie.Mjpeg", 3), ok(3));
  assertEquals(await ask("PLAY movie.Mjpeg", 4), `${ok(4)}TTtime: 600\n`);
  await receiver.until(2);
  assertEquals(await ask("PAUSE movie.Mjpeg", 5), ok(5));
  await ask("PAUSE movie.Mjpeg", 6);
  const paused = receiver.datagrams.length;
  checkFrames(receiver.datagrams, 0, paused);
  // The frame that the player shows counts from 1.
  assertEquals(await ask("SETTIME movie.Mjpeg", 7, "FRAME: 500\n"), ok(7));
  assertEquals(await ask("PLAY movie.Mjpeg", 8), `${ok(8)}TTtime: 600\n`);
  await receiver.until(paused + 2);
  const { sequence, payload } = labHeader(receiver.datagrams[paused]!);
  assertEquals(sequence, paused + 1);
  assert(equal(payload, FRAMES[499]!));
  assertEquals(await ask("CHANGE movie.Mjpeg", 9), ok(9));
  const changed = receiver.datagrams.length;
  await receiver.until(changed + 3);
  const frames = receiver.datagrams.slice(changed).map((datagram) => labHeader(datagram).payload);
  assert(frames.some((frame) => equal(frame, FRAMES[1]!)), "the film begins anew");
  assertEquals(await ask("TEARDOWN movie.Mjpeg", 10), ok(10));
});

Deno.test("FORWARD and BACKWARD move, or go where they say", async () => {
  await using server = startServer(MEDIA, { frameRate: 20 });
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}`,
  );
  const session = header(setup, "Session")!;
  let cseq = 1;
  const ask = async (method: string, more = ""): Promise<void> => {
    const reply = await client.ask(
      `${method} movie.Mjpeg RTSP/1.0\nCSeq: ${++cseq}\nSession: ${session}${more}`,
    );
    assertEquals(reply, `RTSP/1.0 200 OK\nCSeq: ${cseq}\nSession: ${session}\n`);
  };
  await ask("FORWARD");
  await ask("FORWARD");
  await ask("BACKWARD");
  await ask("PLAY");
  await receiver.until(1);
  const { sequence, payload } = labHeader(receiver.datagrams[0]!);
  assertEquals(sequence, 1);
  assert(equal(payload, FRAMES[40]!), "two seconds in");
  await ask("PAUSE");
  await ask("PAUSE");
  const paused = receiver.datagrams.length;
  await ask("BACKWARD", "\nFrame: 11");
  await ask("PLAY");
  await receiver.until(paused + 1);
  assert(equal(labHeader(receiver.datagrams[paused]!).payload, FRAMES[10]!), "the eleventh frame");
});

Deno.test("Range: a lab client goes to a time or a frame; npt=0 goes on", async () => {
  await using server = startServer(MEDIA, { frameRate: 20 });
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}`,
  );
  const session = header(setup, "Session")!;
  let cseq = 1;
  const ask = async (method: string, more = ""): Promise<void> => {
    const head = `${method} movie.Mjpeg RTSP/1.0\nCSeq: ${++cseq}\nSession: ${session}${more}`;
    assertEquals(status(await client.ask(head)), 200);
  };
  const ranges: [range: string, frame: number | undefined][] = [
    ["npt=2.5-", 50],
    ["npt=0.000-", undefined],
    ["frame=301", 300],
    ["npt = 10 -", 200],
    ["npt=9999", undefined],
    ["clock=20200101T000000Z-", undefined],
  ];
  let next = 0;
  for (const [range, frame] of ranges) {
    const before = receiver.datagrams.length;
    await ask("PLAY", `\nRange: ${range}`);
    await receiver.until(before + 1);
    const first = labHeader(receiver.datagrams[before]!).payload;
    assert(equal(first, FRAMES[frame ?? next]!), `${range}: not frame ${frame ?? next}`);
    await ask("PAUSE");
    // What was on its way when PAUSE was answered is there before an answer to something else.
    await ask("PAUSE");
    next = (frame ?? next) + receiver.datagrams.length - before;
  }
});

Deno.test("OPTIONS of a lab client: three lines, for it reads no more", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const ask = (cseq: number): Promise<string> =>
    client.ask(`OPTIONS movie.Mjpeg RTSP/1.0\nCSeq: ${cseq}\n`);
  for (const cseq of [1, 3]) {
    const lines = (await ask(cseq)).split("\n");
    assertEquals([lines[0], lines[1], lines.length], ["RTSP/1.0 200 OK", `CSeq: ${cseq}`, 4]);
    assertMatch(lines[2]!, /^Public: .*SETUP/);
    if (cseq === 1) {
      await client.ask(
        "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 2\nTransport: RTP/UDP; client_port= 9999\n",
      );
    }
  }
});

Deno.test("DESCRIBE of a form that there is not: 406 in three lines", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999",
  );
  const session = header(setup, "Session")!;
  assertEquals(
    await client.ask(
      `DESCRIBE movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: ${session}\nAccept: application/own`,
    ),
    `RTSP/1.0 406 Not Acceptable\nCSeq: 2\nSession: ${session}\n`,
  );
});

Deno.test("a request without a number is answered, if only with 400, and the next one as well", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999\n",
  );
  const refused = await client.ask("DESCRIBE movie.Mjpeg RTSP/1.0\nAccept: application/sdp\n");
  const session = header(setup, "Session")!;
  assertEquals(refused, `RTSP/1.0 400 Bad Request\nCSeq: 0\nSession: ${session}\n`);
  assertEquals(status(await client.ask("PAUSE movie.Mjpeg RTSP/1.0\nCSeq: 2\n")), 200);
});

Deno.test("STOP as reset: a new connection counts from 1, from the start of the film", async () => {
  await using server = startServer(MEDIA, { frameRate: 50 });
  for (let round = 0; round < 2; round++) {
    using receiver = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    const setup = await client.ask(
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}`,
    );
    const session = header(setup, "Session")!;
    await client.ask(`PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: ${session}`);
    await receiver.until(4);
    await client.ask(`TEARDOWN movie.Mjpeg RTSP/1.0\nCSeq: 3\nSession: ${session}`);
    await client.close();
    checkFrames(receiver.datagrams, 0, receiver.datagrams.length);
  }
  assertEquals(server.server.sessionCount, 0);
});

Deno.test("SETUP again after TEARDOWN on the same connection; the server closes only if it is not", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const setup = "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999";
  assertEquals(status(await client.ask(setup)), 200);
  assertEquals(status(await client.ask("TEARDOWN movie.Mjpeg RTSP/1.0\nCSeq: 2")), 200);
  assertEquals(status(await client.ask(setup)), 200);
  assertEquals(status(await client.ask("TEARDOWN movie.Mjpeg RTSP/1.0\nCSeq: 2")), 200);
  assertEquals([await client.read(), client.broken], [undefined, false]);
});

Deno.test("two lab clients at once get the same film, each with its own session", async () => {
  await using server = startServer(MEDIA, { frameRate: 50 });
  const script = SCRIPTS[0]!;
  await Promise.all([runScript(script, server.port), runScript(script, server.port)]);
});

Deno.test("a client that vanishes frees its session", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  using receiver = new LabReceiver();
  await client.ask(
    `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}`,
  );
  await client.ask("PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2");
  await receiver.until(1);
  await client.close();
  // Another client's reply comes after the end of the first connection was seen.
  using other = await LabConnection.connect(server.port);
  await other.ask("PLAY movie.Mjpeg RTSP/1.0\nCSeq: 1");
  assertEquals([server.server.sessionCount, server.server.activeStreams], [0, 0]);
});
