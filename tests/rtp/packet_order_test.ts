import { assertEquals } from "@std/assert";
import { PacketOrder } from "../../src/rtp/packet_order.ts";
import { ReceptionStats } from "../../src/rtp/reception_stats.ts";

interface Packet {
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

/** Packets with consecutive numbers; each has a timestamp of its own. */
function run(first: number, count: number, timestamp: number): Packet[] {
  return Array.from({ length: count }, (_, i) => ({
    sequenceNumber: (first + i) & 0xffff,
    timestamp: timestamp + i * 160,
  }));
}

/** What comes out, as timestamps. */
function ordered(packets: readonly Packet[]): number[] {
  const stats = new ReceptionStats();
  const order = new PacketOrder<Packet>();
  const out = packets.flatMap((packet, i) => {
    const { sequenceNumber, timestamp } = packet;
    const arrival = stats.update(sequenceNumber, timestamp, i, 1, false);
    return order.push(packet, arrival, i);
  });
  return [...out, ...order.flush()].map(({ timestamp }) => timestamp);
}

function timestampsOf(packets: readonly Packet[]): number[] {
  return packets.map(({ timestamp }) => timestamp);
}

Deno.test("a sender that begins anew with lower numbers is followed from its first packet", () => {
  const packets = [...run(1000, 1500, 0), ...run(1000, 1500, 500_000)];
  assertEquals(ordered(packets), timestampsOf(packets));
});

Deno.test("what waits for a missing packet goes out before the new sequence", () => {
  const [before, after] = [run(1000, 100, 0), run(950, 10, 500_000)];
  before.splice(98, 1);
  const packets = [...before, ...after];
  assertEquals(ordered(packets), timestampsOf(packets));
});

Deno.test("a stray is left out, and so is a copy of a packet on probation", () => {
  const before = run(1000, 10, 0);
  const after = run(1010, 10, 1600);
  const [stray] = run(20_000, 1, 1600);
  assertEquals(ordered([...before, stray!, ...after]), timestampsOf([...before, ...after]));
  const anew = run(30_000, 10, 9000);
  const copied = [...before, anew[0]!, ...anew];
  assertEquals(ordered(copied), timestampsOf([...before, ...anew]));
});

Deno.test("a packet that came late and is shown later is put in its place", () => {
  // As in films whose pictures are not sent in the order in which they are shown.
  const film = run(1000, 8, 0);
  film[5] = { ...film[5]!, timestamp: 9000 };
  const swapped = [...film.slice(0, 5), film[6]!, film[5]!, film[7]!];
  assertEquals(ordered(swapped), timestampsOf(film));
});

Deno.test("packets whose numbers are all far from each other come out as they came", () => {
  const packets = Array.from({ length: 20 }, (_, i) => ({
    sequenceNumber: (i * 20_011) & 0xffff,
    timestamp: i * 160,
  }));
  // The last one is still on probation when the stream ends.
  assertEquals(ordered(packets), timestampsOf(packets).slice(0, -1));
});
