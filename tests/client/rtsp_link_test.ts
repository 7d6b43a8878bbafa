import { assert, assertEquals, assertRejects } from "@std/assert";
import { LinkClosed, ReplyTimeout } from "../../src/client/reply_waiters.ts";
import { type LinkListener, RtspLink } from "../../src/client/rtsp_link.ts";
import { encodeText } from "../../src/bytes/text.ts";
import { ScriptedServer } from "../support/scripted_server.ts";

/** Notes what a link tells. */
class Told implements LinkListener {
  readonly events: string[] = [];

  message(direction: "sent" | "received", _bytes: Uint8Array, message: { kind: string }): void {
    if (direction === "received") this.events.push(message.kind);
  }

  frame(): void {
    this.events.push("frame");
  }

  closed(): void {
    this.events.push("closed");
  }
}

function connect(server: ScriptedServer, told: Told): Promise<RtspLink> {
  return RtspLink.connect({ hostname: "127.0.0.1", port: server.port }, { timeoutMs: 5000 }, told);
}

function request(link: RtspLink, method: string, timeoutMs: number, cseq = "1") {
  const text = `${method} rtsp://127.0.0.1/film RTSP/1.0\r\nCSeq: ${cseq}\r\n\r\n`;
  return link.request({ bytes: encodeText(text), method, cseq }, timeoutMs);
}

const reply = (status: string, cseq: string): string =>
  `RTSP/1.0 ${status}\r\nCSeq: ${cseq}\r\n\r\n`;

Deno.test("a reply behind which nothing can be read is told, and the link closed", async () => {
  await using server = new ScriptedServer(async (connection) => {
    await connection.request();
    await connection.send(`RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 99999999999\r\n\r\nmore`);
    await connection.request();
  });
  const told = new Told();
  using link = await connect(server, told);
  await assertRejects(() => request(link, "OPTIONS", 2000), LinkClosed);
  assertEquals(told.events, ["malformed", "closed"]);
});

Deno.test("a description without a length and without an end is cut", async () => {
  const lines = "a=x\r\n".repeat(13_000);
  await using server = new ScriptedServer(async (connection) => {
    await connection.request();
    await connection.send("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
    for (let i = 0; i < 24; i++) await connection.send(lines);
    await connection.request();
  });
  using link = await connect(server, new Told());
  const { body } = await request(link, "DESCRIBE", 10_000);
  assert(body.length >= 262_144 && body.length < 300_000, String(body.length));
});

Deno.test("a reply that comes too late answers no other request", async () => {
  await using server = new ScriptedServer(async (connection) => {
    await connection.request();
    await connection.request();
    await connection.send(reply("200 OK", "1"), reply("455 Method Not Valid", "2"));
    await connection.request();
  });
  using link = await connect(server, new Told());
  await assertRejects(() => request(link, "PLAY", 100), ReplyTimeout);
  assertEquals((await request(link, "PAUSE", 2000, "2")).status, 455);
});

Deno.test("a reply with a CSeq that nobody sent answers the request that waits", async () => {
  await using server = new ScriptedServer(async (connection) => {
    await connection.request();
    await connection.request();
    await connection.send(reply("200 OK", "0"));
    await connection.request();
  });
  using link = await connect(server, new Told());
  await assertRejects(() => request(link, "PLAY", 100), ReplyTimeout);
  assertEquals((await request(link, "PAUSE", 2000, "2")).status, 200);
});
