/** The labs' whole frames over TCP: among the replies, or on a connection to the client's own port. */

import { assert, assertEquals } from "@std/assert";
import { concatBytes, decodeLatin1 } from "../../src/bytes/text.ts";
import {
  header,
  LabConnection,
  labFrames,
  labHeader,
  MEDIA,
  startServer,
  status,
} from "./lab_kit.ts";

const FRAMES = labFrames(Deno.readFileSync(`${MEDIA}/movie.Mjpeg`));

/** Checks that packets carry the film's frames from the first on, numbered from 1. */
function checkPackets(packets: readonly Uint8Array[]): void {
  packets.forEach((packet, i) => {
    const { sequence, marker, payload } = labHeader(packet);
    assertEquals([sequence, marker], [i + 1, true]);
    assertEquals(payload, FRAMES[i]!);
  });
}

/** Reads what a server sends, and knows how far it has read. */
class Stream {
  #bytes = new Uint8Array(0);
  readonly #more: () => Promise<Uint8Array | undefined>;

  constructor(more: () => Promise<Uint8Array | undefined>) {
    this.#more = more;
  }

  /** The next bytes. */
  async take(count: number): Promise<Uint8Array> {
    while (this.#bytes.length < count) {
      const more = await this.#more();
      assert(more !== undefined, "the connection ended");
      this.#bytes = concatBytes([this.#bytes, more]);
    }
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  /** The next reply, up to its blank line, or the next interleaved packet of channel 0. */
  async next(): Promise<string | Uint8Array> {
    const first = await this.take(1);
    if (first[0] === 0x24) {
      const [channel, high, low] = await this.take(3);
      assertEquals(channel, 0);
      return await this.take(high! << 8 | low!);
    }
    let text = decodeLatin1(first);
    while (!text.endsWith("\n\n")) text += decodeLatin1(await this.take(1));
    return text;
  }
}

Deno.test("RTP/TCP with channels: frames among the replies", async () => {
  await using server = startServer(MEDIA, { frameRate: 50 });
  using client = await LabConnection.connect(server.port);
  const stream = new Stream(() => client.read());
  const packets: Uint8Array[] = [];
  let cseq = 0;
  let session = "";
  const ask = async (method: string, more = `Session: ${session}`): Promise<string> => {
    await client.send(`${method} movie.Mjpeg RTSP/1.0\nCSeq: ${++cseq}\n${more}\n\n`);
    for (;;) {
      const next = await stream.next();
      if (typeof next === "string") return next;
      packets.push(next);
    }
  };
  const setup = await ask("SETUP", "Transport: RTP/TCP; interleaved=0-1\nQuality: 720P");
  session = header(setup, "Session")!;
  assertEquals(setup, `RTSP/1.0 200 OK\nCSeq: 1\nSession: ${session}\n\n`);
  for (let round = 0; round < 2; round++) {
    assertEquals(status(await ask("PLAY")), 200);
    const wanted = packets.length + 5;
    while (packets.length < wanted) {
      const packet = await stream.next();
      assert(typeof packet !== "string");
      packets.push(packet);
    }
    assertEquals(status(await ask("PAUSE")), 200);
  }
  assertEquals(status(await ask("TEARDOWN")), 200);
  checkPackets(packets);
});

Deno.test("RTP/TCP with a port: the server calls at each PLAY, each packet behind its length", async () => {
  await using server = startServer(MEDIA, { frameRate: 50 });
  using client = await LabConnection.connect(server.port);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const setup = await client.ask(
    `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/TCP; client_port= ${port}\n`,
  );
  const session = header(setup, "Session")!;
  assertEquals(setup, `RTSP/1.0 200 OK\nCSeq: 1\nSession: ${session}\n`);
  let cseq = 1;
  const ask = async (method: string): Promise<void> => {
    const head = `${method} movie.Mjpeg RTSP/1.0\nCSeq: ${++cseq}\nSession: ${session}\n`;
    assertEquals(status(await client.ask(head)), 200);
  };
  const packets: Uint8Array[] = [];
  const read = async (conn: Deno.Conn, count: number): Promise<void> => {
    const buffer = new Uint8Array(65_536);
    const stream = new Stream(async () => {
      const length = await conn.read(buffer);
      return length === null ? undefined : buffer.slice(0, length);
    });
    while (packets.length < count) {
      const length = new DataView((await stream.take(4)).buffer).getUint32(0);
      packets.push(await stream.take(length));
    }
  };
  await ask("PLAY");
  using first = await listener.accept();
  await read(first, 5);
  await ask("PAUSE");
  await ask("PLAY");
  // Whoever takes no second call goes on with the first; this client takes it and leaves the other.
  using second = await listener.accept();
  packets.length = 0;
  await read(second, 5);
  const start = labHeader(packets[0]!).sequence - 1;
  packets.forEach((packet, i) => assertEquals(labHeader(packet).payload, FRAMES[start + i]!));
  await ask("TEARDOWN");
  assertEquals(server.server.sessionCount, 0);
  const rest = new Uint8Array(65_536);
  while (await second.read(rest) !== null);
});

Deno.test("RTP/TCP to a port of the system is refused", async () => {
  await using server = startServer();
  using client = await LabConnection.connect(server.port);
  const setup = await client.ask(
    "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/TCP; client_port= 80\n",
  );
  assertEquals(status(setup), 461);
});
