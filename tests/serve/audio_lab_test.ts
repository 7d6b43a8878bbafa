/** The audio lab's controller and receiver, written out byte by byte, against a server. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { decodeLatin1 } from "../../src/bytes/text.ts";
import { LabConnection, LabReceiver, MEDIA, startServer, status } from "./lab_kit.ts";

/** The samples of a canonical WAV file, read without the code under test. */
function wavSamples(path: string): Uint8Array {
  const file = Deno.readFileSync(path);
  for (let at = 12;;) {
    const size = new DataView(file.buffer).getUint32(at + 4, true);
    if (decodeLatin1(file.subarray(at, at + 4)) === "data") {
      return file.subarray(at + 8, at + 8 + size);
    }
    at += 8 + size + size % 2;
  }
}

const SAMPLES = wavSamples(`${MEDIA}/default.wav`);

/** Label and bytes of each chunk. */
function chunks(datagrams: readonly Uint8Array[]): { end: number; data: Uint8Array }[] {
  return datagrams.filter((datagram) => decodeLatin1(datagram) !== "teardown").map((datagram) => {
    const label = /^(\d+)\.wav/.exec(decodeLatin1(datagram.subarray(0, 20)));
    assert(label !== null, "a chunk begins with its label");
    return { end: Number(label[1]), data: datagram.subarray(label[0].length) };
  });
}

function checkChunks(datagrams: readonly Uint8Array[], chunkBytes = 1000): void {
  chunks(datagrams).forEach(({ end, data }, i) => {
    assertEquals([end, data.length], [(i + 1) * chunkBytes, chunkBytes]);
    const wanted = SAMPLES.subarray(i * chunkBytes, end);
    assert(data.every((byte, at) => byte === wanted[at]), `chunk ${i} holds the file's samples`);
  });
}

const DATE = "[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT";

interface Controller {
  readonly name: string;
  readonly url: string;
  readonly other: string;
  readonly transport: (port: number) => string;
  readonly destination: (port: number) => string;
  readonly eol: string;
  readonly blankLine?: boolean;
}

const CONTROLLERS: Controller[] = [
  {
    name: "the report's first form",
    url: "rtsp://host/default.wav",
    other: "rtsp://host",
    transport: (port) => `UDP;unicast;dest_addr=":${port}"`,
    destination: (port) => `:${port}`,
    eol: "\n",
  },
  {
    name: "the report's misprint",
    url: "rtsp://host/default.wav",
    other: "rtsp://host",
    transport: (port) => `UDP;unicast;dest_addr":${port}"`,
    destination: (port) => `:${port}`,
    eol: "\r\n",
  },
  {
    name: "no file, and blank lines",
    url: "rtsp://localhost",
    other: "rtsp://localhost",
    transport: (port) => `UDP;unicast;dest_addr=":${port}"`,
    destination: (port) => `:${port}`,
    eol: "\r\n",
    blankLine: true,
  },
  {
    name: "an address with the port",
    url: "rtsp://127.0.0.1/default.wav",
    other: "rtsp://127.0.0.1",
    transport: (port) => `UDP;unicast;dest_addr="127.0.0.1:${port}"`,
    destination: (port) => `127.0.0.1:${port}`,
    eol: "\n",
  },
];

async function control(controller: Controller, port: number): Promise<void> {
  const { url, other, eol, blankLine = false } = controller;
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(port);
  const end = blankLine ? eol + eol : eol;
  const reply = (cseq: number, extra = ""): RegExp =>
    new RegExp(
      `^RTSP/2\\.0 200 OK${eol}CSeq: ${cseq}${eol}Date: ${DATE}${eol}${extra}${
        blankLine ? eol : ""
      }$`,
    );
  const setup = await client.ask(
    [
      `SETUP ${url} RTSP/2.0`,
      "CSeq: 1",
      `Transport: ${controller.transport(receiver.port)}`,
    ].join(eol) + end,
  );
  const transport = `Transport: UDP;unicast;dest_addr="${
    controller.destination(receiver.port)
  }";src_addr="127.0.0.1:${port}"${eol}`;
  assertMatch(setup, reply(1, transport));
  const ask = async (method: string, cseq: number): Promise<void> => {
    const answer = await client.ask(`${method} ${other} RTSP/2.0${eol}CSeq: ${cseq}${end}`);
    assertMatch(answer, reply(cseq));
  };
  await ask("PLAY", 2);
  await receiver.until(5);
  await ask("PAUSE", 3);
  await ask("PAUSE", 4);
  const paused = receiver.datagrams.length;
  await ask("PLAY", 5);
  await receiver.until(paused + 5);
  await ask("TEARDOWN", 6);
  await receiver.untilText("teardown");
  assertEquals(decodeLatin1(receiver.datagrams.at(-1)!), "teardown");
  checkChunks(receiver.datagrams);
}

Deno.test("controllers of each form: chunks go on exactly where they stopped", async () => {
  await using server = startServer();
  const results = await Promise.allSettled(
    CONTROLLERS.map((controller) => control(controller, server.port)),
  );
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [`${CONTROLLERS[i]!.name}: ${result.reason.message}`] : []
  );
  assertEquals(failures, []);
});

Deno.test("a controller in lower case, a line a segment, with a header nobody knows", async () => {
  await using server = startServer();
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    ...["setup rtsp://localhost rtsp/2.0\r\n", 30, "cseq:0\r\n", 30],
    ...[
      `transport:UDP;unicast;dest_addr=":${receiver.port}"\r\n`,
      120,
      "sensor:*\r\n",
      120,
      "\r\n",
    ],
  );
  assertMatch(setup, /^RTSP\/2\.0 200 OK\r\nCSeq: 0\r\nDate: [^\r]*\r\nTransport: [^\r]*\r\n\r\n$/);
  const play = await client.ask(
    ...["play rtsp://localhost rtsp/2.0\r\n", 120, "sensor:*\r\n", 30, "cseq:1\r\n", 120, "\r\n"],
  );
  assertMatch(play, /^RTSP\/2\.0 200 OK\r\nCSeq: 1\r\nDate: [^\r]*\r\n\r\n$/);
  await receiver.until(3);
  // Not all of them number every request.
  const pause = await client.ask(
    ...["pause rtsp://localhost rtsp/2.0\r\n", 120, "\r\n"],
  );
  assertMatch(pause, /^RTSP\/2\.0 200 OK\r\nCSeq: 0\r\nDate: [^\r]*\r\n\r\n$/);
  const teardown = await client.ask(
    ...["teardown rtsp://localhost rtsp/2.0\r\n", 120, "cseq:2\r\n", 120, "\r\n"],
  );
  assertEquals(status(teardown), 200);
  await receiver.untilText("teardown");
  checkChunks(receiver.datagrams);
  assert(client.silent, "one answer a request");
});

Deno.test("after TEARDOWN a controller connects again and starts at the beginning", async () => {
  await using server = startServer();
  for (let round = 0; round < 2; round++) await control(CONTROLLERS[0]!, server.port);
  assertEquals(server.server.sessionCount, 0);
});

Deno.test("a receiver that listens on the address that the controller connected to", async () => {
  await using server = startServer(MEDIA, { hostname: "0.0.0.0" });
  using receiver = new LabReceiver("127.0.1.1");
  using client = await LabConnection.connect(server.port, "127.0.1.1");
  const setup = await client.ask(
    `SETUP rtsp://host/default.wav RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr=":${receiver.port}"\n`,
  );
  assertMatch(setup, new RegExp(`src_addr="127.0.1.1:${server.port}"\n$`));
  await client.ask("PLAY rtsp://host RTSP/2.0\nCSeq: 2\n");
  await receiver.until(3);
  checkChunks(receiver.datagrams);
});

Deno.test("the size of chunks can be set", async () => {
  await using server = startServer(MEDIA, { chunkBytes: 50_000 });
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  await client.ask(
    `SETUP rtsp://host/default.wav RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr=":${receiver.port}"\n`,
  );
  await client.ask("PLAY rtsp://host RTSP/2.0\nCSeq: 2\n");
  await receiver.until(3);
  checkChunks(receiver.datagrams, 50_000);
});

Deno.test("what the audio lab cannot have", async () => {
  await using server = startServer();
  const transport = 'UDP;unicast;dest_addr=":9999"';
  const cases: [string, number][] = [
    [`SETUP rtsp://host/no.wav RTSP/2.0\nCSeq: 1\nTransport: ${transport}\n`, 404],
    [`SETUP rtsp://host/../default.wav RTSP/2.0\nCSeq: 1\nTransport: ${transport}\n`, 404],
    ['SETUP rtsp://host RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr=":80"\n', 461],
    [
      'SETUP rtsp://host RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr="192.0.2.1:9999"\n',
      463,
    ],
    ["PLAY rtsp://host RTSP/2.0\nCSeq: 1\n", 454],
    ["FLY rtsp://host RTSP/2.0\nCSeq: 1\n", 501],
  ];
  for (const [request, expected] of cases) {
    using client = await LabConnection.connect(server.port);
    const reply = await client.ask(request);
    assertEquals(status(reply), expected, request);
    assertMatch(reply, /^RTSP\/2\.0 [^\n]+\nCSeq: 1\nDate: [^\n]+\n$/, request);
  }
});
