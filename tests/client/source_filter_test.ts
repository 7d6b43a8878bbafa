import { assertEquals } from "@std/assert";
import { SourceFilter } from "../../src/client/source_filter.ts";
import { clientPort, DatagramSender, headerOf, rtp } from "../support/scripted_server.ts";
import {
  gotSound,
  methodOf,
  PACKETS,
  reply,
  SOUND,
  withServer,
} from "../support/standard_script.ts";

const SERVER = "192.0.2.1";
const OTHER = "192.0.2.2";

const packet = (ssrc: number): Uint8Array => rtp({ sequence: 1, ssrc }, new Uint8Array(10));
const report = (ssrc: number): Uint8Array =>
  Uint8Array.of(0x80, 200, 0, 6, 0, 0, 0, ssrc, ...new Uint8Array(20));

Deno.test("other addresses and sources are left out while the announced one is heard", () => {
  const filter = new SourceFilter({ hostname: SERVER, ssrc: 1 });
  assertEquals(filter.accepts(packet(1), `::ffff:${SERVER}`, 0), true);
  assertEquals(filter.accepts(packet(2), SERVER, 10), false);
  assertEquals(filter.accepts(packet(1), OTHER, 10), false);
  assertEquals(filter.accepts(report(1), SERVER, 10), true);
  assertEquals(filter.accepts(report(2), SERVER, 10), false);
  assertEquals(filter.accepts(packet(2), SERVER, 2001), true, "it may have changed");
});

Deno.test("a server that names a wrong source, or none, is heard all the same", () => {
  const wrong = new SourceFilter({ hostname: SERVER, ssrc: 1 });
  for (let ms = 0; ms < 5000; ms += 100) {
    // Its reports may have what it named.
    assertEquals(wrong.accepts(report(1), SERVER, ms), true);
    assertEquals(wrong.accepts(packet(2), SERVER, ms), true);
  }
  const elsewhere = new SourceFilter({ hostname: SERVER });
  assertEquals(elsewhere.accepts(packet(7), OTHER, 0), true);
  assertEquals(elsewhere.accepts(packet(7), OTHER, 1), true);
  const unnamed = new SourceFilter({ hostname: SERVER });
  assertEquals(unnamed.accepts(packet(7), SERVER, 0), true);
  assertEquals(unnamed.accepts(packet(8), SERVER, 1), true);
});

Deno.test("after PLAY another source may come at once", () => {
  const filter = new SourceFilter({ hostname: SERVER, ssrc: 1 });
  filter.accepts(packet(1), SERVER, 0);
  filter.forget();
  assertEquals(filter.accepts(packet(2), SERVER, 1), true);
});

Deno.test("somebody else's packets do not get into the sound", async () => {
  const strays = SOUND.map((payload, i) =>
    rtp({ payloadType: 0, sequence: i + 30_000, timestamp: 9e8 + i * 160, ssrc: 2 }, payload)
  );
  const special = (request: string): string | undefined => {
    if (methodOf(request) === "SETUP") {
      const transport = `${headerOf(request, "Transport")};server_port=40000-40001;ssrc=00000539`;
      port = clientPort(request);
      return reply(request, "200 OK", ["Session: 1", `Transport: ${transport}`]);
    }
    if (methodOf(request) !== "PLAY") return undefined;
    setTimeout(async () => {
      using sender = new DatagramSender(port);
      for (const [i, own] of PACKETS.entries()) await sender.send([own, strays[i]!], 1);
    }, 5);
    return undefined;
  };
  let port = 0;
  await withServer({ special }, async (player) => {
    await player.session.play();
    await gotSound(player);
    assertEquals(player.snapshot.statistics[0]?.packetsReceived, PACKETS.length);
    assertEquals(player.remarks.length, 1);
  });
});

Deno.test("an SSRC other than Transport's is named", async () => {
  const { buffer, byteOffset } = PACKETS[0]!;
  const ssrc = new DataView(buffer, byteOffset).getUint32(8);
  for (const [announced, count] of [[ssrc, 0], [ssrc + 1, 1]] as const) {
    let port = 0;
    const special = (request: string): string | undefined => {
      if (methodOf(request) === "SETUP") {
        const hex = announced.toString(16).padStart(8, "0");
        const transport = `${headerOf(request, "Transport")};server_port=40000-40001;ssrc=${hex}`;
        port = clientPort(request);
        return reply(request, "200 OK", ["Session: 12345678", `Transport: ${transport}`]);
      }
      if (methodOf(request) === "PLAY") {
        setTimeout(async () => {
          using sender = new DatagramSender(port);
          await sender.send(PACKETS, 1);
        }, 5);
      }
      return undefined;
    };
    await withServer({ special }, async (player) => {
      await player.session.play();
      await gotSound(player);
      const named = player.session.findings().filter(({ rule }) => rule === "rtp-ssrc-announced");
      assertEquals(named.length, count);
    });
  }
});
