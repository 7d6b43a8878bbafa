/**
 * What is said on a control connection, and what comes of what was said when it is gone.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import { UdpPair } from "../../src/net/udp_pair.ts";
import { explainObserver } from "../../src/serve/explain.ts";
import { combineObservers } from "../../src/serve/observers.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { StandardPlayer } from "../support/standard_player.ts";
import { LabConnection, LabReceiver, MEDIA, startServer } from "./lab_kit.ts";

Deno.test("requests of a client that has left are not carried out any more", async () => {
  const left = Promise.withResolvers<void>();
  await using serving = serveFolder(MEDIA, { observer: { closed: () => left.resolve() } });
  const setUps = Array.from({ length: 240 }, (_, i) =>
    [
      `SETUP ${serving.url}/movie.Mjpeg/track1 RTSP/1.0`,
      `CSeq: ${i}`,
      "Transport: RTP/AVP;unicast;client_port=40000-40001",
      "\r\n",
    ].join("\r\n"));
  const client = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
  await client.write(encodeText(setUps.join("")));
  client.close();
  await left.promise;
  // Whatever is still being done is done when the number stands still.
  let sessionCount = serving.server.sessionCount;
  for (let same = 0; same < 10; same++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (serving.server.sessionCount !== sessionCount) same = 0;
    sessionCount = serving.server.sessionCount;
  }
  assert(sessionCount < setUps.length / 4, `${sessionCount} sessions of nobody`);
});

Deno.test("who ends its session and leaves at once has ended it", async () => {
  await using serving = serveFolder(MEDIA);
  using client = await LabConnection.connect(serving.port);
  const ask = (method: string, cseq: number, header: string): string =>
    `${method} ${serving.url}/movie.Mjpeg/track1 RTSP/1.0\r\nCSeq: ${cseq}\r\n${header}\r\n\r\n`;
  const reply = await client.ask(
    ask("SETUP", 1, "Transport: RTP/AVP;unicast;client_port=40000-40001"),
  );
  const session = /^Session: \w+/m.exec(reply)![0];
  // Replies that nobody reads any more break the connection before the last request's turn.
  const describes = Array.from({ length: 20 }, (_, i) => ask("DESCRIBE", 2 + i, session));
  await client.send([...describes, ask("TEARDOWN", 22, session)].join(""));
  client[Symbol.dispose]();
  for (let i = 0; i < 200 && serving.server.sessionCount > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(serving.server.sessionCount, 0);
});

Deno.test("without free ports to send from, a hello is refused, and nothing stays open", async () => {
  using taken = UdpPair.bind("0.0.0.0");
  await using server = startServer(MEDIA, {
    rtpPorts: { first: taken.rtpPort, last: taken.rtcpPort },
  });
  const isOpen = (): boolean =>
    [...Deno.readDirSync("/proc/self/fd")].some(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/self/fd/${name}`).endsWith("movie.Mjpeg");
      } catch {
        // That was the folder itself.
        return false;
      }
    });
  for (let i = 1; i <= 2; i++) {
    using client = await LabConnection.connect(server.port);
    assertEquals(await client.ask("movie.Mjpeg 40010\n"), "-1\n");
    assertEquals(server.notices.length, i);
    assertMatch(server.notices.at(-1)!, /^Cannot send movie\.Mjpeg to 127\.0\.0\.1: no free pair/);
    assert(!isOpen(), "the film is closed");
  }
});

Deno.test("all that the server says is seen, and none of it is taken for a mistake", async () => {
  using media = makeShortMedia(1);
  const sent: string[] = [];
  const findings: unknown[] = [];
  const gone = Promise.withResolvers<void>();
  await using serving = serveFolder(media.folder, {
    observer: combineObservers([
      {
        wire: (_, direction, bytes) => {
          if (direction === "sent") sent.push(decodeLatin1(bytes).split(/\r?\n/, 1)[0]!);
        },
        closed: ({ id }) => id === 2 && gone.resolve(),
      },
      explainObserver((_, list) => findings.push(...list)),
    ]),
  });
  {
    using player = await StandardPlayer.open(serving, { version: "2.0", tracks: [1] });
    await player.play({ Range: "npt=0.5-" });
    while (player.client.requests.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assertEquals(sent.at(-1), `PLAY_NOTIFY ${serving.url}/film.Mjpeg RTSP/2.0`);
    await player.request("TEARDOWN");
  }
  {
    using client = await LabConnection.connect(serving.port);
    assertEquals(await client.ask("film.Mjpeg 40010\n"), `${sent.at(-1)}\n`);
  }
  await gone.promise;
  assertEquals(findings, []);
});

Deno.test("CHANGE gives a client of films no sound", async () => {
  using media = makeShortMedia(2);
  await using server = startServer(media.folder);
  using receiver = new LabReceiver();
  using client = await LabConnection.connect(server.port);
  const status = async (request: string): Promise<string> =>
    (await client.ask(`${request}\n`)).split("\n", 1)[0]!;
  const transport = `Transport: RTP/UDP; client_port= ${receiver.port}`;
  assertEquals(
    await status(`SETUP silent.Mjpeg RTSP/1.0\nCSeq: 1\n${transport}`),
    "RTSP/1.0 200 OK",
  );
  const session = "Session: 0";
  assertEquals(await status(`PLAY silent.Mjpeg RTSP/1.0\nCSeq: 2\n${session}`), "RTSP/1.0 200 OK");
  assertEquals(
    await status(`CHANGE sound.wav RTSP/1.0\nCSeq: 3\n${session}`),
    "RTSP/1.0 404 Not Found",
  );
  assertEquals(
    await status(`CHANGE film.Mjpeg RTSP/1.0\nCSeq: 4\n${session}`),
    "RTSP/1.0 200 OK",
  );
});

Deno.test("the timeout that replies name is the one that holds: whole seconds, one at least", async () => {
  for (const [timeoutMs, seconds] of [[0, 1], [400, 1], [1400, 2], [60_000, 60]]) {
    await using serving = serveFolder(MEDIA, { timeoutMs: timeoutMs! });
    using client = await RtspTestClient.connect(serving.port);
    const reply = await client.request("SETUP", `${serving.url}/movie.Mjpeg/track1`, {
      headers: { Transport: "RTP/AVP;unicast;client_port=40000-40001" },
    });
    assertMatch(reply.headers.get("session")!, new RegExp(`;timeout=${seconds}$`));
  }
});
