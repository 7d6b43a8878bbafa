/** Frames that a lab client's read, or a datagram, cannot hold; and frames that are none. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { concatBytes } from "../../src/bytes/text.ts";
import {
  LabConnection,
  labFilm,
  labFrames,
  labHeader,
  LabReceiver,
  MEDIA,
  startServer,
  status,
} from "./lab_kit.ts";

const [FRAME] = labFrames(Deno.readFileSync(`${MEDIA}/movie.Mjpeg`)) as [Uint8Array];

/** The frame with comment segments in it, so that it has exactly `length` bytes. */
function padded(length: number): Uint8Array {
  const parts = [FRAME.subarray(0, 2)];
  let left = length - FRAME.length;
  while (left > 0) {
    // A segment is at least 4 bytes long: never leave less for the next.
    const size = left > 60_000 ? 50_000 : left;
    const segment = new Uint8Array(size);
    segment.set([0xff, 0xfe, (size - 2) >> 8, (size - 2) & 0xff]);
    parts.push(segment);
    left -= size;
  }
  return concatBytes([...parts, FRAME.subarray(2)]);
}

async function withFilm(
  frames: readonly Uint8Array[],
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/long.Mjpeg`, labFilm(frames));
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const SETUP = (port: number): string =>
  `SETUP long.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${port}`;

Deno.test("frames up to the stock client's limit: no word", async () => {
  await withFilm([padded(20_468)], async (folder) => {
    await using server = startServer(folder);
    using client = await LabConnection.connect(server.port);
    assertEquals(status(await client.ask(SETUP(9999))), 200);
    assertEquals(server.notices, []);
  });
});

Deno.test("frames above it: sent whole, and a warning that names the limit", async () => {
  const frame = padded(65_495);
  await withFilm([frame, padded(20_469)], async (folder) => {
    await using server = startServer(folder);
    using receiver = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    await client.ask(SETUP(receiver.port));
    assertEquals(server.notices.length, 1);
    assertMatch(server.notices[0]!, /^long\.Mjpeg has frames of up to 65495 bytes/);
    assertMatch(server.notices[0]!, /stock lab client reads 20468 bytes/);
    await client.ask("PLAY long.Mjpeg RTSP/1.0\nCSeq: 2");
    const [first, second] = await receiver.until(2);
    assertEquals(labHeader(first!).payload, frame);
    assertEquals([labHeader(first!).marker, labHeader(second!).payload.length], [true, 20_469]);
  });
});

Deno.test("frames above a datagram: in pieces, a number each, the marker on the last", async () => {
  const frames = [padded(65_496), padded(99_999), FRAME];
  await withFilm(frames, async (folder) => {
    await using server = startServer(folder);
    using receiver = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    await client.ask(SETUP(receiver.port));
    assertMatch(
      server.notices.join(),
      /up to 99999 bytes: those above 65495 do not fit a datagram/,
    );
    assertMatch(server.notices.join(), /reads 20468 bytes/);
    await client.ask("PLAY long.Mjpeg RTSP/1.0\nCSeq: 2");
    await receiver.until(5);
    const packets = receiver.datagrams.map(labHeader);
    assertEquals(packets.map(({ sequence }) => sequence), [1, 2, 3, 4, 5]);
    assertEquals(packets.map(({ marker }) => marker), [false, true, false, true, true]);
    assertEquals(packets[0]!.timestamp, packets[1]!.timestamp);
    assertEquals(packets.map(({ payload }) => payload.length).slice(0, 4), [
      65_495,
      1,
      65_495,
      34_504,
    ]);
    const whole = (from: number): Uint8Array =>
      concatBytes([packets[from]!.payload, packets[from + 1]!.payload]);
    assert(whole(0).every((byte, i) => byte === frames[0]![i]));
    assert(whole(2).every((byte, i) => byte === frames[1]![i]));
  });
});

Deno.test("frames in pieces of any size, for clients that put them together", async () => {
  await withFilm([FRAME, FRAME], async (folder) => {
    await using server = startServer(folder, { labPacketBytes: 1300 });
    using receiver = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    await client.ask(SETUP(receiver.port));
    await client.ask("PLAY long.Mjpeg RTSP/1.0\nCSeq: 2");
    const pieces = Math.ceil(FRAME.length / 1300);
    await receiver.until(2 * pieces);
    const packets = receiver.datagrams.map(labHeader);
    assertEquals(packets.map(({ sequence }) => sequence), packets.map((_, i) => i + 1));
    assertEquals(
      packets.map(({ marker }) => marker),
      packets.map((_, i) => i % pieces === pieces - 1),
    );
    assertEquals(concatBytes(packets.slice(pieces).map(({ payload }) => payload)), FRAME);
  });
});

Deno.test("a hello client is warned of alike", async () => {
  await withFilm([padded(30_000)], async (folder) => {
    await using server = startServer(folder);
    using client = await LabConnection.connect(server.port);
    assertMatch(await client.ask("long.Mjpeg 9999\n"), /^\d+\n$/);
    assertMatch(server.notices.join(), /30000 bytes.*20468 bytes/);
  });
});

Deno.test("a frame that is no JPEG goes to the labs as it is; players get the others", async () => {
  const junk = new Uint8Array(500).fill(7);
  junk.set([0xff, 0xd8]);
  await withFilm([FRAME, junk, FRAME], async (folder) => {
    await using server = startServer(folder);
    using lab = new LabReceiver();
    using player = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    await client.ask(SETUP(lab.port));
    await client.ask("PLAY long.Mjpeg RTSP/1.0\nCSeq: 2");
    await lab.until(3);
    assertEquals(labHeader(lab.datagrams[1]!).payload, junk);
    using standard = await LabConnection.connect(server.port);
    const url = `rtsp://127.0.0.1:${server.port}/long.Mjpeg`;
    const ports = `${player.port}-${player.port + 1}`;
    const setup = await standard.ask(
      `SETUP ${url}/track1 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;client_port=${ports}\r\n\r\n`,
    );
    const session = /Session: (\w+)/.exec(setup)![1];
    const play = await standard.ask(
      `PLAY ${url}/ RTSP/1.0\r\nCSeq: 2\r\nSession: ${session}\r\n\r\n`,
    );
    assertEquals(status(play), 200);
    for (let markers = 0, count = 1; markers < 2; count++) {
      const datagrams = await player.until(count);
      if (labHeader(datagrams[count - 1]!).marker) markers++;
    }
    assertEquals(status(await standard.ask("OPTIONS * RTSP/1.0\r\nCSeq: 3\r\n\r\n")), 200);
  });
});

Deno.test("a film that shrinks while it plays ends for those who watch, and for nobody else", async () => {
  await withFilm(Array.from({ length: 200 }, () => FRAME), async (folder) => {
    await using server = startServer(folder, { frameRate: 50 });
    using receiver = new LabReceiver();
    using client = await LabConnection.connect(server.port);
    await client.ask(SETUP(receiver.port));
    await client.ask("PLAY long.Mjpeg RTSP/1.0\nCSeq: 2");
    await receiver.until(2);
    Deno.truncateSync(`${folder}/long.Mjpeg`, 10);
    await client.send(200);
    assertEquals(
      (await client.ask("PAUSE long.Mjpeg RTSP/1.0\nCSeq: 3")).startsWith(
        "RTSP/1.0 200 OK\nCSeq: 3",
      ),
      true,
    );
  });
});
