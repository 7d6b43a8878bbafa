import { assert, assertEquals } from "@std/assert";
import { BatchSender, encodeAddress } from "../../src/net/batch_sender.ts";
import { growReceiveBuffer } from "../../src/net/system_socket.ts";
import { type UdpAddress, UdpPair } from "../../src/net/udp_pair.ts";

const PACKETS = 600;
const PACKET_BYTES = 1400;

/** Bytes of a receive buffer that the administrator allows; 0 where that cannot be asked. */
function allowedBytes(): number {
  try {
    return Number(Deno.readTextFileSync("/proc/sys/net/core/rmem_max"));
  } catch {
    return 0;
  }
}

for (const hostname of ["127.0.0.1", "::1"]) {
  const isAllowed = allowedBytes() >= 2 * PACKETS * PACKET_BYTES;
  const reason = isAllowed ? "" : " (left out: net.core.rmem_max is too low)";
  Deno.test({
    name: `media that come while nobody reads wait at ${hostname}${reason}`,
    ignore: !isAllowed,
    fn: async () => {
      using sender = UdpPair.bind(hostname);
      using receiver = UdpPair.bind(hostname);
      const to: UdpAddress = { transport: "udp", hostname, port: receiver.rtpPort };
      const family = hostname === "::1" ? "ipv6" : "ipv4";
      using batch = BatchSender.open(family, sender.rtpPort, () => {});
      assert(batch !== undefined && receiver.growReceiveBuffer(), "this system has both");
      const address = encodeAddress(to);
      for (let i = 0; i < PACKETS; i++) {
        batch.take(PACKET_BYTES)!.fill(i);
        batch.commit(PACKET_BYTES, to, address);
      }
      batch.flush();
      const all = Promise.withResolvers<void>();
      const heads: number[] = [];
      receiver.listen((datagram) => {
        heads.push(datagram[0]!);
        if (heads.length === PACKETS) all.resolve();
      }, () => {});
      const late = setTimeout(all.resolve, 5000);
      await all.promise;
      clearTimeout(late);
      assertEquals(heads, Array.from({ length: PACKETS }, (_, i) => i & 0xff));
    },
  });
}

Deno.test("a port without a socket has no buffer that could grow", () => {
  const pair = UdpPair.bind("127.0.0.1");
  const { rtpPort } = pair;
  pair.close();
  assertEquals(growReceiveBuffer("ipv4", rtpPort, 1_000_000), false);
});
