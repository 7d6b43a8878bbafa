/** The hello lab's client, written out byte by byte, against a server. */

import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import {
  LabConnection,
  labFilm,
  labFrames,
  labHeader,
  LabReceiver,
  MEDIA,
  startServer,
} from "./lab_kit.ts";

const FRAMES = labFrames(Deno.readFileSync(`${MEDIA}/movie.Mjpeg`));

/** `pickle.dumps((name, port), 4)` of Python, for a port above 255. */
function pickled(name: string, port: number): Uint8Array {
  const text = encodeText(name);
  const body = concatBytes([
    Uint8Array.of(0x8c, text.length),
    text,
    Uint8Array.of(0x94, 0x4d, port & 0xff, port >> 8, 0x86, 0x94, 0x2e),
  ]);
  return concatBytes([Uint8Array.of(0x80, 4, 0x95, body.length, 0, 0, 0, 0, 0, 0, 0), body]);
}

/** `pickle.dumps((name, port), 0)`. */
function pickledAsText(name: string, port: number): Uint8Array {
  return encodeText(`(V${name}\np0\nI${port}\ntp1\n.`);
}

/** The number in an answer: text, or a pickled BININT, BININT1 or BININT2. */
function answered(bytes: Uint8Array): { form: string; id: number } {
  if (bytes[0] !== 0x80) {
    const text = new TextDecoder().decode(bytes);
    assert(/^-?\d+\n$/.test(text), text);
    return { form: "text", id: Number(text) };
  }
  assertEquals(Array.from(bytes.subarray(0, 3)), [0x80, 4, 0x95]);
  assertEquals([bytes[3], bytes.at(-1)], [bytes.length - 11, 0x2e]);
  assertEquals(bytes[11], 0x4a);
  return { form: "pickle", id: new DataView(bytes.buffer, bytes.byteOffset).getInt32(12, true) };
}

interface Client {
  readonly name: string;
  readonly form: "text" | "pickle";
  readonly hello: (name: string, port: number) => (string | Uint8Array | number)[];
  readonly go: string | Uint8Array;
}

const PICKLED_GO = concatBytes([
  Uint8Array.of(0x80, 4, 0x95, 6, 0, 0, 0, 0, 0, 0, 0, 0x8c, 2),
  encodeText("Go"),
  Uint8Array.of(0x94, 0x2e),
]);

const CLIENTS: Client[] = [
  { name: "a line", form: "text", hello: (name, port) => [`${name} ${port}\n`], go: "Go" },
  { name: "no line ending", form: "text", hello: (name, port) => [`${name} ${port}`], go: "Go\n" },
  { name: "a comma", form: "text", hello: (name, port) => [`${name},${port}`], go: "go" },
  {
    name: "a tuple as text",
    form: "text",
    hello: (name, port) => [`('${name}', ${port})`],
    go: "Go",
  },
  {
    name: "two segments",
    form: "text",
    hello: (name, port) => [`${name} `, 20, `${port}\r\n`],
    go: "Go",
  },
  {
    name: "a pickle",
    form: "pickle",
    hello: (name, port) => [pickled(name, port)],
    go: PICKLED_GO,
  },
  {
    name: "a pickle in two segments",
    form: "pickle",
    hello: (name, port) => [pickled(name, port).slice(0, 15), 20, pickled(name, port).slice(15)],
    go: PICKLED_GO,
  },
  {
    name: "a pickle of protocol 0",
    form: "pickle",
    hello: (name, port) => [pickledAsText(name, port)],
    go: "VGo\np0\n.",
  },
];

function checkDatagrams(datagrams: readonly Uint8Array[], id: number): void {
  const now = Math.floor(Date.now() / 1000);
  datagrams.forEach((datagram, i) => {
    const { first, marker, payloadType, sequence, timestamp, ssrc, payload } = labHeader(datagram);
    assertEquals([first, marker, payloadType], [0x80, false, 26]);
    assertEquals([sequence, ssrc], [i + 1, id]);
    assertGreaterOrEqual(timestamp, now - 60);
    assertLessOrEqual(timestamp, now + 1);
    const frame = FRAMES[i]!;
    assert(payload.length === frame.length && payload.every((byte, at) => byte === frame[at]));
  });
}

async function watch(client: Client, port: number): Promise<void> {
  using receiver = new LabReceiver();
  using connection = await LabConnection.connect(port);
  await connection.send(...client.hello("no.Mjpeg", receiver.port));
  assertEquals(answered((await connection.read())!), { form: client.form, id: -1 });
  await connection.send(...client.hello("movie.Mjpeg", receiver.port));
  const { form, id } = answered((await connection.read())!);
  assertEquals(form, client.form);
  assertGreaterOrEqual(id, 1);
  assertEquals(receiver.datagrams.length, 0);
  await connection.send(client.go);
  await receiver.until(4);
  checkDatagrams(receiver.datagrams, id);
  assertEquals([connection.silent, connection.ended], [true, false]);
}

Deno.test("a hello in each form is answered in kind, and Go starts the film", async () => {
  await using server = startServer();
  const results = await Promise.allSettled(CLIENTS.map((client) => watch(client, server.port)));
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [`${CLIENTS[i]!.name}: ${result.reason.message}`] : []
  );
  assertEquals(failures, []);
});

Deno.test("twenty datagrams a second", async () => {
  await using server = startServer();
  using receiver = new LabReceiver();
  using connection = await LabConnection.connect(server.port);
  await connection.ask(`movie.Mjpeg ${receiver.port}\n`);
  await connection.send("Go");
  await receiver.until(1);
  const from = performance.now();
  await receiver.until(21);
  const tookMs = performance.now() - from;
  // Never quicker than a second, but for what the first was late.
  assertGreaterOrEqual(tookMs, 900);
});

Deno.test("the end of a short film; another Go shows it again, counting on", async () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeFileSync(`${folder}/short.mjpeg`, labFilm(FRAMES.slice(0, 3)));
  await using server = startServer(folder, { frameRate: 50 });
  using receiver = new LabReceiver();
  using connection = await LabConnection.connect(server.port);
  await connection.ask(`short.mjpeg ${receiver.port}\n`);
  await connection.send("Go");
  await receiver.until(3);
  await connection.send(100, "Go");
  await receiver.until(6);
  assertEquals(
    receiver.datagrams.map((datagram) => labHeader(datagram).sequence),
    [1, 2, 3, 4, 5, 6],
  );
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a client that closes its connection with its Go still gets the film", async () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeFileSync(`${folder}/short.mjpeg`, labFilm(FRAMES.slice(0, 30)));
  await using server = startServer(folder, { frameRate: 60 });
  using receiver = new LabReceiver();
  using connection = await LabConnection.connect(server.port);
  const { id } = answered(encodeText(await connection.ask(`short.mjpeg ${receiver.port}\n`)));
  await connection.send("Go");
  await connection.close();
  await receiver.until(30);
  checkDatagrams(receiver.datagrams, id);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a hello for a port ends the film that was sent there before", async () => {
  await using server = startServer();
  using receiver = new LabReceiver();
  using first = await LabConnection.connect(server.port);
  await first.ask(`movie.Mjpeg ${receiver.port}\n`);
  await first.send("Go");
  await receiver.until(2);
  using second = await LabConnection.connect(server.port);
  const { id } = answered(encodeText(await second.ask(`movie.Mjpeg ${receiver.port}\n`)));
  assertEquals(server.server.sessionCount, 1);
  const before = receiver.datagrams.length;
  await second.send("Go");
  await receiver.until(before + 3);
  // One datagram may have been on its way.
  const later = receiver.datagrams.slice(before + 1).map(labHeader);
  assertEquals(later.map(({ ssrc }) => ssrc), later.map(() => id));
});

Deno.test("a client that leaves later ends its session; Go that comes too early is kept", async () => {
  await using server = startServer();
  using receiver = new LabReceiver();
  using connection = await LabConnection.connect(server.port);
  await connection.send(`movie.Mjpeg ${receiver.port}\nGo\n`);
  const { id } = answered((await connection.read())!);
  await receiver.until(22);
  checkDatagrams(receiver.datagrams, id);
  await connection.close();
  using other = await LabConnection.connect(server.port);
  await other.ask("no.Mjpeg 9999\n");
  assertEquals([server.server.sessionCount, server.server.activeStreams], [0, 0]);
});

Deno.test("ports and names that a hello cannot have get -1", async () => {
  await using server = startServer();
  for (
    const hello of [
      "movie.Mjpeg 80\n",
      "../movie.Mjpeg 9999\n",
      "/etc/passwd 9999\n",
      "default.wav 9999\n",
      pickled("..\\movie.Mjpeg", 9999),
    ]
  ) {
    using connection = await LabConnection.connect(server.port);
    await connection.send(hello);
    assertEquals(answered((await connection.read())!).id, -1, String(hello));
  }
  assertEquals(server.server.sessionCount, 0);
});
